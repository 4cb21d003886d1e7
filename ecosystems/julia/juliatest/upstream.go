package juliatest

import (
	"fmt"
	"net/http"
	"sync"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Upstream is a package server with everything beside it. It embeds General, its first
// registry.
type Upstream struct {
	*Registry

	base       string // URL of this server, without a slash at the end
	repos      string // URL below which repositories are
	flavorless bool

	releasesURL, nightliesURL string // of Julia itself, without a slash at the end

	mu         sync.Mutex
	registries []*Registry
	serial     int // of publications
	resources  map[string]*resource
	cdn        string // base URL to which objects are redirected, or empty
	packing    Serving
	faults     faults
	shelf      *shelf
	julias     map[version.Version][]juliaFile
	nightlies  map[string]nightlyChannel

	logMu     sync.Mutex
	log       []Request
	intercept func(http.ResponseWriter, *http.Request) bool
}

// Option changes how [New] makes an upstream.
type Option func(*Upstream)

// WithBaseURL tells the upstream the URL under which it will be served, without a slash at the
// end. It is part of the download URLs of artifacts, and so of tree hashes; without it they lead nowhere.
func WithBaseURL(url string) Option { return func(u *Upstream) { u.base = url } }

// WithRepos sets the URL below which repositories are said to be: a package is at
// URL/NAME.jl.git, a registry at URL/NAME.git. See [Upstream.WriteGit].
func WithRepos(url string) Option { return func(u *Upstream) { u.repos = url } }

// WithoutFlavors makes a server that has one list of registries only.
func WithoutFlavors() Option { return func(u *Upstream) { u.flavorless = true } }

// WithReleasesURL sets the URLs below which versions.json and nightlies.json say that Julia is. They are
// those of the real servers otherwise, whatever the server is that hands them out.
func WithReleasesURL(stable, nightly string) Option {
	return func(u *Upstream) { u.releasesURL, u.nightliesURL = stable, nightly }
}

// New makes an upstream with an empty General.
func New(options ...Option) *Upstream {
	u := &Upstream{
		base:      "https://juliatest.invalid",
		repos:     "https://git.juliatest.invalid",
		resources: map[string]*resource{},

		releasesURL:  releases.Server,
		nightliesURL: releases.NightlyServer,
	}
	for _, o := range options {
		o(u)
	}
	u.Registry = u.addRegistry("General", registry.General)
	return u
}

// AddRegistry adds an empty registry. If the UUID is zero, it is computed from the name.
func (u *Upstream) AddRegistry(name string, id uuid.UUID) *Registry {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.addRegistry(name, id)
}

func (u *Upstream) addRegistry(name string, id uuid.UUID) *Registry {
	if id.IsZero() {
		id = newUUID(space, "registry "+name)
	}
	for _, r := range u.registries {
		if r.name == name || r.id == id {
			panic(fmt.Sprintf("juliatest: registry %s (%s) exists", name, id))
		}
	}
	r := &Registry{u: u, name: name, id: id, byName: map[string][]*Project{}, byUUID: map[uuid.UUID]*Project{}, dirty: true}
	u.registries = append(u.registries, r)
	return r
}

// BaseURL returns the URL that artifacts are said to come from.
func (u *Upstream) BaseURL() string { return u.base }

// Put serves data at a path, whatever it is: a file of which this package knows nothing.
func (u *Upstream) Put(path string, data []byte) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.put(path, data)
}

func (u *Upstream) put(path string, data []byte) {
	u.resources[path] = &resource{data: func() []byte { return data }, kind: "application/octet-stream"}
}
