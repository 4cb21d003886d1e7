package julia

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// nightliesAtOnce is how many nightly builds are asked for at the same time.
const nightliesAtOnce = 4

// nightly is a nightly build for a platform. It has no checksum anywhere and no version but
// the ETag of its server, so it is asked for in every run, conditionally, and what
// arrives must be a whole gzipped tarball.
type nightly struct {
	path     string
	name     string
	platform artifacts.Platform
	old      fetch.Object // that of the current snapshot, if it has one
	object   fetch.Object
	err      error
}

// findNightlies works out which nightly builds are asked for.
func (j *julias) findNightlies() {
	platforms := j.p.platforms
	if len(platforms) == 0 {
		platforms = releases.Platforms()
	}
	for _, sel := range j.p.nightlySelectors() {
		branch, ok := sel.Nightly()
		if !ok {
			continue
		}
		for _, platform := range platforms {
			path, err := releases.NightlyPath(branch, platform, "tar.gz")
			if err != nil {
				j.p.notice("no-release", "", "%s: %v", sel, err)
				continue
			}
			if j.claims.claim(path) != nil {
				continue // asked for twice: platforms differ in more than builds do
			}
			n := &nightly{path: path, name: fmt.Sprintf("Julia %s for %s", sel, platform), platform: platform}
			n.old, _ = j.p.previous(path)
			j.nightlies = append(j.nightlies, n)
		}
	}
}

// askNightlies gets the nightly builds that have changed. A plan does not: it cannot know
// whether they have.
func (j *julias) askNightlies() (bool, error) {
	if j.findNightlies(); len(j.nightlies) == 0 {
		return true, nil
	}
	if j.p.in.Planning {
		return false, nil
	}
	var group errgroup.Group
	group.SetLimit(nightliesAtOnce)
	for _, n := range j.nightlies {
		group.Go(func() error {
			n.object, n.err = j.fetchNightly(n)
			if fetch.IsLocal(n.err) {
				return n.err
			}
			return j.p.ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return false, err
	}
	j.next.Nightlies = map[string]string{}
	for _, n := range j.nightlies {
		j.settleNightly(n)
	}
	same := len(j.next.Nightlies) == len(j.old.Nightlies)
	for path, id := range j.next.Nightlies {
		before, known := j.old.Nightlies[path]
		same = same && known && before == id
	}
	return same, nil
}

// settleNightly falls back to the build of the current snapshot, and notes what the run
// came to. What failed without one is not noted, and so asked for again.
func (j *julias) settleNightly(n *nightly) {
	switch {
	case n.err == nil:
		j.next.Nightlies[n.path] = n.object.ID.String()
	case !n.old.ID.IsZero():
		j.p.notice(ecosystems.KeptOld, n.path, "%s: %v; the build here is kept", n.name, n.err)
		j.next.Nightlies[n.path] = n.old.ID.String()
		n.object, n.err = n.old, nil
	case errors.Is(n.err, fetch.ErrAbsent):
		j.next.Nightlies[n.path] = ""
	}
}

func (j *julias) nightlyRequest(n *nightly) fetch.Request {
	return fetch.Request{URL: j.p.nightlyUpstream + "/" + n.path, MaxSize: maxArchive}
}

// fetchNightly gets a build. It is proven here instead of by the request, so that one
// that has not changed is not unpacked each time.
func (j *julias) fetchNightly(n *nightly) (fetch.Object, error) {
	q := j.nightlyRequest(n)
	o, err := j.p.in.Workshop.Fetch(j.p.ctx, q)
	if err != nil || o.ID == n.old.ID {
		return o, err
	}
	if bad := j.proveObject(o); bad == nil {
		return o, nil
	}
	q.Fresh, q.Proof = true, proveTarball // past the caches, or that is how it is
	return j.p.in.Workshop.Fetch(j.p.ctx, q)
}

func (j *julias) proveObject(o fetch.Object) error {
	f, err := j.p.in.Workshop.Open(o)
	if err != nil {
		return err
	}
	defer f.Close()
	return proveTarball(f, o.Size)
}

// proveTarball is for archives that have no checksum: they must be whole, and nothing that
// would hurt who unpacks them.
func proveTarball(body io.ReaderAt, size int64) error {
	var head [treehash.MagicBytes]byte
	n, err := body.ReadAt(head[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if treehash.Sniff(head[:n]) != treehash.Gzip {
		return errors.New("it is no gzipped tarball")
	}
	_, err = treehash.Sum(io.NewSectionReader(body, 0, size), treehash.Limits{})
	return err
}

// emitNightlies yields the builds.
func (j *julias) emitNightlies() error {
	for _, n := range j.nightlies {
		it := ecosystems.Item{
			Path: n.path, Stage: layout.Content, Name: n.name, Package: "julia", Platform: n.platform.String(), Reason: "selected by releases",
			Size: n.object.Size, Optional: len(j.p.platforms) == 0 || j.p.classicJulia(), // there are not builds for all platforms there have ever been
		}
		switch {
		case j.p.in.Planning:
			it.Source = ecosystems.Download{Request: j.nightlyRequest(n)}
		case n.err != nil:
			it.Source = ecosystems.Failed{Err: n.err}
		default:
			it.Source = ecosystems.Have{Object: n.object}
		}
		if n.err == nil {
			j.here[n.path] = true
		}
		if err := j.p.emit(it); err != nil {
			return err
		}
	}
	return nil
}

// isNightly reports whether a path is that of a nightly build.
func isNightly(path string) bool { return strings.Contains(path, "/julia-latest-") }
