package julia

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// resolve works out what the selection keeps of the registries.
func (p *planner) resolve() error {
	selection := resolve.Selection{
		Everything: p.everything, Roots: p.roots, Deny: p.deny, Versions: p.versions, Julia: p.julia,
	}
	for _, l := range p.locks {
		selection.Locks = append(selection.Locks, l.Lock)
	}
	var registries []*registry.Registry
	for _, s := range p.shelves {
		registries = append(registries, s.registry)
	}
	pulled, err := p.pulledLock()
	if err != nil {
		return err
	}
	selection.Locks = append(selection.Locks, pulled...)
	if p.result, err = resolve.Closure(p.ctx, registries, selection); err != nil {
		return err
	}
	for _, n := range p.result.Notices {
		p.notice(n.Kind, "", "%s", n.Text)
	}
	if len(p.result.Missing) > 0 && p.result.Versions() == 0 && !p.in.Planning {
		return fmt.Errorf("julia: nothing of what is selected exists, so nothing is published: %w", p.result.Missing[0])
	}
	for i, m := range p.result.Missing {
		it := ecosystems.Item{
			Path: fmt.Sprintf("package/missing/%d", i), Stage: layout.Content, Name: m.Name, Reason: m.Name + " is selected",
			Source: ecosystems.Failed{Err: fmt.Errorf("%w: %s", fetch.ErrAbsent, m.Reason)},
		}
		if err := p.emit(it); err != nil {
			return err
		}
	}
	return nil
}

// tarball is what a server has of a package under one path. There may be a hundred thousand of them.
type tarball struct {
	id   uuid.UUID
	tree treehash.Hash
}

// emitPackages yields the tarballs of all versions that are kept, each once however
// many registries or versions have the tree.
func (p *planner) emitPackages() error {
	if err := p.expectPackages(); err != nil {
		return err
	}
	done := map[tarball]bool{}
	var paths []string
	err := p.kept(func(s *shelf, pkg *resolve.Package, k resolve.Kept) error {
		if done[tarball{pkg.UUID, k.Tree}] {
			return nil
		}
		done[tarball{pkg.UUID, k.Tree}] = true
		path := pkgserver.PackagePath(pkg.UUID, k.Tree)
		if p.variants.on {
			paths = append(paths, path)
		}
		return p.emitPackage(s, pkg, k, path)
	})
	if err != nil {
		return err
	}
	if err := p.settle(); err != nil {
		return err
	}
	return p.emitVariants(paths, layout.Content)
}

func (p *planner) emitPackage(s *shelf, pkg *resolve.Package, k resolve.Kept, path string) error {
	it := ecosystems.Item{
		Path: path, Stage: layout.Content, Name: pkg.Name + " " + k.Version.String(), Package: pkg.Name, Reason: k.Reason,
	}
	if here, err := p.carryItem(it); here || err != nil {
		return err
	}
	if why, ok := p.absentBefore(path); ok {
		it.Source = ecosystems.Failed{Err: why}
		return p.emit(it)
	}
	source, err := s.origin.pack(s, pkg.Package, k.Release)
	if err != nil {
		it.Source = ecosystems.Failed{Err: err}
	} else {
		it.Source = p.variants.of(path, source)
	}
	return p.emit(it)
}

// kept visits all versions that are kept, with the shelf that they are on.
func (p *planner) kept(visit func(*shelf, *resolve.Package, resolve.Kept) error) error {
	shelves := map[*registry.Registry]*shelf{}
	for _, s := range p.shelves {
		shelves[s.registry] = s
	}
	for _, pkg := range p.result.Packages {
		s := shelves[pkg.Registry()]
		for _, k := range pkg.Kept {
			if err := visit(s, pkg, k); err != nil {
				return err
			}
		}
	}
	return nil
}
