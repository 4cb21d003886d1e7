package main

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
)

// smallestTarball is the size in bytes of a package tarball with next to no
// sources: the blocks of a tar are larger than what is in it.
const smallestTarball = 5 << 10

// changed is when the generated repository was changed last: long enough ago
// that no release may still be replaced, for a mirror would ask for those again
// and again. Every publication comes a second later.
var changed = time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)

// generator is a Hex repository whose files are kept ready in memory.
type generator struct {
	repository
	upstream *hexpmtest.Upstream
	releases []int // of each package
	next     int   // package that publishes next
}

// generate builds the repository that spec asks for, and writes its lists into
// spec.Folder. The same spec gives the same files.
func generate(spec UpstreamSpec) (*generator, error) {
	now := changed
	g := &generator{
		repository: repository{files: make(map[string]file)},
		releases:   make([]int, spec.Packages),
		upstream: hexpmtest.New(hexpmtest.WithClock(func() time.Time {
			now = now.Add(time.Second)
			return now
		})),
	}
	for i := range g.releases {
		g.releases[i] = spec.Releases
	}
	g.upstream.PublishBulk(hexpmtest.Bulk{Packages: spec.Packages, Releases: spec.Releases, Bytes: spec.Bytes})
	g.upstream.Warm()
	var all []string
	for path := range g.upstream.Paths() {
		all = append(all, path)
	}
	if err := g.load(all); err != nil {
		return nil, err
	}
	key := g.upstream.PublicKey().PEM()
	return g, errors.Join(g.writeLists(spec.Folder, all), os.WriteFile(spec.Folder+"/"+keyFile, key, 0o644))
}

// load takes files over from the generated upstream.
func (g *generator) load(paths []string) error {
	var workers errgroup.Group
	workers.SetLimit(runtime.GOMAXPROCS(0))
	for _, path := range paths {
		workers.Go(func() error {
			body, ok := g.upstream.File(path)
			if !ok {
				return fmt.Errorf("the generated upstream lacks %s", path)
			}
			g.put("/"+path, body)
			return nil
		})
	}
	return workers.Wait()
}

// publish adds one release to each of the next count packages.
func (g *generator) publish(count int) error {
	paths := []string{"names", "versions"}
	for range min(count, len(g.releases)) {
		name := fmt.Sprintf("bulk_%05d", g.next)
		version := fmt.Sprintf("1.%d.0", g.releases[g.next])
		g.upstream.Publish(name, version)
		g.releases[g.next]++
		g.next = (g.next + 1) % len(g.releases)
		paths = append(paths, "packages/"+name, "tarballs/"+name+"-"+version+".tar")
	}
	return g.load(paths)
}

// writeLists writes the names of all tarballs, and their checksums.
func (g *generator) writeLists(folder string, paths []string) error {
	names, err := os.Create(folder + "/" + namesFile)
	if err != nil {
		return err
	}
	defer names.Close()
	sums, err := os.Create(folder + "/" + sumsFile)
	if err != nil {
		return err
	}
	defer sums.Close()
	toNames, toSums := bufio.NewWriter(names), bufio.NewWriter(sums)
	for _, path := range paths {
		name, ok := strings.CutPrefix(path, "tarballs/")
		if !ok {
			continue
		}
		fmt.Fprintln(toNames, name)
		fmt.Fprintf(toSums, "%x  %s\n", sha256.Sum256(g.files["/"+path].body), name)
	}
	return errors.Join(toNames.Flush(), toSums.Flush(), names.Close(), sums.Close())
}
