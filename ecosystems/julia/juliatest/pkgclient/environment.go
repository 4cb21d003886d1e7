package pkgclient

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/offmirror/offmirror/ecosystems/julia/manifest"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// environment is the project that is active and its manifest, in the depot's folder for the
// version of Julia.
type environment struct {
	project  map[string]uuid.UUID // what was added
	packages []Package            // by name and UUID
}

func (c *Client) environmentFolder() string {
	return fmt.Sprintf("environments/v%d.%d", c.Profile.Version.Major, c.Profile.Version.Minor)
}

// project is Project.toml.
type project struct {
	Deps map[string]uuid.UUID `toml:"deps"`
}

func (c *Client) loadEnvironment() error {
	c.env = environment{project: map[string]uuid.UUID{}}
	content, err := c.root.ReadFile(c.environmentFolder() + "/Project.toml")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	p := project{Deps: c.env.project}
	if err == nil {
		err = toml.Unmarshal(content, &p)
	}
	if err == nil {
		content, err = c.root.ReadFile(c.environmentFolder() + "/Manifest.toml")
	}
	if err != nil {
		return err
	}
	m, err := manifest.Parse("Manifest.toml", content)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrManifest, err)
	}
	c.env.packages = packagesOf(m)
	return nil
}

// packagesOf returns what has to be installed for a manifest.
func packagesOf(m *manifest.Manifest) []Package {
	var list []Package
	for _, e := range m.Entries {
		if e.Kind == manifest.Registered {
			list = append(list, newPackage(e.Name, e.UUID, release{e.Version, e.Tree, false}))
		}
	}
	return list
}

func newPackage(name string, id uuid.UUID, r release) Package {
	return Package{Name: name, UUID: id, Version: r.version, Tree: r.tree, Path: packagePath(name, id, r.tree)}
}

// Manifest returns the Manifest.toml of the environment, in the format of the version.
func (c *Client) Manifest() ([]byte, error) {
	root, err := os.OpenRoot(c.depot)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.ReadFile(c.environmentFolder() + "/Manifest.toml")
}

func (c *Client) saveEnvironment(packages []Package, manifest []byte) error {
	c.env.packages = packages
	folder := c.environmentFolder()
	if err := c.writeTOML(folder+"/Project.toml", project{c.env.project}); err != nil {
		return err
	}
	return c.root.WriteFile(folder+"/Manifest.toml", manifest, 0o644)
}

// formatManifest writes format 1.0 before Julia 1.7, 2.0 then, 2.1 from 1.13.
func (p Profile) formatManifest(g *graph, solution map[uuid.UUID]candidate, packages []Package) []byte {
	var b strings.Builder
	prefix := "deps."
	switch {
	case p.minor >= 13:
		fmt.Fprintf(&b, "julia_version = %q\nmanifest_format = \"2.1\"\n", p.Version)
	case p.minor >= 7:
		fmt.Fprintf(&b, "julia_version = %q\nmanifest_format = \"2.0\"\n", p.Version)
	default:
		prefix = ""
	}
	builtin := map[string]uuid.UUID{}
	for _, pkg := range packages {
		fmt.Fprintf(&b, "\n[[%s%s]]\n", prefix, tomlKey(pkg.Name))
		if deps := g.strong(solution, solution[pkg.UUID], builtin); len(deps) > 0 {
			fmt.Fprintf(&b, "deps = [%s]\n", strings.Join(deps, ", "))
		}
		fmt.Fprintf(&b, "git-tree-sha1 = \"%s\"\nuuid = \"%s\"\nversion = \"%s\"\n", pkg.Tree, pkg.UUID, pkg.Version)
	}
	for _, name := range slices.Sorted(maps.Keys(builtin)) {
		fmt.Fprintf(&b, "\n[[%s%s]]\nuuid = \"%s\"\n", prefix, tomlKey(name), builtin[name])
	}
	return []byte(b.String())
}

// strong returns the quoted names of a version's dependencies, and collects those that come
// with Julia.
func (g *graph) strong(solution map[uuid.UUID]candidate, c candidate, builtin map[string]uuid.UUID) []string {
	var names []string
	for _, n := range c.needs {
		name := g.names[n.id]
		_, chosen := solution[n.id]
		if n.weak || n.id == uuid.Julia {
			continue
		}
		if !chosen {
			builtin[name] = n.id
		}
		names = append(names, fmt.Sprintf("%q", name))
	}
	slices.Sort(names)
	return names
}

func tomlKey(name string) string {
	plain := !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	if plain {
		return name
	}
	return fmt.Sprintf("%q", name)
}
