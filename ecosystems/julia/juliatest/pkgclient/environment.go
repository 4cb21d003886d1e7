package pkgclient

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

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
