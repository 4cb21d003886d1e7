package pkgclient

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// RegistryUpdate is Pkg.Registry.update. Registries whose hash on the server is another one are
// replaced, whichever is newer.
func (c *Client) RegistryUpdate(ctx context.Context) (*Report, error) {
	return c.command("registry update", func() error { return c.updateRegistries(ctx, time.Second) })
}

// updateOnce is the update before Pkg.add and the like: not twice in a session.
func (c *Client) updateOnce(ctx context.Context, cooldown time.Duration) error {
	if c.updated {
		return nil
	}
	return c.updateRegistries(ctx, cooldown)
}

func (c *Client) updateRegistries(ctx context.Context, cooldown time.Duration) error {
	c.updated = true
	known, err := c.newList(ctx)
	if err != nil {
		return err
	}
	have, err := c.installed()
	if err != nil {
		return err
	}
	updates, err := c.readUpdates()
	if err != nil {
		return err
	}
	var done []uuid.UUID
	for _, r := range have {
		last, ok := updates[r.UUID.String()]
		if c.Profile.coolsDown() && ok && c.now.Sub(last) < cooldown || r.Tree.IsZero() {
			continue
		}
		tree, ok, err := known.find(ctx, r.UUID)
		if err != nil {
			return err
		}
		if !ok || tree == r.Tree {
			continue
		}
		changed, err := c.updateRegistry(ctx, r, tree)
		if err != nil {
			return err
		}
		if changed {
			done = append(done, r.UUID)
		}
	}
	return c.logUpdates(done...)
}

// updateRegistry replaces a registry. A failure is a warning from 1.7 on, the end before.
func (c *Client) updateRegistry(ctx context.Context, r Registry, tree treehash.Hash) (changed bool, err error) {
	err = c.installRegistry(ctx, r.UUID, tree, r.File)
	if err != nil && c.Profile.keepsPacked() && isRefused(err) {
		c.warn("some registries failed to update: %s: %v", r.Name, err)
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("update of registry %s: %w", r.Name, err)
	}
	return true, nil
}

// has tells which of the registries, all that are installed, are listed and have a package.
func (l listed) has(registries []*registry, id uuid.UUID) bool {
	return slices.ContainsFunc(registries, func(r *registry) bool {
		_, ok := l[r.id]
		return ok && r.packages[id] != nil
	})
}
