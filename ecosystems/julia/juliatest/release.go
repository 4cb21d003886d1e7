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

// Version is a version of a package, before it is published.
type Version struct {
	Number string // "1.2.3", "1.2.3+4"

	// Deps and WeakDeps are dependencies: the name, and the compat entry as
	// it stands in a Project.toml, if there is one: "Dates", "JSON 0.20, 0.21". Where
	// several packages have a name, "JSON@682c06a0-de6a-54ab-a142-c8b1cf79cde6 0.21"
	// says which is meant; otherwise it is that of the own registry, of the
	// registry that was added first, or UUID(name).
	Deps, WeakDeps []string

	Julia  string // compat entry; empty: "1"; "*": none
	Yanked bool

	// Content replaces files of the generated project or adds to it.
	Content Tree

	Artifacts     []Artifact
	ArtifactsFile string // name of the file; empty: "Artifacts.toml"

	// Missing leaves the tarball off the server, as when it follows later or never.
	Missing bool
}

// Release is a published version.
type Release struct {
	Name      string
	UUID      uuid.UUID
	Version   version.Version
	Tree      treehash.Hash
	Path      string // on the server, "package/UUID/HASH"
	Artifacts []Binary
}

// released is a version of a project.
type released struct {
	serial     int // of its publication
	number     version.Version
	tree       treehash.Hash
	content    func() *node
	deps       []dep
	julia      version.Set // nil: no entry
	entry      string      // of the Project.toml for julia
	yanked     bool
	submodules bool
	artifacts  []Binary
}

// dep is a dependency.
type dep struct {
	name   string
	id     uuid.UUID
	entry  string      // of the Project.toml
	compat version.Set // nil: no entry
	weak   bool
}

// Publish publishes a version of the package of a name, which is added if it does not
// exist.
func (r *Registry) Publish(name string, v Version) Release {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	p := r.project(name)
	if p == nil {
		p = r.add(Package{Name: name})
	}
	return p.publish(v)
}

// Publish publishes a version.
func (p *Project) Publish(v Version) Release {
	p.registry.u.mu.Lock()
	defer p.registry.u.mu.Unlock()
	return p.publish(v)
}

func (p *Project) publish(v Version) Release {
	u := p.registry.u
	number, err := version.Parse(v.Number)
	if err != nil {
		panic(fmt.Sprintf("juliatest: %s: %v", p.about.Name, err))
	}
	if len(v.Artifacts) > 0 && !slices.ContainsFunc(v.Deps, func(d string) bool { return strings.HasPrefix(d, "Pkg") }) {
		v.Deps = append(slices.Clone(v.Deps), "Pkg")
	}
	rel := &released{number: number, yanked: v.Yanked}
	for _, text := range v.Deps {
		rel.deps = append(rel.deps, p.dep(text, false))
	}
	for _, text := range v.WeakDeps {
		rel.deps = append(rel.deps, p.dep(text, true))
	}
	if v.Julia != "*" {
		rel.entry = cmp.Or(v.Julia, "1")
		rel.julia = version.MustParseCompat(rel.entry)
	}
	root := newDir()
	if len(v.Artifacts) == 0 {
		v.ArtifactsFile = ""
	} else {
		text := u.binaries(p.about.Name, number, v.Artifacts, &rel.artifacts)
		v.ArtifactsFile = cmp.Or(v.ArtifactsFile, "Artifacts.toml")
		root.put(v.ArtifactsFile, &node{mode: modeFile, text: text})
	}
	p.generate(root, rel, v)
	v.Content.addTo(root)
	rel.content = func() *node { return root }
	rel.tree = root.hash(treehash.SkipEmpty)
	rel.submodules = root.hasSubmodule()
	p.insert(rel)
	out := p.release(rel)
	if !rel.submodules && !v.Missing && u.resources[out.Path] == nil {
		u.resources[out.Path] = &resource{tree: rel.content, keep: true}
	}
	return out
}

func (p *Project) release(v *released) Release {
	return Release{
		Name: p.about.Name, UUID: p.about.UUID, Version: v.number, Tree: v.tree,
		Path: pkgserver.PackagePath(p.about.UUID, v.tree), Artifacts: slices.Clone(v.artifacts),
	}
}

// dep reads "NAME[@UUID] [COMPAT]".
func (p *Project) dep(text string, weak bool) dep {
	name, entry, _ := strings.Cut(text, " ")
	d := dep{entry: strings.TrimSpace(entry), weak: weak}
	var id string
	d.name, id, _ = strings.Cut(name, "@")
	if id != "" {
		d.id = uuid.MustParse(id)
	} else {
		d.id = p.registry.lookUp(d.name)
	}
	if d.entry != "" {
		d.compat = version.MustParseCompat(d.entry)
	}
	return d
}

// lookUp returns the UUID that a name means to packages of the registry.
func (r *Registry) lookUp(name string) uuid.UUID {
	for _, from := range append([]*Registry{r}, r.u.registries...) {
		if p := from.project(name); p != nil {
			return p.about.UUID
		}
	}
	return UUID(name)
}

// Release returns a published version of the first package of a name.
func (r *Registry) Release(name, number string) (Release, bool) {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	if p := r.project(name); p != nil {
		if v := p.find(version.MustParse(number)); v != nil {
			return p.release(v), true
		}
	}
	return Release{}, false
}

// Releases returns all versions of all packages, ordered by UUID and version.
func (r *Registry) Releases() []Release {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	var list []Release
	for _, p := range slices.SortedFunc(slices.Values(r.projects), byID) {
		for _, v := range p.versions {
			list = append(list, p.release(v))
		}
	}
	return list
}

// Yank marks a version as not to be installed any more, unless somebody has it pinned, or takes
// the mark away.
func (r *Registry) Yank(name, number string, yanked bool) {
	r.change(name, number, func(p *Project, v *released) {
		v.yanked = yanked
		p.changed()
	})
}

// Drop takes a version out of the registry, which the rules of General forbid. Its tarball remains.
func (r *Registry) Drop(name, number string) {
	r.change(name, number, func(p *Project, v *released) {
		p.versions = slices.DeleteFunc(p.versions, func(w *released) bool { return v == w })
		p.changed()
	})
}

func (r *Registry) change(name, number string, f func(*Project, *released)) {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	p := r.project(name)
	if p == nil {
		panic(fmt.Sprintf("juliatest: %s has no package %s", r.name, name))
	}
	v := p.find(version.MustParse(number))
	if v == nil {
		panic(fmt.Sprintf("juliatest: there is no %s %s", name, number))
	}
	f(p, v)
}
