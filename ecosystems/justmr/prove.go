package justmr

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/layout"
)

// Prove implements [ecosystems.Prover]: files by their content ids, packs by their checksums,
// repositories by git itself, and that whatever clients are told leads to what it should.
func (d *driver) Prove(ctx context.Context, view layout.View) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		p := &proof{ctx: ctx, view: view, yield: yield}
		for path, err := range p.blobs() {
			if p.tell(path, err); p.over() {
				return
			}
		}
		l, err := ReadLocations(view)
		if err != nil {
			p.tell(LocationsFile, err)
			return
		}
		p.files(l)
		p.byHost(l)
		p.locals(l)
		for _, g := range l.Git {
			p.repository(g)
		}
		for _, t := range l.Trees {
			p.tree(t)
		}
	}
}

// proof is one proof under way.
type proof struct {
	ctx   context.Context
	view  layout.View
	yield func(string, error) bool
	ended bool
}

// tell yields what is wrong with a path, unless nothing is.
func (p *proof) tell(at string, err error) {
	if err != nil && !p.over() && !p.yield(at, err) {
		p.ended = true
	}
}

func (p *proof) over() bool { return p.ended || p.ctx.Err() != nil }

// blobs proves the files of the sample.
func (p *proof) blobs() iter.Seq2[string, error] {
	return ecosystems.ProveEach(p.ctx, p.view.All(blobDir), func(_ context.Context, e layout.Entry, tell func(string, error)) {
		if ecosystems.InSample(p.view, e) {
			tell(e.Path, proveBlob(p.view, e))
		}
	})
}

// proveBlob compares a file with the content that its path names.
func proveBlob(view layout.View, e layout.Entry) error {
	content, _, _ := strings.Cut(strings.TrimPrefix(e.Path, blobDir), "/")
	if e.IsLink() {
		return fmt.Errorf("a link, not the content %s", content)
	}
	f, err := view.Open(e)
	if err != nil {
		return err
	}
	defer f.Close()
	h, err := digest.NewHasher(e.Size, digest.GitBlob)
	if err != nil {
		return err
	}
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	got, err := h.Finish(f)
	if err != nil {
		return err
	}
	if got[0].Hex != content {
		return fmt.Errorf("git blob id is %s, not %s", got[0].Hex, content)
	}
	return nil
}

// files proves that files in distdirs are the content that they are there for. What is missing has
// been reported: a snapshot lists what it has.
func (p *proof) files(l *Locations) {
	content := map[string]string{}
	for _, f := range l.Files {
		for _, d := range f.Dist {
			content[d] = f.Path
		}
	}
	for e := range p.view.All("distdir") {
		blob, ok := p.view.Lookup(content[e.Path])
		switch {
		case content[e.Path] == "":
			p.tell(e.Path, fmt.Errorf("%s does not know of it", LocationsFile))
		case ok && (e.IsLink() || blob.Object != e.Object):
			p.tell(e.Path, fmt.Errorf("it is not %s", blob.Path))
		}
		if p.over() {
			return
		}
	}
}

// byHost proves that links lead to the content that the URL stands for.
func (p *proof) byHost(l *Locations) {
	content := map[string][]string{}
	for _, f := range l.Files {
		for _, u := range f.URLs {
			if name, ok := byHostPath(u); ok {
				content[name] = append(content[name], f.Path)
				content[apart(name, f.Path)] = []string{f.Path}
			}
		}
	}
	for e := range p.view.All(byHostDir) {
		target := path.Join(path.Dir(e.Path), e.Link)
		switch want := content[e.Path]; {
		case !e.IsLink() || !strings.HasPrefix(target, blobDir):
			p.tell(e.Path, fmt.Errorf("it is no link to a file of %s", blobDir))
		case want != nil && !slices.Contains(want, target):
			p.tell(e.Path, fmt.Errorf("it leads to %s, not to %s", target, want[0]))
		}
		if p.over() {
			return
		}
	}
}

