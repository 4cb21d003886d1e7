package main

import (
	"bufio"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
)

// Job is the files that a peer is to fetch, and where to.
type Job struct {
	Base        string // URL of the folder that holds the files, without a trailing slash
	Names       string // file with one name a line
	Sums        string // file with the names and their SHA-256, as sha256sum writes it
	Count       int    // of the names
	Into        string // empty folder for the files
	Scratch     string // folder for the peer's own lists
	Concurrency int
}

// newJob gives a peer the upstream's tarballs, and folders below folder.
func newJob(u *Upstream, folder string, concurrency int) (Job, error) {
	j := Job{
		Base:  u.URL + "/tarballs",
		Names: u.Folder + "/" + namesFile, Sums: u.Folder + "/" + sumsFile, Count: u.Tarballs(),
		Into: folder + "/files", Scratch: folder + "/lists", Concurrency: concurrency,
	}
	return j, errors.Join(os.Mkdir(j.Into, 0o755), os.Mkdir(j.Scratch, 0o755))
}

// names yields the names of the list. The caller sees a read error as the
// second value, once.
func (j Job) names() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		f, err := os.Open(j.Names)
		if err != nil {
			yield("", err)
			return
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			if !yield(lines.Text(), nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield("", err)
		}
	}
}

// writeList writes a peer's list of what to fetch: entry returns the lines for
// one file. It returns the list's path.
func (j Job) writeList(name string, entry func(url, name string) string) (string, error) {
	path := j.Scratch + "/" + name
	var b strings.Builder
	for file, err := range j.names() {
		if err != nil {
			return "", err
		}
		b.WriteString(entry(j.Base+"/"+file, file))
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		return "", fmt.Errorf("list for %s: %w", name, err)
	}
	return path, nil
}

// verifyAndSync is what a careful user runs behind a downloader: compare every
// checksum, then wait until the disk holds everything.
func (j Job) verifyAndSync() Command {
	return shell(j.Into, "sha256sum --quiet --check "+quote(j.Sums)+"\nsync --file-system .")
}
