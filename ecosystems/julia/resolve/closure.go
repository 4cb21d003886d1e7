package resolve

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/manifest"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Selection is what a mirror shall serve.
type Selection struct {
	Everything bool            // all packages of all registries, as if they were roots
	Roots      []Root          // packages
	Locks      []Lock          // manifests
	Julia      []version.Range // versions of Julia, such as 1.10; empty: any
	Versions   Policy
	Deny       []Root // versions that are never kept
}

// Lock is a manifest with the name of its file.
type Lock struct {
	File     string
	Manifest *manifest.Manifest
}

// maxJulia bounds the number of versions of Julia.
const maxJulia = 32

// Closure works out what a selection comes to. What cannot be had is in the result; errors
// are those of reading a registry, of ctx, and of too many versions of Julia.
func Closure(ctx context.Context, registries []*registry.Registry, s Selection) (*Result, error) {
	if len(s.Julia) > maxJulia {
		return nil, fmt.Errorf("%d versions of Julia are selected; at most %d can be", len(s.Julia), maxJulia)
	}
	c := &closure{
		ctx: ctx, Selection: s, registries: registries,
		nodes: map[uuid.UUID]*node{}, told: map[Notice]bool{}, unregistered: map[uuid.UUID]string{},
		result: &Result{kept: map[*registry.Package]*Package{}},
	}
	c.addRoots()
	c.addEverything()
	c.addLocks()
	for c.err == nil && len(c.queue) > 0 {
		next := c.queue[0]
		c.queue = c.queue[1:]
		c.follow(next)
	}
	if c.err != nil {
		return nil, c.err
	}
	return c.finish(), nil
}

type closure struct {
	ctx context.Context
	Selection
	registries   []*registry.Registry
	nodes        map[uuid.UUID]*node // nil if no registry has the package
	queue        []member
	told         map[Notice]bool
	unregistered map[uuid.UUID]string
	result       *Result
	err          error // that ends it all

	// Space that want uses again and again.
	key      []byte
	versions []version.Version
	members  []member
}

// member is a version that is kept.
type member struct {
	*source
	index int

	// settled is what the manifest that pins it mentions; nil if it was
	// not found in a manifest.
	settled map[uuid.UUID]bool
}

func (c *closure) tell(kind, format string, args ...any) {
	n := Notice{kind, fmt.Sprintf(format, args...)}
	if !c.told[n] {
		c.told[n] = true
		c.result.Notices = append(c.result.Notices, n)
	}
}

func (c *closure) miss(name string, id uuid.UUID, format string, args ...any) {
	c.result.Missing = append(c.result.Missing, Missing{name, id, fmt.Sprintf(format, args...)})
}

func (c *closure) addRoots() {
	for _, r := range c.Roots {
		ids := c.find(r)
		if len(ids) == 0 {
			c.miss(r.String(), r.UUID, "no registry has such a package%s", c.suggest(r))
		}
		if len(ids) > 1 {
			c.tell("ambiguous-name", "%d packages are called %s, and all are mirrored; name one by UUID: %s", len(ids), r.Name, join(ids))
		}
		if c.Versions.Locked() {
			c.tell("out-of-scope", "versions are locked, so only manifests decide about %s", r)
			continue
		}
		for _, id := range ids {
			n := c.node(id)
			if n == nil || c.err != nil {
				return
			}
			if !c.want(n, wish{r.Compat, false, &cause{text: "packages: " + r.String()}}) {
				c.miss(r.String(), id, "%s", c.explain(n, r.Compat))
			}
		}
	}
}

func (c *closure) addEverything() {
	if !c.Everything || c.Versions.Locked() {
		return
	}
	why := &cause{text: "versions: " + c.Versions.String()}
	for _, r := range c.registries {
		for _, p := range r.Packages() {
			if n := c.node(p.UUID); n != nil {
				c.want(n, wish{version.Any(), false, why})
				c.keepYanked(n, why)
			}
			if c.err != nil {
				return
			}
		}
	}
}

// keepYanked keeps what upstream withdrew, if nothing is left out for any other
// reason: manifests may pin it, and a mirror that has all versions can publish
// the registry as it is.
func (c *closure) keepYanked(n *node, why *cause) {
	if c.Versions.mode != all || len(c.Julia) > 0 {
		return
	}
	for _, s := range n.sources {
		for i, r := range s.releases {
			if r.Yanked && !Denied(c.Deny, s.Package, r.Version) {
				c.keep(member{source: s, index: i}, why)
			}
		}
	}
}

// find returns the packages that a root means.
func (c *closure) find(r Root) []uuid.UUID {
	var ids []uuid.UUID
	for _, reg := range c.registries {
		if r.UUID.IsZero() {
			for _, p := range reg.Named(r.Name) {
				ids = append(ids, p.UUID)
			}
		} else if p, ok := reg.Package(r.UUID); ok && (r.Name == "" || r.Name == p.Name) {
			ids = append(ids, r.UUID)
		}
	}
	slices.SortFunc(ids, uuid.UUID.Compare)
	return slices.Compact(ids)
}

// suggest helps who wrote a name in other case, or a name that does not fit the UUID.
func (c *closure) suggest(r Root) string {
	for _, reg := range c.registries {
		if p, ok := reg.Package(r.UUID); ok {
			return fmt.Sprintf("; %s is called %s", r.UUID, p.Name)
		}
		for _, p := range reg.Packages() {
			if r.Name != "" && strings.EqualFold(p.Name, r.Name) {
				return fmt.Sprintf("; did you mean %s?", p.Name)
			}
		}
	}
	return "; packages of the standard library come with Julia and are not mirrored"
}

func join(ids []uuid.UUID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return strings.Join(texts, ", ")
}

// follow wants what a kept version needs.
func (c *closure) follow(m member) {
	if c.err = c.ctx.Err(); c.err != nil || c.Versions.Locked() {
		return
	}
	why := &cause{by: m.source, index: m.index}
	for _, d := range m.deps.At(m.releases[m.index].Version) {
		if m.settled[d.UUID] {
			continue
		}
		n := c.node(d.UUID)
		switch {
		case c.err != nil:
			return
		case n == nil:
			if old, ok := c.unregistered[d.UUID]; !ok || d.Name < old {
				c.unregistered[d.UUID] = d.Name
			}
			continue
		case d.Weak && !n.active:
			n.waiting = append(n.waiting, wish{d.Compat, true, why})
			continue
		}
		if !c.want(n, wish{d.Compat, true, why}) && n.denied(c.Deny) {
			c.tell("denied", "%s is denied, but %s %s needs it", n.sources[0].Name, m.Name, m.releases[m.index].Version)
		}
	}
}

func (c *closure) finish() *Result {
	for _, n := range c.nodes {
		if n == nil {
			continue
		}
		for _, s := range n.sources {
			s.deps = nil // causes hold the source, but speak only of its versions
			if p := s.result(); p != nil {
				c.result.Packages = append(c.result.Packages, p)
				c.result.kept[s.Package] = p
			}
		}
	}
	order := map[*registry.Registry]int{}
	for i, r := range c.registries {
		order[r] = i
	}
	slices.SortFunc(c.result.Packages, func(a, b *Package) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), a.UUID.Compare(b.UUID), cmp.Compare(order[a.Registry()], order[b.Registry()]))
	})
	for id, name := range c.unregistered {
		c.result.Unregistered = append(c.result.Unregistered, Unregistered{name, id})
	}
	slices.SortFunc(c.result.Unregistered, func(a, b Unregistered) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), a.UUID.Compare(b.UUID))
	})
	return c.result
}
