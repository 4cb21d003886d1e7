package pkgclient

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/offmirror/offmirror/ecosystems/julia/manifest"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Add is Pkg.add of packages as the prompt takes them: a name, a UUID or NAME=UUID, with @RANGE
// behind it if the version matters: "Example@0.5", "JSON@0.21.4". Versions that are there
// already stay if they can.
func (c *Client) Add(ctx context.Context, specs ...string) (*Report, error) {
	return c.command("add "+strings.Join(specs, " "), func() error {
		if err := c.prepare(ctx); err != nil {
			return err
		}
		registries, err := c.open()
		if err != nil {
			return err
		}
		var explicit []requirement
		direct := maps.Clone(c.env.project)
		for _, text := range specs {
			s, err := parseSpec(text)
			if err == nil {
				err = c.Profile.find(&s, registries)
			}
			if err != nil {
				return err
			}
			direct[s.name] = s.id
			explicit = append(explicit, requirement{id: s.id, versions: s.versions})
		}
		return c.apply(ctx, registries, direct, explicit, true)
	})
}

// Update is Pkg.update: registries first, then everything that was added.
func (c *Client) Update(ctx context.Context) (*Report, error) {
	return c.command("update", func() error {
		if err := c.ensureRegistries(ctx); err != nil {
			return err
		}
		if err := c.updateRegistries(ctx, time.Second); err != nil {
			return err
		}
		registries, err := c.open()
		if err != nil {
			return err
		}
		return c.apply(ctx, registries, c.env.project, nil, false)
	})
}

// Instantiate is Pkg.instantiate of a Manifest.toml that lies alone in the environment.
func (c *Client) Instantiate(ctx context.Context, file []byte) (*Report, error) {
	return c.command("instantiate", func() error {
		m, err := manifest.Parse("Manifest.toml", file)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrManifest, err)
		}
		if m.Major > 1 && !c.Profile.ownDownloader() {
			return fmt.Errorf("%w: %s does not read format %d.%d", ErrManifest, c.Profile, m.Major, m.Minor)
		}
		registries, packages, err := c.registered(ctx, m)
		if err != nil {
			return err
		}
		c.env.project = map[string]uuid.UUID{}
		for _, e := range m.Entries {
			c.env.project[e.Name] = e.UUID
		}
		if done, err := c.complete(packages); done || err != nil {
			return cmp.Or(err, c.saveEnvironment(packages, file))
		}
		return c.install(ctx, registries, packages, file)
	})
}

// installNamed installs registries that a manifest names and the depot lacks, from 1.13 on. That it
// fails is no more than a warning.
func (c *Client) installNamed(ctx context.Context, named []manifest.Registry) error {
	have, err := c.installed()
	if err != nil || !c.Profile.knowsManifestRegistries() {
		return err
	}
	var missing []place
	for _, n := range named {
		if n.URL != "" && !slices.ContainsFunc(have, func(r Registry) bool { return r.UUID == n.UUID }) {
			missing = append(missing, place{n.UUID, n.ID, n.URL})
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if err := c.installRegistries(ctx, missing); err != nil {
		c.warn("failed to install some registries from manifest: %v", err)
	}
	return ctx.Err()
}

// UseLazy is the first use of a lazy artifact of a package in the environment, at run time. It
// succeeds without a request if it is there.
func (c *Client) UseLazy(ctx context.Context, pkg, artifact string) (*Report, error) {
	return c.command("use of artifact "+artifact, func() error {
		i := slices.IndexFunc(c.env.packages, func(p Package) bool { return p.Name == pkg })
		if i < 0 {
			return fmt.Errorf("%w: package %s is not in the environment", ErrNotFound, pkg)
		}
		chosen, err := c.choose(c.env.packages[i])
		if err != nil {
			return err
		}
		var list []*wanted
		for _, a := range chosen {
			if a.Name == artifact {
				list = append(list, &wanted{pkg: c.env.packages[i], artifact: a})
			}
		}
		if len(list) == 0 {
			return fmt.Errorf("%w: artifact %s of %s for this platform", ErrNotFound, artifact, pkg)
		}
		missing := slices.DeleteFunc(slices.Clone(list), func(w *wanted) bool { return c.exists(w.path()) })
		failed := parallel(ctx, 1, missing, c.installArtifact)
		c.reportArtifacts(list)
		return c.escapeArtifacts(ctx, missing, failed)
	})
}

// prepare does what Pkg.add does about registries before it looks at packages. Before 1.7 that is the
// update of none, and only then the installation.
func (c *Client) prepare(ctx context.Context) error {
	if c.Profile.keepsPacked() {
		if err := c.ensureRegistries(ctx); err != nil {
			return err
		}
		return c.updateOnce(ctx, 24*time.Hour)
	}
	if err := c.updateOnce(ctx, 0); err != nil {
		return err
	}
	return c.ensureRegistries(ctx)
}

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

// complete tells whether packages and their artifacts are all there.
func (c *Client) complete(packages []Package) (bool, error) {
	for _, p := range packages {
		if !c.exists(p.Path) {
			return false, nil
		}
	}
	list, err := c.eager(packages)
	return !slices.ContainsFunc(list, func(w *wanted) bool { return !c.exists(w.path()) }), err
}

// registered returns the packages of a manifest that do not come with this Julia, all of which
// some registry must know. An update may help.
func (c *Client) registered(ctx context.Context, m *manifest.Manifest) ([]*registry, []Package, error) {
	if c.Profile.minor == 4 {
		if err := c.updateOnce(ctx, 0); err != nil {
			return nil, nil, err
		}
	}
	if err := c.ensureRegistries(ctx); err != nil {
		return nil, nil, err
	}
	if err := c.installNamed(ctx, m.Registries); err != nil {
		return nil, nil, err
	}
	packages := slices.DeleteFunc(packagesOf(m), func(p Package) bool { _, ok := c.Profile.stdlib(p.UUID); return ok })
	for first := true; ; first = false {
		registries, err := c.open()
		if err != nil {
			return nil, nil, err
		}
		i := slices.IndexFunc(packages, func(p Package) bool {
			return !slices.ContainsFunc(registries, func(r *registry) bool { return r.packages[p.UUID] != nil })
		})
		if i < 0 {
			return registries, packages, nil
		}
		if !first {
			return nil, nil, fmt.Errorf("%w: expected package %s (%s) to be registered", ErrNotFound, packages[i], packages[i].UUID)
		}
		if err := c.updateOnce(ctx, 0); err != nil {
			return nil, nil, err
		}
	}
}
