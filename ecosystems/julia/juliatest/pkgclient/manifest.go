package pkgclient

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// formatManifest writes format 1.0 before Julia 1.7, 2.0 then, 2.1 from 1.13.
func (p Profile) formatManifest(g *graph, solution map[uuid.UUID]candidate, packages []Package) []byte {
	var b strings.Builder
	prefix := "deps."
	switch {
	case p.knowsManifestRegistries():
		fmt.Fprintf(&b, "julia_version = %q\nmanifest_format = \"2.1\"\n", p.Version)
	case p.keepsPacked():
		fmt.Fprintf(&b, "julia_version = %q\nmanifest_format = \"2.0\"\n", p.Version)
	default:
		prefix = ""
	}
	builtin := map[string]uuid.UUID{}
	origins := map[string]*registry{}
	for _, pkg := range packages {
		fmt.Fprintf(&b, "\n[[%s%s]]\n", prefix, tomlKey(pkg.Name))
		if deps := g.strong(solution, solution[pkg.UUID], builtin); len(deps) > 0 {
			fmt.Fprintf(&b, "deps = [%s]\n", strings.Join(deps, ", "))
		}
		fmt.Fprintf(&b, "git-tree-sha1 = %q\n", pkg.Tree)
		if from := g.origins[pkg.UUID]; p.knowsManifestRegistries() && len(from) > 0 {
			fmt.Fprintf(&b, "registries = %q\n", from[0].Name)
			origins[from[0].Name] = from[0]
		}
		fmt.Fprintf(&b, "uuid = %q\nversion = %q\n", pkg.UUID, pkg.Version)
	}
	for _, name := range slices.Sorted(maps.Keys(builtin)) {
		fmt.Fprintf(&b, "\n[[%s%s]]\nuuid = %q\n", prefix, tomlKey(name), builtin[name])
	}
	for _, name := range slices.Sorted(maps.Keys(origins)) {
		fmt.Fprintf(&b, "\n[registries.%s]\n", tomlKey(name))
		if repo := origins[name].Repo; repo != "" {
			fmt.Fprintf(&b, "url = %q\n", repo)
		}
		fmt.Fprintf(&b, "uuid = %q\n", origins[name].id)
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
