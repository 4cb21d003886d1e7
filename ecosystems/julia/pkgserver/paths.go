package pkgserver

import (
	"fmt"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// RegistriesPath is where the list of registries is.
const RegistriesPath = "registries"

// Flavor is how soon a server lists what is new.
type Flavor string

// The flavors. Servers without flavors have [RegistriesPath] alone.
const (
	Conservative Flavor = "conservative"
	Eager        Flavor = "eager"
)

// Path returns where the list of a flavor is.
func (f Flavor) Path() string { return RegistriesPath + "." + string(f) }

// RegistryPath returns where the tarball of a registry is.
func RegistryPath(id uuid.UUID, tree treehash.Hash) string {
	return "registry/" + id.String() + "/" + tree.String()
}

// PackagePath returns where the tarball of a package's version is.
func PackagePath(id uuid.UUID, tree treehash.Hash) string {
	return "package/" + id.String() + "/" + tree.String()
}

// ArtifactPath returns where the tarball of an artifact is.
func ArtifactPath(tree treehash.Hash) string { return "artifact/" + tree.String() }

// Object is what a path names.
type Object struct {
	Kind string    // "registry", "package" or "artifact"
	UUID uuid.UUID // zero for artifacts
	Tree treehash.Hash
}

// Path returns the path that names the object.
func (o Object) Path() string {
	switch o.Kind {
	case "registry":
		return RegistryPath(o.UUID, o.Tree)
	case "package":
		return PackagePath(o.UUID, o.Tree)
	}
	return ArtifactPath(o.Tree)
}

// ParsePath reads the path of an object, without a slash before it. Exactly what the
// functions of this package write is understood.
func ParsePath(path string) (Object, error) {
	parts := strings.Split(path, "/")
	o := Object{Kind: parts[0]}
	fail := fmt.Errorf("path %.120q is not that of a registry, package or artifact", path)
	var err error
	switch {
	case len(parts) == 3 && (o.Kind == "registry" || o.Kind == "package"):
		if o.UUID, err = uuid.Parse(parts[1]); err != nil {
			return Object{}, fail
		}
	case len(parts) != 2 || o.Kind != "artifact":
		return Object{}, fail
	}
	if o.Tree, err = treehash.ParseHash(parts[len(parts)-1]); err != nil || o.Path() != path {
		return Object{}, fail
	}
	return o, nil
}