// locals proves that the checkout-locations file leads to where things are.
func (p *proof) locals(l *Locations) {
	name := clientNames[l.Names].local
	e, ok := p.view.Lookup(name)
	if !ok {
		return
	}
	want := map[string]string{}
	for _, f := range l.Files {
		for _, u := range f.URLs {
			want[u] = f.Path
		}
	}
	for _, g := range l.Git {
		for _, u := range g.URLs {
			want[u] = g.Path
		}
	}
	var got checkoutLocations
	f, err := p.view.Open(e)
	if err == nil {
		err = json.NewDecoder(io.LimitReader(f, maxLocations)).Decode(&got)
		_ = f.Close()
	}
	if err != nil {
		p.tell(name, err)
		return
	}
	for _, u := range slices.Sorted(maps.Keys(want)) {
		list := got.LocalMirrors[u]
		if len(list) == 0 || !leadsTo(list[0], want[u]) {
			p.tell(name, fmt.Errorf("%q leads to %q, not to %s", u, list, want[u]))
		}
	}
	for _, u := range slices.Sorted(maps.Keys(got.LocalMirrors)) {
		if want[u] == "" {
			p.tell(name, fmt.Errorf("%q is none of the URLs of %s", u, LocationsFile))
		}
	}
}

// leadsTo reports whether a local mirror is a place of the tree below some base.
func leadsTo(mirror, at string) bool {
	host, rest, _ := strings.Cut(strings.TrimPrefix(at, gitDir), "/")
	return strings.HasSuffix(mirror, "/"+escapePath(at)) || strings.HasSuffix(mirror, "/"+gitDir+withoutColon(host)+"/"+rest)
}

// repository proves a git repository, and that its branches reach the pinned commits.
func (p *proof) repository(g GitLocation) {
	p.laid(g.Path, func(r *gitrepo.Repo) {
		lost, err := r.Unreached(p.ctx, g.Pins)
		p.tell(g.Path, err)
		for _, pin := range lost {
			p.tell(g.Path, fmt.Errorf("branch %q does not reach commit %s", pin.Branch, pin.Commit))
		}
		if kinds, err := r.Kinds(p.ctx, commitsOf(g.Pins)...); err != nil {
			p.tell(g.Path, err)
		} else {
			for _, pin := range g.Pins {
				if kinds[pin.Commit] != "commit" {
					p.tell(g.Path, fmt.Errorf("it lacks commit %s of branch %q", pin.Commit, pin.Branch))
				}
			}
		}
	})
}

// tree proves that a tree is where it is said to be.
func (p *proof) tree(t TreeLocation) {
	check := func(r *gitrepo.Repo) {
		got, err := r.Resolve(p.ctx, t.Ref+"^{tree}")
		if err == nil && got != t.ID {
			err = fmt.Errorf("%s is tree %s, not %s", t.Ref, got, t.ID)
		}
		p.tell(t.Path, err)
	}
	p.laid(t.Path, check)
}

// sampled reports whether a repository is in the sample: any of its packs is, or it has none.
func (p *proof) sampled(folder string) bool {
	packs := false
	for e := range p.view.All(folder + "/objects/pack/") {
		target, ok := layout.Follow(p.view, e.Path)
		if ok && ecosystems.InSample(p.view, target) {
			return true
		}
		packs = packs || ok
	}
	return !packs
}

// laid proves a repository as such, and lets git read it. Where files of it are missing, which has
// been reported, nothing more can be said.
func (p *proof) laid(folder string, further func(r *gitrepo.Repo)) {
	if p.over() || !p.sampled(folder) {
		return
	}
	bad, whole, err := gitrepo.CheckPacks(p.view, folder)
	p.tell(folder, err)
	for _, at := range slices.Sorted(maps.Keys(bad)) {
		p.tell(at, bad[at])
	}
	for _, name := range []string{"HEAD", "packed-refs"} {
		_, ok := p.view.Lookup(folder + "/" + name)
		whole = whole && ok
	}
	if !whole || len(bad) > 0 || p.over() {
		return
	}
	r, remove, err := gitrepo.Lay(p.ctx, p.view, folder)
	if errors.Is(err, gitrepo.ErrNoGit) {
		slog.Warn("repositories are proven by the checksums of their packs only", "error", err)
		return
	}
	if err != nil {
		p.tell(folder, err)
		return
	}
	defer remove()
	if err := r.Verify(p.ctx, false); err != nil {
		p.tell(folder, err)
		return
	}
	further(r)
}

func commitsOf(pins []pin) (commits []string) {
	for _, pin := range pins {
		commits = append(commits, pin.Commit)
	}
	return commits
}
