package pkgclient

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Report is what a command did. It is never nil, also beside an error.
type Report struct {
	Registries []Registry // in the depot after the command, by UUID
	Packages   []Package  // in the environment after the command, by name and UUID; none that come with Julia
	Artifacts  []Artifact // that the command found necessary and have a place in the depot now, by package and name
	Requests   []Request  // in the order in which they began
	Escapes    []Escape   // what Julia would have asked others for
	Warnings   []string   // what Julia prints before it carries on
}

// Registry is an installed registry.
type Registry struct {
	Name string
	UUID uuid.UUID
	Tree treehash.Hash // under which it was asked for
	File string        // in the depot: registries/General.tar.gz, or the folder
}

// Package is a package of the environment.
type Package struct {
	Name      string
	UUID      uuid.UUID
	Version   version.Version
	Tree      treehash.Hash
	Path      string // in the depot
	Installed bool   // by this command
}

// String returns name and version: "Example 0.5.3".
func (p Package) String() string { return p.Name + " " + p.Version.String() }

// Artifact is an artifact of a package.
type Artifact struct {
	Package   string
	Name      string
	Tree      treehash.Hash
	Installed bool // by this command
}

// Request is a request and what became of it.
type Request struct {
	Method string
	Path   string // below the URL of the server, with a slash: "/registries"
	Header http.Header
	Status int      // 0 if there was no answer
	Hops   []string // URLs of redirects that were followed
}

// Escape is something that Julia would have asked others than the server for.
type Escape struct {
	What string // "registry", "package" or "artifact"
	Name string
	How  string // "git clone", "download" or "redirect"
	URL  string
}

// String returns a line about the escape.
func (e Escape) String() string { return fmt.Sprintf("%s %s: %s %s", e.What, e.Name, e.How, e.URL) }

// Paths returns the paths of all requests in the order in which they began. Those that are
// made at the same time come in any order.
func (r *Report) Paths() []string {
	list := make([]string, len(r.Requests))
	for i, q := range r.Requests {
		list[i] = q.Path
	}
	return list
}

// Misses returns the requests that the server answered with anything but success.
func (r *Report) Misses() []Request {
	return slices.DeleteFunc(slices.Clone(r.Requests), func(q Request) bool { return q.Status >= 200 && q.Status < 300 })
}

// Package returns the package of the environment with a name.
func (r *Report) Package(name string) (Package, bool) {
	i := slices.IndexFunc(r.Packages, func(p Package) bool { return p.Name == name })
	if i < 0 {
		return Package{}, false
	}
	return r.Packages[i], true
}

// String returns the packages: "Example 0.5.3, JSON 0.21.4".
func (r *Report) String() string {
	list := make([]string, len(r.Packages))
	for i, p := range r.Packages {
		list[i] = p.String()
	}
	return strings.Join(list, ", ")
}
