package hexpm

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/installs"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
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
	for path, err := range ecosystems.ProveEach(p.ctx, p.view.All(r.prefix+packagesDir), func(ctx context.Context, e layout.Entry, tell func(string, error)) {
		q := &packageProof{prover: p, ctx: ctx, repository: r, trust: trust, tell: tell}
		q.prove(e)
	}) {
		if p.report(path, err); p.stopped {
			return
		}
	}
	docs := sampled(p.view, r.prefix+docsDir)
	for path, err := range ecosystems.ProveEach(p.ctx, docs, func(_ context.Context, e layout.Entry, tell func(string, error)) {
		tell(e.Path, openEntry(p.view, e, func(f layout.File) error { return proveDocs(f, e.Size) }))
	}) {
		if p.report(path, err); p.stopped {
			return
		}
	}
	p.over(r.prefix + docsDir)
}

// sampled yields what is in the sample.
func sampled(view layout.View, prefix string) iter.Seq[layout.Entry] {
	return func(yield func(layout.Entry) bool) {
		for e := range view.All(prefix) {
			if ecosystems.InSample(view, e) && !yield(e) {
				return
			}
		}
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

func openEntry(view layout.View, e layout.Entry, check func(layout.File) error) error {
	f, err := view.Open(e)
	if err != nil {
		return err
	}
	defer f.Close()
	return check(f)
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
			if entry, ok := p.view.Lookup(a.Path); ok && ecosystems.InSample(p.view, entry) && !p.over(a.Path) {
				p.report(a.Path, openEntry(p.view, entry, func(f layout.File) error { return proveArchive(a, f, entry.Size) }))
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
