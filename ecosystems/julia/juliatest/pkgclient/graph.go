package pkgclient

import (
	"fmt"
	"slices"

	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// graph is what the resolver may choose from: all packages that can be reached, whether a
// solution needs them or not.
type graph struct {
	profile    Profile
	names      map[uuid.UUID]string
	candidates map[uuid.UUID][]candidate // newest first, none that is yanked
	origins    map[uuid.UUID][]*registry // that have the package
}

// candidate is a version with what it needs.
type candidate struct {
	release
	needs []need
}

// newGraph looks at everything below the roots and fails, as Pkg does, if a name is unknown.
func (p Profile) newGraph(registries []*registry, roots []uuid.UUID) (*graph, error) {
	g := &graph{profile: p, names: map[uuid.UUID]string{}, candidates: map[uuid.UUID][]candidate{}, origins: map[uuid.UUID][]*registry{}}
	queue := slices.Clone(roots)
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		if _, seen := g.names[id]; seen || id == uuid.Julia {
			continue
		}
		if name, ok := p.stdlib(id); ok {
			g.names[id] = name
			continue
		}
		for _, r := range registries {
			entry, err := r.pkg(id)
			if err != nil {
				return nil, fmt.Errorf("registry %s: %w", r.Name, err)
			}
			if entry != nil {
				g.origins[id] = append(g.origins[id], r)
				queue = g.add(entry, queue)
			}
		}
		if g.names[id] == "" {
			return nil, fmt.Errorf("%w: %s", ErrName, id)
		}
		slices.SortStableFunc(g.candidates[id], func(a, b candidate) int { return b.version.Compare(a.version) })
	}
	return g, nil
}

// add takes over what a registry says about a package. Where several know a version the first
// counts.
func (g *graph) add(p *pkg, queue []uuid.UUID) []uuid.UUID {
	g.names[p.id] = p.name
	for _, rel := range p.releases {
		known := slices.ContainsFunc(g.candidates[p.id], func(c candidate) bool { return c.version == rel.version })
		if rel.yanked || known {
			continue
		}
		needs := p.needs[rel.version]
		g.candidates[p.id] = append(g.candidates[p.id], candidate{rel, needs})
		for _, n := range needs {
			queue = append(queue, n.id)
		}
	}
	if g.profile.looksAtAllRanges() {
		queue = append(queue, p.every...)
	}
	return queue
}
