package hexpm

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"

	"github.com/offmirror/offmirror/ecosystems/hexpm/installs"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/ecosystems/hexpm/tarball"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// Prove implements [ecosystems.Prover]. It proves, from the published files
// alone, what clients will check: the signatures of the registry and the names in
// it, both checksums of every tarball, and the lists of installers with what they
// name. A tarball that a verbatim index lists and that is not here is no
// damage: the mirror may hold a selection.
func (d *driver) Prove(ctx context.Context, view layout.View) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		p := &prover{settings: d.settings, ctx: ctx, view: view}
		p.report = func(path string, err error) {
			if !p.stopped && err != nil {
				p.stopped = !yield(path, err)
			}
		}
		for _, r := range d.repositories {
			p.repository(r)
		}
		p.installers()
		p.proveBuilds()
	}
}

type prover struct {
	*settings
	ctx     context.Context
	view    layout.View
	report  func(path string, err error) // ignores nil
	stopped bool
}

// over reports whether nobody listens any more; a cancelled proof says so once.
func (p *prover) over(at string) bool {
	if err := p.ctx.Err(); err != nil && !p.stopped {
		p.report(at, err)
		p.stopped = true
	}
	return p.stopped
}

func (p *prover) repository(r *repository) {
	trust, err := p.trust(r)
	if err != nil {
		p.report(r.prefix+publicKeyFile, err)
		return
	}
	p.file(r.prefix+namesFile, true, func(b []byte) error {
		_, err := trust.Names(b)
		return err
	})
	p.file(r.prefix+versionsFile, true, func(b []byte) error {
		_, err := trust.Versions(b)
		return err
	})
	for _, name := range r.policies {
		p.file(r.prefix+policiesDir+name, false, func(b []byte) error {
			_, err := trust.Policy(b, name)
			return err
		})
	}
	proven := map[string]bool{}
	for e := range p.view.All(r.prefix + packagesDir) {
		if p.over(e.Path) {
			return
		}
		p.pkg(r, trust, e, proven)
	}
	for e := range p.view.All(r.prefix + tarballsDir) {
		name, _, _ := releaseOf(path.Base(e.Path), tarballSuffix)
		// without its registry file, which is damaged then, nothing can be said of it
		if _, listed := p.view.Lookup(r.prefix + packagesDir + name); listed && !proven[e.Path] {
			p.report(e.Path, errors.New("no package of the registry lists it"))
		}
	}
	for e := range p.view.All(r.prefix + docsDir) {
		if p.over(e.Path) {
			return
		}
		p.report(e.Path, p.open(e, func(f layout.File) error { return proveDocs(f, e.Size) }))
	}
}

// trust returns what the repository's files here are checked with: the pinned
// key, or the site's own for a filtered index.
func (p *prover) trust(r *repository) (registry.Trust, error) {
	t := r.trust
	e, ok := p.view.Lookup(r.prefix + publicKeyFile)
	if !ok {
		return t, errors.New("it is missing")
	}
	data, err := readEntry(p.view, e)
	if err != nil {
		return t, err
	}
	published, err := registry.ParsePublicKey(data)
	if err != nil {
		return t, err
	}
	switch {
	case p.filtered && p.siteKey == nil:
		t.Key = published // made by the mirror itself, whose secrets are not at hand here
		return t, nil
	case p.filtered:
		t.Key = p.siteKey.Public()
	}
	if !published.Equal(t.Key) {
		return t, fmt.Errorf("it is the key %s, but %s is expected", published.Fingerprint(), t.Key.Fingerprint())
	}
	return t, nil
}

// file reads a file and has it checked.
func (p *prover) file(path string, required bool, check func([]byte) error) {
	if p.over(path) {
		return
	}
	e, ok := p.view.Lookup(path)
	if !ok {
		if required {
			p.report(path, errors.New("it is missing"))
		}
		return
	}
	data, err := readEntry(p.view, e)
	if err == nil {
		err = check(data)
	}
	p.report(path, err)
}

func (p *prover) open(e layout.Entry, check func(layout.File) error) error {
	f, err := p.view.Open(e)
	if err != nil {
		return err
	}
	defer f.Close()
	return check(f)
}

// pkg proves packages/NAME and the tarballs that it lists.
func (p *prover) pkg(r *repository, trust registry.Trust, e layout.Entry, proven map[string]bool) {
	name := path.Base(e.Path)
	data, err := readEntry(p.view, e)
	if err != nil {
		p.report(e.Path, err)
		return
	}
	pkg, err := trust.Package(data, name)
	if err != nil {
		p.report(e.Path, err)
		return
	}
	for _, release := range pkg.Releases {
		file := r.prefix + tarballFile(name, release.Version)
		entry, ok := p.view.Lookup(file)
		if !ok {
			if p.filtered {
				p.report(file, fmt.Errorf("%s lists it, but it is missing", e.Path))
			}
			continue
		}
		proven[file] = true
		if p.over(file) {
			return
		}
		p.report(file, p.tarball(entry, release))
	}
}

func (p *prover) tarball(e layout.Entry, release registry.Release) error {
	if sum := release.OuterChecksum; !sum.IsZero() && e.Object != store.ID(sum) {
		return fmt.Errorf("its SHA-256 is %s, the registry has %s", e.Object, sum)
	}
	return p.open(e, func(f layout.File) error { return tarball.Proof(release.InnerChecksum)(f, e.Size) })
}

// installers proves the lists of installers and what they name.
func (p *prover) installers() {
	for _, list := range installs.Lists() {
		e, ok := p.view.Lookup(list.Path())
		if !ok || p.over(e.Path) {
			continue
		}
		archives, err := p.provenList(list, e)
		if err != nil {
			p.report(e.Path, err)
			continue
		}
		for _, a := range archives {
			if entry, ok := p.view.Lookup(a.Path); ok && !p.over(a.Path) {
				p.report(a.Path, p.open(entry, func(f layout.File) error { return proveArchive(a, f, entry.Size) }))
			}
		}
	}
}

func (p *prover) provenList(list installs.List, e layout.Entry) ([]installs.Archive, error) {
	csv, err := readEntry(p.view, e)
	if err != nil {
		return nil, err
	}
	s, ok := p.view.Lookup(list.SignaturePath())
	if !ok {
		return nil, fmt.Errorf("%s is missing", list.SignaturePath())
	}
	signed, err := readEntry(p.view, s)
	if err != nil {
		return nil, err
	}
	if err := installs.Verify(csv, signed, p.elixirKey); err != nil {
		return nil, err
	}
	rows, err := list.Parse(csv)
	if err != nil {
		return nil, err
	}
	return list.All(rows), nil
}

// proveBuilds proves the builds that their lists have a checksum for.
func (p *prover) proveBuilds() {
	for _, selector := range p.builds {
		e, ok := p.view.Lookup(selector.ListPath())
		if !ok || p.over(e.Path) {
			continue
		}
		data, err := readEntry(p.view, e)
		if err != nil {
			p.report(e.Path, err)
			continue
		}
		builds, err := installs.ParseBuilds(data)
		p.report(e.Path, err)
		for _, b := range builds {
			file := selector.Path(b)
			entry, ok := p.view.Lookup(file)
			switch {
			case !ok:
				p.report(file, fmt.Errorf("%s lists it, but it is missing", e.Path))
			case len(b.SHA256) > 0 && entry.Object.String() != b.SHA256[0].Hex:
				p.report(file, fmt.Errorf("its SHA-256 is %s, %s has %s", entry.Object, e.Path, b.SHA256[0].Hex))
			}
		}
	}
}
