package juliatest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Registry is a registry of packages. What it lists changes with each call that changes
// something; it becomes a state, with a tree hash of its own, when somebody asks for
// it: a client, [Registry.Hash] or [Upstream.WriteGit].
type Registry struct {
	u        *Upstream
	name     string
	id       uuid.UUID
	projects []*Project // in the order of their addition
	byName   map[string][]*Project
	byUUID   map[uuid.UUID]*Project
	edits    []edit
	spaced   bool
	states   []*state // the newest last; what was a state before is moved behind
	history  []*state // as they followed each other
	dirty    bool
	listed   int // further back than the newest state by so many
	hidden   bool
}

// state is what a registry was at some time.
type state struct {
	root *node
	hash treehash.Hash
}

type edit struct {
	path   string
	change func(string) string // nil removes the file
}

// Package is what a registry knows of a package beside its versions.
type Package struct {
	Name   string
	UUID   uuid.UUID // UUID(Name) if it is zero
	Path   string    // folder in the registry; empty: as General does it, "E/Example" or "jll/Z/Zlib_jll"
	Repo   string    // URL; empty: below [WithRepos]
	Subdir string    // folder in the repository

	Deprecated  string // reason for the deprecation, if there is one
	Alternative string // what to use instead of a deprecated package
}

// Project is a package that was added to a registry.
type Project struct {
	registry  *Registry
	about     Package
	versions  []*released // ascending
	published []*released // as they followed each other, dropped ones too
	bulk      bool
	dir       *node // of the registry; nil if it has to be written again
}

// Name returns the name of the registry.
func (r *Registry) Name() string { return r.name }

// UUID returns the UUID of the registry.
func (r *Registry) UUID() uuid.UUID { return r.id }

// AddPackage adds a package without versions.
func (r *Registry) AddPackage(p Package) *Project {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	return r.add(p)
}

func (r *Registry) add(p Package) *Project {
	if p.Name == "" {
		panic("juliatest: a package needs a name")
	}
	if p.UUID.IsZero() {
		p.UUID = UUID(p.Name)
	}
	if r.byUUID[p.UUID] != nil {
		panic(fmt.Sprintf("juliatest: %s has a package %s (%s)", r.name, p.UUID, p.Name))
	}
	if p.Repo == "" {
		p.Repo = r.u.repos + "/" + p.Name + ".jl.git"
		if len(r.byName[p.Name]) > 0 {
			p.Repo = r.u.repos + "/" + p.UUID.String() + "/" + p.Name + ".jl.git"
		}
	}
	if p.Path == "" {
		p.Path = strings.ToUpper(p.Name[:1]) + "/" + p.Name
		if strings.HasSuffix(p.Name, "_jll") {
			p.Path = "jll/" + p.Path
		}
		if len(r.byName[p.Name]) > 0 {
			p.Path += "-" + p.UUID.String()[:8]
		}
	}
	project := &Project{registry: r, about: p}
	r.projects = append(r.projects, project)
	r.byName[p.Name] = append(r.byName[p.Name], project)
	r.byUUID[p.UUID] = project
	r.dirty = true
	return project
}

// Project returns the package of a name, of several the one that was added first, or nil.
func (r *Registry) Project(name string) *Project {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	return r.project(name)
}

func (r *Registry) project(name string) *Project {
	if list := r.byName[name]; len(list) > 0 {
		return list[0]
	}
	return nil
}

// Edit changes a file of the registry each time when it is written, so that the tree hash is
// right however wrong the file may be. A file that does not exist is "" before, and
// exists then.
func (r *Registry) Edit(path string, change func(string) string) {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	r.edits = append(r.edits, edit{path, change})
	r.dirty = true
}

// Delete leaves a file out of the registry.
func (r *Registry) Delete(path string) { r.Edit(path, nil) }

// ListTwice adds a second line for the package of a name to Registry.toml, so that the
// same UUID is there twice.
func (r *Registry) ListTwice(name string) {
	p := r.Project(name)
	if p == nil {
		panic("juliatest: there is no package " + name)
	}
	r.Edit("Registry.toml", func(old string) string { return old + p.line() })
}

// WriteBlanks writes ranges as newer tools do, "1.2 - 3" rather than "1.2-3".
func (r *Registry) WriteBlanks() {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	r.spaced, r.dirty = true, true
	for _, p := range r.projects {
		p.dir = nil
	}
}

// Hash returns the tree hash of the registry as it is now, whatever is listed.
func (r *Registry) Hash() treehash.Hash {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	return r.state().hash
}

// States returns the tree hashes of all states so far, the newest last.
func (r *Registry) States() []treehash.Hash {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	r.state()
	var list []treehash.Hash
	for _, s := range r.states {
		list = append(list, s.hash)
	}
	return list
}

// RollBack lists the state that is so many behind the newest one, until it is called with 0. All
// states can be downloaded all the time.
func (r *Registry) RollBack(states int) {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	r.listed = states
}

// Hide takes the registry off the list, or puts it there again. Its tarballs remain.
func (r *Registry) Hide(hidden bool) {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	r.hidden = hidden
}

// File returns a file of the registry as it is now.
func (r *Registry) File(path string) (content string, ok bool) {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	return r.state().root.file(path)
}

// state writes the registry if it has changed. The caller holds the lock.
func (r *Registry) state() *state {
	if !r.dirty {
		return r.states[len(r.states)-1]
	}
	s := &state{root: r.write()}
	s.hash = s.root.hash(treehash.Full)
	r.dirty = false
	r.states = slices.DeleteFunc(r.states, func(old *state) bool { return old.hash == s.hash })
	r.states = append(r.states, s)
	r.history = append(r.history, s)
	path := pkgserver.RegistryPath(r.id, s.hash)
	if r.u.resources[path] == nil {
		r.u.resources[path] = &resource{tree: func() *node { return s.root }, keep: true}
	}
	return s
}

// current returns the state that is listed.
func (r *Registry) current() *state {
	r.state()
	return r.states[max(0, len(r.states)-1-r.listed)]
}

// find returns the version of a number, or nil.
func (p *Project) find(v version.Version) *released {
	i, ok := slices.BinarySearchFunc(p.versions, v, func(r *released, v version.Version) int { return r.number.Compare(v) })
	if !ok {
		return nil
	}
	return p.versions[i]
}

// insert adds a version.
func (p *Project) insert(v *released) {
	i, ok := slices.BinarySearchFunc(p.versions, v.number, func(r *released, v version.Version) int { return r.number.Compare(v) })
	if ok {
		panic(fmt.Sprintf("juliatest: %s %s exists", p.about.Name, v.number))
	}
	p.versions = slices.Insert(p.versions, i, v)
	p.published = append(p.published, v)
	p.registry.u.serial++
	v.serial = p.registry.u.serial
	p.changed()
}

func (p *Project) changed() {
	p.dir = nil
	p.registry.dirty = true
}

// byID orders packages as Registry.toml does.
func byID(a, b *Project) int {
	return cmp.Or(a.about.UUID.Compare(b.about.UUID), cmp.Compare(a.about.Path, b.about.Path))
}
