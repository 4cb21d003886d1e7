package pkgclient

import (
	"context"
	"fmt"
	"slices"

	"github.com/offmirror/offmirror/ecosystems/julia/manifest"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

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
		done, err := c.complete(packages)
		if err != nil {
			return err
		}
		if done {
			return c.saveEnvironment(packages, file)
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
