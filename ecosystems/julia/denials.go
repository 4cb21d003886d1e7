package julia

import (
	"errors"
	"fmt"
	"slices"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/fetch"
)

// denials are what the rules of deny came to when upstream's registries were last read. A path that a client asks
// for has neither a name nor a version, and the registries of a mirror may lack what is denied.
type denials struct {
	Rules []string                      `json:"rules"`           // as they are written
	Known []uuid.UUID                   `json:"known,omitempty"` // all packages, sorted, if some rule is a name
	Left  map[uuid.UUID][]treehash.Hash `json:"left,omitempty"`  // of each package that a rule speaks of: the versions that none denies
}

// recordDenials notes what the rules mean for the packages of all registries.
func (p *planner) recordDenials() error {
	if len(p.deny) == 0 {
		return nil
	}
	d := &denials{Rules: rulesOf(p.deny), Left: map[uuid.UUID][]treehash.Hash{}}
	refused := map[tarball]bool{} // by another registry that has the package
	for _, s := range p.shelves {
		for _, pkg := range s.registry.Packages() {
			if byName(p.deny) {
				d.Known = append(d.Known, pkg.UUID)
			}
			if !resolve.Speaks(p.deny, pkg) {
				continue
			}
			releases, err := pkg.Releases()
			if _, bad := errors.AsType[*registry.FileError](err); err != nil && !bad {
				return err
			}
			left := d.Left[pkg.UUID]
			for _, r := range releases {
				if resolve.Denied(p.deny, pkg, r.Version) {
					refused[tarball{pkg.UUID, r.Tree}] = true
				} else {
					left = append(left, r.Tree)
				}
			}
			d.Left[pkg.UUID] = left
		}
	}
	slices.SortFunc(d.Known, uuid.UUID.Compare)
	d.Known = slices.Compact(d.Known)
	for id, left := range d.Left {
		d.Left[id] = slices.DeleteFunc(left, func(tree treehash.Hash) bool { return refused[tarball{id, tree}] })
	}
	p.next.Denials = d
	return nil
}

// readDenials returns what the last run noted, or nil if that was about other rules.
func readDenials(s ecosystems.State, rules []resolve.Root) *denials {
	var last struct {
		Format  int      `json:"format"`
		Denials *denials `json:"denials"`
	}
	found, err := s.Load(&last)
	if err != nil || !found || last.Format != stateFormat || last.Denials == nil || !slices.Equal(last.Denials.Rules, rulesOf(rules)) {
		return nil
	}
	return last.Denials
}

// mayPull refuses a version of a package that the rules deny, or may deny. Last is what the last run noted; nil if
// nothing fits.
func mayPull(rules []resolve.Root, last *denials, id uuid.UUID, tree treehash.Hash) error {
	if last != nil {
		if left, spoken := last.Left[id]; spoken {
			if slices.Contains(left, tree) {
				return nil
			}
			return fmt.Errorf("%w: julia.deny denies this version of the package %s", fetch.ErrAbsent, id)
		}
	}
	for _, r := range rules {
		if r.UUID == id {
			return fmt.Errorf("%w: julia.deny denies the package %s", fetch.ErrAbsent, id)
		}
	}
	switch {
	case !byName(rules):
		return nil
	case last == nil:
		return fmt.Errorf("%w: julia.deny has names, and which packages these are is known after the next sync", fetch.ErrAbsent)
	}
	if _, known := slices.BinarySearchFunc(last.Known, id, uuid.UUID.Compare); !known {
		return fmt.Errorf("%w: julia.deny has names, and no registry told the name of the package %s at the last sync", fetch.ErrAbsent, id)
	}
	return nil
}

// byName reports whether some rule tells no UUID.
func byName(rules []resolve.Root) bool {
	return slices.ContainsFunc(rules, func(r resolve.Root) bool { return r.UUID.IsZero() })
}

func rulesOf(rules []resolve.Root) []string {
	texts := make([]string, len(rules))
	for i, r := range rules {
		texts[i] = r.String()
	}
	return texts
}
