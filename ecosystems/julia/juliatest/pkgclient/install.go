package pkgclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// general is the one registry that Pkg knows by itself.
var general = uuid.MustParse("23338594-aafe-5451-b93e-139f81909106")

const generalName = "General"

// place is a registry to install and where it is at home; "" if nobody knows.
type place struct {
	id        uuid.UUID
	name, url string
}

func places(ids []uuid.UUID) []place {
	list := make([]place, len(ids))
	for i, id := range ids {
		list[i] = place{id: id, name: id.String()}
		if id == general {
			list[i] = place{id, generalName, "https://github.com/JuliaRegistries/General.git"}
		}
	}
	return list
}

// RegistryAdd is Pkg.Registry.add. Without UUIDs it installs General and, from 1.5, all that the
// server lists.
func (c *Client) RegistryAdd(ctx context.Context, ids ...uuid.UUID) (*Report, error) {
	return c.command("registry add", func() error {
		if len(ids) > 0 {
			return c.installRegistries(ctx, places(ids))
		}
		return c.installKnown(ctx, false)
	})
}

// ensureRegistries installs what is known if nothing is installed, as every command does.
func (c *Client) ensureRegistries(ctx context.Context) error { return c.installKnown(ctx, true) }

func (c *Client) installKnown(ctx context.Context, onlyIfEmpty bool) error {
	have, err := c.installed()
	if err != nil || len(have) > 0 && (onlyIfEmpty || !c.Profile.knowsAllRegistries()) {
		return err
	}
	want := []uuid.UUID{general}
	if c.Profile.knowsAllRegistries() {
		known, err := c.list(ctx)
		if err != nil {
			return err
		}
		for id := range known {
			if id != general {
				want = append(want, id)
			}
		}
		slices.SortFunc(want[1:], uuid.UUID.Compare) // in Julia by the order of a hash table
	}
	want = slices.DeleteFunc(want, func(id uuid.UUID) bool {
		return slices.ContainsFunc(have, func(r Registry) bool { return r.UUID == id })
	})
	return c.installRegistries(ctx, places(want))
}

func (c *Client) installRegistries(ctx context.Context, list []place) error {
	known, err := c.newList(ctx)
	if err != nil {
		return err
	}
	var done []uuid.UUID
	for _, p := range list {
		tree, ok, err := known.find(ctx, p.id)
		if err != nil {
			return err
		}
		if !ok && p.url == "" {
			return fmt.Errorf("%w: no path or url specified for registry %s, which %s/registries does not list", ErrRegistry, p.name, c.server)
		}
		if !ok {
			c.escape(Escape{What: "registry", Name: p.name, How: "git clone", URL: p.url})
			return fmt.Errorf("%w: registry %s is not in %s/registries", ErrEscape, p.name, c.server)
		}
		if err := c.installRegistry(ctx, p.id, tree, ""); err != nil {
			return err
		}
		done = append(done, p.id)
	}
	if c.Profile.logsInstall() {
		return c.logUpdates(done...)
	}
	return nil
}

// packs tells whether registries stay packed in this session.
func (c *Client) packs() bool {
	return c.Profile.keepsPacked() && !c.truthy("JULIA_PKG_UNPACK_REGISTRY")
}

// installRegistry downloads a registry and puts it in the place of what was installed as old, the
// path in the depot, if there was one.
func (c *Client) installRegistry(ctx context.Context, id uuid.UUID, tree treehash.Hash, old string) error {
	path := fmt.Sprintf("/registry/%s/%s", id, tree)
	d, err := c.fetch(ctx, path, "registry", id.String())
	if err != nil {
		return err
	}
	defer d.discard()
	if c.packs() {
		err = c.keepPacked(d, id, tree, old)
	} else {
		err = c.keepUnpacked(d, tree, old)
	}
	if err != nil {
		return fmt.Errorf("%s%s: %w", c.server, path, err)
	}
	return nil
}

// keepPacked proves the tarball, if this version does so, and moves it into its place.
func (c *Client) keepPacked(d *download, id uuid.UUID, tree treehash.Hash, old string) error {
	if c.Profile.provesRegistry() {
		if err := c.proveRegistry(d, tree); err != nil {
			return fmt.Errorf("unable to verify download: %w", err)
		}
	}
	name := generalName
	if id != general {
		head, err := c.headOf(d)
		if err != nil {
			return err
		}
		name = head.Name
	}
	ext, err := c.extensionOf(d)
	if err != nil {
		return err
	}
	if old == "" {
		old = registriesFolder + "/" + name
	}
	if err := c.move(d.name, registriesFolder+"/"+name+ext, old); err != nil {
		return err
	}
	return c.writeTOML(registriesFolder+"/"+name+".toml", packed{id, tree, name + ext})
}

// extensionOf returns what the file of a packed registry ends in.
func (c *Client) extensionOf(d *download) (string, error) {
	if !c.Profile.asksZstd() {
		return ".tar.gz", nil
	}
	head := make([]byte, 6)
	n, err := d.ReadAt(head, 0)
	if n == 0 || err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("%w: cannot detect compression format: %w", ErrArchive, err)
	}
	return extension(head[:n]), nil
}

func (c *Client) proveRegistry(d *download, want treehash.Hash) error {
	if err := d.rewind(); err != nil {
		return err
	}
	stream, err := c.Profile.unpacked(d)
	if err != nil {
		return err
	}
	got, err := hashStream(stream)
	if err == nil && got != want {
		err = fmt.Errorf("%w: it is %s", ErrHash, got)
	}
	return err
}

// keepUnpacked believes what has a Registry.toml.
func (c *Client) keepUnpacked(f io.Reader, tree treehash.Hash, old string) error {
	folder, err := c.unpack(f)
	if err != nil {
		return err
	}
	defer func() { _ = c.root.RemoveAll(folder) }()
	content, err := c.root.ReadFile(folder + "/" + registryFile)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: no `%s` file in it", ErrRegistry, registryFile)
	}
	if err != nil {
		return err
	}
	head, err := c.Profile.parseHead(content)
	if err != nil {
		return err
	}
	if err := c.writeTOML(folder+"/"+treeInfo, map[string]string{"git-tree-sha1": tree.String()}); err != nil {
		return err
	}
	place := registriesFolder + "/" + head.Name
	if old == "" {
		if _, err := c.root.Lstat(place + "/" + registryFile); err == nil {
			c.warn("registry %s already exists in %s", head.Name, place)
			return nil
		}
		old = place
	}
	return c.move(folder, place, old)
}
