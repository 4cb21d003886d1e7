package pkgclient

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

const registriesFolder = "registries"

// packed is the file beside a registry that stays packed; unpacked ones have treeInfo.
type packed struct {
	UUID uuid.UUID     `toml:"uuid"`
	Tree treehash.Hash `toml:"git-tree-sha1"`
	Path string        `toml:"path"`
}

const treeInfo = ".tree_info.toml"

// installed returns the registries in the depot, by UUID, without reading more than their names.
func (c *Client) installed() ([]Registry, error) {
	entries, err := fs.ReadDir(c.root.FS(), registriesFolder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var list []Registry
	for _, e := range entries {
		var r Registry
		name, isFile := strings.CutSuffix(e.Name(), ".toml")
		switch {
		case e.IsDir():
			r, err = c.unpackedRegistry(e.Name())
		case isFile && c.Profile.keepsPacked():
			var p packed
			if p, err = c.readPacked(e.Name()); err == nil {
				r = Registry{name, p.UUID, p.Tree, registriesFolder + "/" + p.Path}
			}
		default:
			continue
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue // Pkg looks for Registry.toml and passes over the rest
		}
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Registry) int { return a.UUID.Compare(b.UUID) })
	return list, nil
}

func (c *Client) readPacked(name string) (p packed, err error) {
	content, err := c.root.ReadFile(registriesFolder + "/" + name)
	if err != nil {
		return p, err
	}
	err = toml.Unmarshal(content, &p)
	if err == nil && (p.Path == "" || strings.ContainsAny(p.Path, `/\`)) {
		err = fmt.Errorf("path %q is no file beside it", p.Path)
	}
	if err != nil {
		return p, fmt.Errorf("%w: %s/%s: %w", ErrRegistry, registriesFolder, name, err)
	}
	return p, nil
}

func (c *Client) unpackedRegistry(name string) (Registry, error) {
	folder := registriesFolder + "/" + name
	content, err := c.root.ReadFile(folder + "/" + registryFile)
	if err != nil {
		return Registry{}, err
	}
	head, err := c.Profile.parseHead(content)
	if err != nil {
		return Registry{}, fmt.Errorf("%s: %w", folder, err)
	}
	r := Registry{Name: head.Name, UUID: head.id, File: folder}
	var info packed
	if content, err = c.root.ReadFile(folder + "/" + treeInfo); err == nil {
		err = toml.Unmarshal(content, &info)
	}
	r.Tree = info.Tree
	return r, err
}

// updateLog is where Pkg notes when it updated which registry.
const updateLog = "scratchspaces/44cfe95a-1eb2-52ea-b672-e2afdf69b78f/registry_updates.toml"

func (c *Client) readUpdates() (map[string]time.Time, error) {
	updates := map[string]time.Time{}
	content, err := c.root.ReadFile(updateLog)
	if errors.Is(err, fs.ErrNotExist) {
		return updates, nil
	}
	if err == nil {
		err = toml.Unmarshal(content, &updates)
	}
	return updates, err
}

func (c *Client) lastUpdate() (last time.Time, err error) {
	updates, err := c.readUpdates()
	for t := range maps.Values(updates) {
		if t.After(last) {
			last = t
		}
	}
	return last, err
}

// logUpdates notes that registries were updated now.
func (c *Client) logUpdates(ids ...uuid.UUID) error {
	updates, err := c.readUpdates()
	if err != nil || len(ids) == 0 {
		return err
	}
	for _, id := range ids {
		updates[id.String()] = c.now
	}
	return c.writeTOML(updateLog, updates)
}

// writeTOML writes a file of the depot and the folders that it is in.
func (c *Client) writeTOML(name string, value any) error {
	content, err := toml.Marshal(value)
	if err != nil {
		return err
	}
	if err := c.root.MkdirAll(name[:strings.LastIndexByte(name, '/')], 0o755); err != nil {
		return err
	}
	return c.root.WriteFile(name, content, 0o644)
}
