package julia

import (
	"bytes"
	"crypto/md5" //nolint:gosec // an old list of checksums that clients still read; nothing is trusted for it
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// checksumsDir is where upstream has a list for each release and algorithm, of all
// files of the release.
const checksumsDir = "bin/checksums/"

// emitChecksums yields such a list. It changes when a file is replaced, so it is known
// by the files that it is about.
func (j *julias) emitChecksums(r wantedRelease, path string) error {
	it := ecosystems.Item{
		Path: path, Stage: layout.Content, Name: "checksums of Julia " + r.Version.String(), Package: "julia", Reason: "belongs to a release", Optional: true,
	}
	if err := j.claims.claim(path); err != nil {
		j.p.notice("broken-release", path, "%v; it is not mirrored", err)
		return nil
	}
	if why, ok := j.p.absentBefore(path); ok {
		it.Source = ecosystems.Failed{Err: why}
		return j.p.emit(it)
	}
	q := j.request(path, maxChecksums)
	q.Key = j.companionKey(q.URL, identityOf(r))
	q.Proof = func(body io.ReaderAt, size int64) error {
		data, err := readAll(body, size)
		if err != nil {
			return err
		}
		if strings.HasSuffix(path, ".md5") {
			return j.agreeMD5(data, r)
		}
		return agreeSHA256(data, r.Files)
	}
	it.Source = ecosystems.Download{Request: q}
	return j.p.emit(it)
}

// companionKey names what goes with a release, until everything is asked for again: not
// every byte of it can be proven, so a cache may have handed out what is not upstream's.
func (j *julias) companionKey(url, of string) string {
	return fmt.Sprintf("julia %s of %s, asked for %d", url, of, j.p.next.Deep.UnixNano())
}

// settleCompanions waits for signatures and checksums. A list of checksums that contradicts
// versions.json is not handed on; it is no reason to do without the release.
func (j *julias) settleCompanions() error {
	failures, err := j.p.in.Settle(j.p.ctx)
	if err != nil {
		return err
	}
	for _, f := range failures {
		if !f.Absent() && errors.Is(f.Err, fetch.ErrWrongBytes) && isCompanion(f.Item.Path) {
			j.p.notice("left-out", f.Item.Path, "%s is left out: %v", f.Item.Path, f.Err)
			if err := j.p.emit(ecosystems.Item{Path: f.Item.Path, Name: f.Item.Name, Source: ecosystems.Withdrawn{}}); err != nil {
				return err
			}
			continue
		}
		j.p.note(f)
	}
	return nil
}

// isCompanion reports whether a path is that of a signature or of a list of checksums.
func isCompanion(path string) bool {
	return strings.HasPrefix(path, checksumsDir) || strings.HasPrefix(path, "bin/") && strings.HasSuffix(path, signatureSuffix)
}

// identityOf names the bytes that the checksums of a release are about, and those of
// them that are here.
func identityOf(r wantedRelease) string {
	h := sha256.New()
	for _, files := range [][]releases.File{r.Files, r.wanted} {
		for _, f := range files {
			fmt.Fprintf(h, "%s %s\n", f.SHA256.Hex, f.Path)
		}
		fmt.Fprintln(h)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// parseChecksums reads what sha256sum and md5sum write, by base name.
func parseChecksums(data []byte, size int) (map[string]string, error) {
	sums := map[string]string{}
	for line := range bytes.Lines(data) {
		text := strings.TrimSpace(string(line))
		if text == "" {
			continue
		}
		sum, name, ok := strings.Cut(text, " ")
		name = path.Base(strings.TrimPrefix(strings.TrimSpace(name), "*"))
		raw, err := hex.DecodeString(sum)
		if !ok || err != nil || len(raw) != size || name == "." {
			return nil, fmt.Errorf("%.100q is no line of checksums", text)
		}
		if before, twice := sums[name]; twice && before != strings.ToLower(sum) {
			return nil, fmt.Errorf("it has two checksums for %.100s", name)
		}
		sums[name] = strings.ToLower(sum)
	}
	return sums, nil
}

// agreeSHA256 compares a list of checksums with versions.json, which has the same.
func agreeSHA256(data []byte, files []releases.File) error {
	return agree(data, sha256.Size, files, func(f releases.File) (string, error) { return f.SHA256.Hex, nil })
}

// agreeMD5 compares with the files that are here, since versions.json has no MD5.
func (j *julias) agreeMD5(data []byte, r wantedRelease) error {
	return agree(data, md5.Size, r.wanted, func(f releases.File) (string, error) {
		id, err := store.ParseID(f.SHA256.Hex)
		if err != nil {
			return "", err
		}
		file, err := j.p.in.Workshop.Open(fetch.Object{ID: id})
		if err != nil {
			return "", err
		}
		defer file.Close()
		h := md5.New() //nolint:gosec // see above
		_, err = io.Copy(h, file)
		return hex.EncodeToString(h.Sum(nil)), err
	})
}

// agree checks that a list has one of the files, and the right checksum for each that it has.
func agree(data []byte, size int, files []releases.File, sum func(releases.File) (string, error)) error {
	sums, err := parseChecksums(data, size)
	if err != nil {
		return err
	}
	found := false
	for _, f := range files {
		said, ok := sums[path.Base(f.Path)]
		if !ok {
			continue
		}
		found = true
		is, err := sum(f)
		if err != nil {
			return err
		}
		if said != is {
			return fmt.Errorf("it says %s of %s, whose checksum is %s", said, path.Base(f.Path), is)
		}
	}
	if !found {
		return errors.New("it has none of the files of the release")
	}
	return nil
}

func sumSHA256(r io.Reader) (string, error) {
	h := sha256.New()
	_, err := io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), err
}
