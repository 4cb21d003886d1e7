package pkgclient

import (
	"cmp"
	"context"
	"slices"

	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// apply resolves, installs what is new and makes it the environment.
func (c *Client) apply(ctx context.Context, registries []*registry, direct map[string]uuid.UUID, explicit []requirement, keep bool) error {
	requirements := slices.Clone(explicit)
	for _, id := range direct {
		if !slices.ContainsFunc(requirements, func(r requirement) bool { return r.id == id }) {
			requirements = append(requirements, requirement{id: id, versions: version.Any()})
		}
	}
	slices.SortStableFunc(requirements[len(explicit):], func(a, b requirement) int { return a.id.Compare(b.id) })
	roots := make([]uuid.UUID, len(requirements))
	for i, r := range requirements {
		roots[i] = r.id
	}
	g, err := c.Profile.newGraph(registries, roots)
	if err != nil {
		return err
	}
	solution, err := c.solve(g, requirements, keep)
	if err != nil {
		return err
	}
	packages := make([]Package, 0, len(solution))
	for id, chosen := range solution {
		packages = append(packages, newPackage(g.names[id], id, chosen.release))
	}
	slices.SortFunc(packages, func(a, b Package) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), a.UUID.Compare(b.UUID))
	})
	c.env.project = direct
	return c.install(ctx, registries, packages, c.Profile.formatManifest(g, solution, packages))
}

// solve tries to keep all versions that are there, and then none.
func (c *Client) solve(g *graph, requirements []requirement, keep bool) (map[uuid.UUID]candidate, error) {
	if keep && len(c.env.packages) > 0 {
		kept := slices.Clone(requirements)
		for _, p := range c.env.packages {
			if _, reached := g.names[p.UUID]; reached {
				kept = append(kept, requirement{id: p.UUID, exactly: &p.Version})
			}
		}
		if solution, err := g.solve(kept); err == nil {
			return solution, nil
		}
	}
	return g.solve(requirements)
}

// install downloads packages and then artifacts. The environment changes only if all went well.
func (c *Client) install(ctx context.Context, registries []*registry, packages []Package, manifest []byte) error {
	if err := c.installSources(ctx, registries, packages); err != nil {
		return err
	}
	if err := c.installArtifacts(ctx, registries, packages); err != nil {
		return err
	}
	return c.saveEnvironment(packages, manifest)
}
