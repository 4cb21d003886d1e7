package juliatest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// Manifest is a lock file, before it is written.
type Manifest struct {
	Format   string // "1.0", "2.0" or "2.1"; empty: "2.0"
	Julia    string // version that wrote it; formats from 2.0; empty: none is told
	Releases []Release
	Pinned   []string          // names of releases that the user has pinned
	Local    map[string]string // folders of packages by name, which are no releases
	Git      map[string]string // URLs of packages by name, which come straight from git
}

// locked is an entry of a Manifest.toml.
type locked struct {
	name     string
	id       uuid.UUID
	deps     map[string]uuid.UUID
	weak     map[string]uuid.UUID
	values   map[string]string // in TOML
	explicit bool              // deps are written with UUIDs
}

// stdlibDeps are what parts of the standard library need.
var stdlibDeps = map[string][]string{
	"Artifacts":        nil,
	"Dates":            {"Printf"},
	"DelimitedFiles":   {"Mmap"},
	"Distributed":      {"Random", "Serialization", "Sockets"},
	"InteractiveUtils": {"Markdown"},
	"LazyArtifacts":    {"Artifacts", "Pkg"},
	"LinearAlgebra":    {"Libdl"},
	"Markdown":         {"Base64"},
	"Pkg":              {"Dates", "Libdl", "Logging", "Markdown", "Printf", "Random", "SHA", "UUIDs"},
	"Printf":           {"Unicode"},
	"Random":           {"Serialization"},
	"Statistics":       {"LinearAlgebra"},
	"TOML":             {"Dates"},
	"Test":             {"InteractiveUtils", "Logging", "Random", "Serialization"},
	"UUIDs":            {"Random", "SHA"},
}

// Manifest writes a Manifest.toml with the releases and what they need of the standard
// library. It panics if a release needs another package that is not among them.
func (u *Upstream) Manifest(m Manifest) string {
	m.Format = cmp.Or(m.Format, "2.0")
	u.mu.Lock()
	defer u.mu.Unlock()
	entries := map[uuid.UUID]*locked{}
	listed := map[string]*Registry{}
	for _, rel := range m.Releases {
		entries[rel.UUID] = u.locked(rel, m, listed)
	}
	for name, path := range m.Local {
		entries[UUID(name)] = &locked{name: name, id: UUID(name), values: map[string]string{"path": quote(path), "version": `"0.1.0"`}}
	}
	for name, url := range m.Git {
		entries[UUID(name)] = &locked{name: name, id: UUID(name), values: map[string]string{
			"git-tree-sha1": quote(sha1Of("tree of " + name)), "repo-rev": `"main"`, "repo-url": quote(url), "version": `"0.1.0"`,
		}}
	}
	for _, e := range slices.Collect(maps.Values(entries)) {
		for name, id := range e.deps {
			addStdlib(entries, e.name, name, id)
		}
	}
	names := map[string]int{}
	for _, e := range entries {
		names[e.name]++
	}
	for _, e := range entries {
		for name := range e.deps {
			e.explicit = e.explicit || names[name] > 1
		}
	}
	return writeManifest(m, entries, listed)
}

// addStdlib adds a part of the standard library, and what it needs.
func addStdlib(entries map[uuid.UUID]*locked, by, name string, id uuid.UUID) {
	if entries[id] != nil {
		return
	}
	if stdlibs[name] != id.String() {
		panic(fmt.Sprintf("juliatest: the manifest lacks %s %s, which %s needs", name, id, by))
	}
	e := &locked{name: name, id: id, deps: map[string]uuid.UUID{}}
	entries[id] = e
	for _, dep := range stdlibDeps[name] {
		e.deps[dep] = UUID(dep)
		addStdlib(entries, name, dep, UUID(dep))
	}
}

// locked returns the entry of a release. The registries that have it are added to listed.
func (u *Upstream) locked(rel Release, m Manifest, listed map[string]*Registry) *locked {
	e := &locked{name: rel.Name, id: rel.UUID, deps: map[string]uuid.UUID{}, weak: map[string]uuid.UUID{}}
	e.values = map[string]string{"git-tree-sha1": quote(rel.Tree.String()), "version": quote(rel.Version.String())}
	if slices.Contains(m.Pinned, rel.Name) {
		e.values["pinned"] = "true"
	}
	var in []string
	for _, r := range u.registries {
		p := r.byUUID[rel.UUID]
		if p == nil || p.find(rel.Version) == nil {
			continue
		}
		in = append(in, r.name)
		listed[r.name] = r
		for _, d := range p.find(rel.Version).deps {
			if d.weak {
				e.weak[d.name] = d.id
			} else {
				e.deps[d.name] = d.id
			}
		}
	}
	switch {
	case len(in) == 0:
		panic(fmt.Sprintf("juliatest: no registry has %s %s", rel.Name, rel.Version))
	case m.Format < "2.1":
	case len(in) == 1:
		e.values["registries"] = quote(in[0])
	default:
		e.values["registries"] = array(in)
	}
	return e
}

func writeManifest(m Manifest, entries map[uuid.UUID]*locked, listed map[string]*Registry) string {
	var b strings.Builder
	b.WriteString("# This file is machine-generated - editing it directly is not advised\n")
	prefix := ""
	if m.Format >= "2.0" {
		prefix = "deps."
		b.WriteByte('\n')
		if m.Julia != "" {
			fmt.Fprintf(&b, "julia_version = %s\n", quote(m.Julia))
		}
		fmt.Fprintf(&b, "manifest_format = %s\nproject_hash = %s\n", quote(m.Format), quote(sha1Of(fmt.Sprint(m))))
	}
	order := slices.SortedFunc(maps.Values(entries), func(a, b *locked) int {
		return cmp.Or(cmp.Compare(a.name, b.name), a.id.Compare(b.id))
	})
	for _, e := range order {
		fmt.Fprintf(&b, "\n[[%s%s]]\n", prefix, key(e.name))
		values := map[string]string{"uuid": quote(e.id.String())}
		maps.Copy(values, e.values)
		if len(e.deps) > 0 && !e.explicit {
			values["deps"] = array(slices.Sorted(maps.Keys(e.deps)))
		}
		if len(e.weak) > 0 && prefix != "" {
			values["weakdeps"] = array(slices.Sorted(maps.Keys(e.weak)))
		}
		writeKeys(&b, values)
		if e.explicit {
			deps := map[string]string{}
			for name, id := range e.deps {
				deps[name] = quote(id.String())
			}
			fmt.Fprintf(&b, "\n    [%s%s.deps]\n", prefix, key(e.name))
			for _, name := range slices.Sorted(maps.Keys(deps)) {
				fmt.Fprintf(&b, "    %s = %s\n", key(name), deps[name])
			}
		}
	}
	if m.Format >= "2.1" {
		for _, name := range slices.Sorted(maps.Keys(listed)) {
			r := listed[name]
			fmt.Fprintf(&b, "\n[registries.%s]\nurl = %s\nuuid = %s\n", key(name), quote(r.u.repos+"/"+r.name+".git"), quote(r.id.String()))
		}
	}
	return b.String()
}

// ProjectFile writes the Project.toml of an environment that has releases as its direct
// dependencies, to stand beside a Manifest.toml.
func ProjectFile(direct ...Release) string {
	deps := map[string]string{}
	for _, rel := range direct {
		deps[rel.Name] = quote(rel.UUID.String())
	}
	var b strings.Builder
	b.WriteString("[deps]\n")
	writeKeys(&b, deps)
	return b.String()
}
