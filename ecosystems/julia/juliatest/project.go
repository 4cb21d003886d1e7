package juliatest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// generate writes a package that Julia can load, and test. Its module has
// version(), by which a test can tell what it got, and artifact(name), the folder of
// an artifact, if it has any.
func (p *Project) generate(root *node, v *released, from Version) {
	add := func(path, text string) { root.put(path, &node{mode: modeFile, text: text}) }
	add("Project.toml", p.projectFile(v))
	add("src/"+p.about.Name+".jl", p.source(v, from.ArtifactsFile))
	add("test/runtests.jl", fmt.Sprintf("using %s, Test\n@test %s.version() == v\"%s\"\n", p.about.Name, p.about.Name, v.number))
	add("README.md", fmt.Sprintf("# %s.jl\n\nVersion %s, generated for tests.\n", p.about.Name, v.number))
}

// projectFile returns Project.toml.
func (p *Project) projectFile(v *released) string {
	var b strings.Builder
	fmt.Fprintf(&b, "name = %s\nuuid = %s\nversion = %s\n", quote(p.about.Name), quote(p.about.UUID.String()), quote(v.number.String()))
	deps, weak, compat := map[string]string{}, map[string]string{}, map[string]string{}
	for _, d := range v.deps {
		if d.weak {
			weak[d.name] = quote(d.id.String())
		} else {
			deps[d.name] = quote(d.id.String())
		}
		if d.entry != "" {
			compat[d.name] = quote(d.entry)
		}
	}
	if v.julia != nil {
		compat["julia"] = quote(v.entry)
	}
	extras, targets := map[string]string{}, map[string]string{}
	if deps["Test"] == "" {
		extras["Test"], targets["test"] = quote(stdlibs["Test"]), `["Test"]`
	}
	for _, section := range []struct {
		name   string
		values map[string]string
	}{{"deps", deps}, {"weakdeps", weak}, {"compat", compat}, {"extras", extras}, {"targets", targets}} {
		if len(section.values) > 0 {
			b.WriteString("\n[" + section.name + "]\n")
			writeKeys(&b, section.values)
		}
	}
	return b.String()
}

// source returns the module.
func (p *Project) source(v *released, artifactsFile string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "module %s\n\n", p.about.Name)
	names := map[string]bool{}
	for _, d := range v.deps {
		if !d.weak {
			names[d.name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		b.WriteString("import " + name + "\n")
	}
	fmt.Fprintf(&b, "\n# The version of this package.\nversion() = v\"%s\"\n", v.number)
	if artifactsFile != "" {
		fmt.Fprintf(&b, "\nconst artifacts_toml = joinpath(@__DIR__, \"..\", %s)\n", quote(artifactsFile))
		b.WriteString("\n# The folder of an artifact, which is installed now if it is lazy.\n" +
			"artifact(name) = Pkg.Artifacts.ensure_artifact_installed(name, artifacts_toml)\n")
	}
	b.WriteString("\nend # module\n")
	return b.String()
}
