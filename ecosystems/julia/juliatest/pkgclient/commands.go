package pkgclient

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
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
		if err := c.escapeArtifacts(ctx, missing, failed); err != nil {
			return err
		}
		if len(c.report.Artifacts) < len(list) {
			return fmt.Errorf("%w: artifact %s of %s is still not there", ErrHash, artifact, pkg)
		}
		return nil
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
