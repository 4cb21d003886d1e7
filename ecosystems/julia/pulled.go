package julia

import (
	"errors"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/manifest"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// pulledLock makes a manifest of the packages that clients have asked a server of this mirror for, as far as a
// registry lists them: each is selected as if a lock pinned it.
func (p *planner) pulledLock() ([]resolve.Lock, error) {
	m := &manifest.Manifest{}
	for _, e := range p.in.Pulled {
		o, err := pkgserver.ParsePath(e.Path)
		if err != nil || o.Kind != "package" {
			continue
		}
		name, err := p.nameOf(o)
		if err != nil {
			return nil, err
		}
		if name != "" {
			m.Entries = append(m.Entries, manifest.Entry{Name: name, UUID: o.UUID, Kind: manifest.Registered, Tree: o.Tree})
		}
	}
	if len(m.Entries) == 0 {
		return nil, nil
	}
	return []resolve.Lock{{File: "a client's request", Manifest: m}}, nil
}

// nameOf returns what registries call a package that has a version with the tree, or "".
func (p *planner) nameOf(o pkgserver.Object) (string, error) {
	for _, s := range p.shelves {
		pkg, ok := s.registry.Package(o.UUID)
		if !ok {
			continue
		}
		releases, err := pkg.Releases()
		if _, bad := errors.AsType[*registry.FileError](err); err != nil && !bad {
			return "", err
		}
		for _, r := range releases {
			if r.Tree == o.Tree {
				return pkg.Name, nil
			}
		}
	}
	return "", nil
}

// emitPulled yields what clients have asked for and nothing else has brought: packages that no registry lists any
// more, artifacts, older states of registries. All of it is named by its content, and stays good.
func (p *planner) emitPulled() error {
	for _, it := range p.later {
		p.handed[it.Path] = true
	}
	for _, e := range p.in.Pulled {
		o, err := pkgserver.ParsePath(e.Path)
		if err != nil || p.handed[e.Path] || e.Object.IsZero() {
			continue
		}
		if o.Kind == "package" {
			name, err := p.nameOf(o)
			if err != nil {
				return err
			}
			if name != "" {
				continue // a rule leaves it out
			}
		}
		it := ecosystems.Item{
			Path: e.Path, Stage: layout.Content, Name: o.Kind + " " + o.Tree.String(), Size: e.Size, Reason: "a client asked for it",
			Source: ecosystems.Have{Object: fetch.Object{ID: e.Object, Size: e.Size}},
		}
		if err := p.emit(it); err != nil {
			return err
		}
	}
	return nil
}
