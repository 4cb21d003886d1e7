package juliatest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// write returns the registry's tree. Folders of packages that did not change are those of
// the state before.
func (r *Registry) write() *node {
	root := newDir()
	root.put("README.md", &node{mode: modeFile, text: "# " + r.name + "\n\nA registry of Julia packages, made for tests.\n"})
	root.put("Registry.toml", &node{mode: modeFile, text: r.index()})
	for _, p := range r.projects {
		if p.dir == nil {
			p.dir = p.write()
			p.dir.hash(treehash.Full)
		}
		root.put(p.about.Path, p.dir)
	}
	for _, e := range r.edits {
		root = root.clone()
		old, _ := root.file(e.path)
		if e.change == nil {
			root.remove(e.path)
			continue
		}
		root.put(e.path, &node{mode: modeFile, text: e.change(old)})
	}
	return root
}

func (n *node) remove(path string) {
	folder, name := "", path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		folder, name = path[:i], path[i+1:]
	}
	delete(n.dir(folder).children, name)
}

// index returns Registry.toml.
func (r *Registry) index() string {
	var b strings.Builder
	fmt.Fprintf(&b, "name = %s\nuuid = %s\nrepo = %s\n\ndescription = \"\"\"\n%s, a registry of Julia packages\nmade for tests.\n\"\"\"\n\n[packages]\n",
		quote(r.name), quote(r.id.String()), quote(r.u.repos+"/"+r.name+".git"), r.name)
	for _, p := range slices.SortedFunc(slices.Values(r.projects), byID) {
		b.WriteString(p.line())
	}
	return b.String()
}

func (p *Project) line() string {
	return fmt.Sprintf("%s = { name = %s, path = %s }\n", p.about.UUID, quote(p.about.Name), quote(p.about.Path))
}

// write returns the package's folder in the registry.
func (p *Project) write() *node {
	dir := newDir()
	add := func(name, text string) {
		if text != "" {
			dir.put(name, &node{mode: modeFile, text: text})
		}
	}
	add("Package.toml", p.info())
	add("Versions.toml", p.list())
	pool := make([]version.Version, len(p.versions))
	for i, v := range p.versions {
		pool[i] = v.number
	}
	for _, weak := range []bool{false, true} {
		prefix := ""
		if weak {
			prefix = "Weak"
		}
		add(prefix+"Deps.toml", compressed(pool, func(i int) map[string]string { return p.versions[i].uuids(weak) }).text())
		add(prefix+"Compat.toml", compressed(pool, func(i int) map[string]string { return p.versions[i].ranges(weak, p.registry.spaced) }).text())
	}
	return dir
}

// info returns Package.toml.
func (p *Project) info() string {
	var b strings.Builder
	fmt.Fprintf(&b, "name = %s\nuuid = %s\nrepo = %s\n", quote(p.about.Name), quote(p.about.UUID.String()), quote(p.about.Repo))
	if p.about.Subdir != "" {
		fmt.Fprintf(&b, "subdir = %s\n", quote(p.about.Subdir))
	}
	if p.about.Deprecated != "" {
		fmt.Fprintf(&b, "\n[metadata.deprecated]\nreason = %s\n", quote(p.about.Deprecated))
		if p.about.Alternative != "" {
			fmt.Fprintf(&b, "alternative = %s\n", quote(p.about.Alternative))
		}
	}
	return b.String()
}

// list returns Versions.toml.
func (p *Project) list() string {
	var b strings.Builder
	for i, v := range p.versions {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "[%s]\ngit-tree-sha1 = %s\n", quote(v.number.String()), quote(v.tree.String()))
		if v.yanked {
			b.WriteString("yanked = true\n")
		}
	}
	return b.String()
}

// uuids returns what Deps.toml or WeakDeps.toml says of a version.
func (v *released) uuids(weak bool) map[string]string {
	values := map[string]string{}
	for _, d := range v.deps {
		if d.weak == weak {
			values[d.name] = quote(d.id.String())
		}
	}
	return values
}

// ranges returns what Compat.toml or WeakCompat.toml says of a version.
func (v *released) ranges(weak, blanks bool) map[string]string {
	values := map[string]string{}
	for _, d := range v.deps {
		if d.weak == weak && d.compat != nil {
			values[d.name] = ranges(d.compat, blanks)
		}
	}
	if !weak && v.julia != nil {
		values["julia"] = ranges(v.julia, blanks)
	}
	return values
}
