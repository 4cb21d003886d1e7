package resolve

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// node is a package in all registries that have it.
type node struct {
	sources []*source
	order   []member // all versions that may be chosen, newest first
	seen    map[string]bool
	active  bool   // something wants it
	waiting []wish // of weak dependencies, until it is
}

// source is a package in one registry.
type source struct {
	*registry.Package
	releases []registry.Release
	deps     *registry.Dependencies
	julia    []uint32 // for each release, which of the selected Julias can use it
	kept     []*cause // for each release; nil if it is not kept
	followed []bool   // for each release, whether all that it needs is wanted
}

// wish asks for versions of a package.
type wish struct {
	compat     version.Set
	dependency bool // from the compat entry of another package
	why        *cause
}

// node returns a package with its files read, nil if no registry has it.
func (c *closure) node(id uuid.UUID) *node {
	if n, ok := c.nodes[id]; ok {
		return n
	}
	var n *node
	for _, r := range c.registries {
		p, ok := r.Package(id)
		if !ok {
			continue
		}
		if n == nil {
			n = &node{seen: map[string]bool{}}
		}
		s, err := c.load(p)
		if err != nil {
			if !errors.As(err, new(*registry.FileError)) {
				c.err = err
			}
			c.tell("broken-package", "%s of the registry %s cannot be used by any client: %v", p.Name, r.Name, err)
		}
		n.sources = append(n.sources, s)
	}
	if n != nil {
		n.sort(c.Deny)
	}
	c.nodes[id] = n
	return n
}

// load reads the files of a package. With an error it has no versions.
func (c *closure) load(p *registry.Package) (*source, error) {
	s := &source{Package: p}
	// Clients read all files; one that is broken makes the package useless.
	if _, err := p.Info(); err != nil {
		return s, err
	}
	deps, err := p.Dependencies()
	if err != nil {
		return s, err
	}
	releases, err := p.Releases()
	if err != nil {
		return s, err
	}
	s.deps, s.releases = deps, releases
	s.kept, s.followed = make([]*cause, len(releases)), make([]bool, len(releases))
	s.julia = make([]uint32, len(releases))
	for i, r := range releases {
		s.julia[i] = 1
		if len(c.Julia) > 0 {
			s.julia[i] = fitting(deps.Julia(r.Version), c.Julia)
		}
	}
	return s, nil
}

// fitting returns which of the ranges have something in common with the set.
func fitting(set version.Set, ranges []version.Range) uint32 {
	var bits uint32
	for i, r := range ranges {
		if set.Intersects(r) {
			bits |= 1 << i
		}
	}
	return bits
}

// sort puts the versions that may be chosen into order.
func (n *node) sort(deny []Root) {
	for _, s := range n.sources {
		for i, r := range s.releases {
			if !r.Yanked && s.julia[i] != 0 && !Denied(deny, s.Package, r.Version) {
				n.order = append(n.order, member{source: s, index: i})
			}
		}
	}
	slices.SortStableFunc(n.order, func(a, b member) int {
		return b.releases[b.index].Version.Compare(a.releases[a.index].Version)
	})
}

// Denied reports whether some root of deny means a version of a package.
func Denied(deny []Root, p *registry.Package, v version.Version) bool {
	return slices.ContainsFunc(deny, func(d Root) bool { return d.names(p) && d.Compat.Contains(v) })
}

// Speaks reports whether some root of deny means a package, or some versions of it.
func Speaks(deny []Root, p *registry.Package) bool {
	return slices.ContainsFunc(deny, func(d Root) bool { return d.names(p) })
}

// denied reports whether deny speaks of the package.
func (n *node) denied(deny []Root) bool {
	return slices.ContainsFunc(deny, func(d Root) bool {
		return slices.ContainsFunc(n.sources, func(s *source) bool { return d.names(s.Package) })
	})
}

// want keeps what the policy chooses, and reports whether anything will do.
func (c *closure) want(n *node, w wish) bool {
	key := c.key[:0]
	if w.dependency {
		key = append(key, "needed: "...)
	}
	key = w.compat.Append(key)
	c.key = key
	if satisfied, again := n.seen[string(key)]; again {
		return satisfied
	}
	some := false
	for bit := range max(len(c.Julia), 1) {
		versions, members := c.versions[:0], c.members[:0]
		for _, m := range n.order {
			if v := m.releases[m.index].Version; m.julia[m.index]&(1<<bit) != 0 && w.compat.Contains(v) {
				versions, members = append(versions, v), append(members, m)
			}
		}
		c.versions, c.members = versions, members
		c.Versions.choose(versions, w.dependency, func(i int) { c.keep(members[i], w.why) })
		some = some || len(versions) > 0
	}
	n.seen[string(key)] = some
	if some {
		c.activate(n)
	}
	return some
}

// activate wants what weak dependencies admit, now that the package is kept.
func (c *closure) activate(n *node) {
	n.active = true
	waiting := n.waiting
	n.waiting = nil
	for _, w := range waiting {
		c.want(n, w)
	}
}

// keep notes that a version is kept, and has it followed unless it was.
func (c *closure) keep(m member, why *cause) {
	if m.kept[m.index] == nil {
		m.kept[m.index] = why
	}
	if !m.followed[m.index] {
		m.followed[m.index] = m.settled == nil
		c.queue = append(c.queue, m)
	}
}

// explain says why none of a package's versions will do.
func (c *closure) explain(n *node, compat version.Set) string {
	var total, admitted, yanked, denials int
	for _, s := range n.sources {
		for _, r := range s.releases {
			total++
			if !compat.Contains(r.Version) {
				continue
			}
			admitted++
			switch {
			case r.Yanked:
				yanked++
			case Denied(c.Deny, s.Package, r.Version):
				denials++
			}
		}
	}
	if total == 0 {
		return "it has no versions that clients can read"
	}
	if admitted == 0 {
		return fmt.Sprintf("none of its %d versions is in %s", total, compat)
	}
	var reasons []string
	for text, count := range map[string]int{"yanked": yanked, "denied": denials, "not for the selected versions of Julia": admitted - yanked - denials} {
		if count > 0 {
			reasons = append(reasons, fmt.Sprintf("%d %s", count, text))
		}
	}
	slices.Sort(reasons)
	return fmt.Sprintf("none of its %d versions will do: %s", admitted, strings.Join(reasons, ", "))
}

// result returns the package with the versions that are kept, nil if there are none.
func (s *source) result() *Package {
	n := 0
	for _, why := range s.kept {
		if why != nil {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	p := &Package{Package: s.Package, Total: len(s.releases), Kept: make([]Kept, 0, n)}
	for i, why := range s.kept {
		if why != nil {
			p.Kept = append(p.Kept, Kept{Release: s.releases[i], Reason: why.settle(), cause: why})
		}
	}
	return p
}
