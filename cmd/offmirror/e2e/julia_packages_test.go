//go:build e2e

package e2e

import (
	"crypto/sha1"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A juliaPkg is one version of a Julia package, as its author has it.
type juliaPkg struct {
	name, version string
	deps          map[string]string // names to compat ranges, as a registry writes them; "" for what comes with Julia
	body          string            // Julia code inside the module, after the dependencies
	files         map[string]string // beside Project.toml and the module
	artifacts     []juliaArtifact   // what Artifacts.toml names
	yanked        bool
	repository    string // where it is not the name
	subdir        string // of the repository
}

// A juliaArtifact is one entry of an Artifacts.toml.
type juliaArtifact struct {
	name     string
	platform string // further keys of the entry: `os = "linux"`, …; empty: for every platform
	lazy     bool
	files    map[string]string // a name that ends in a slash is an empty folder
	noServer bool              // the package server lacks it: only its download URL has it
}

// String is the base of the names of what is made of it.
func (p juliaPkg) String() string { return p.name + "-" + p.version }

// juliaUUID makes up the UUID of a package.
func juliaUUID(name string) string {
	if known, ok := juliaStdlib[name]; ok {
		return known
	}
	s := fmt.Sprintf("%x", sha1.Sum([]byte(name)))
	return fmt.Sprintf("%s-%s-5%s-8%s-%s", s[:8], s[8:12], s[13:16], s[17:20], s[20:32])
}

// What packages depend on without finding it in a registry.
var juliaStdlib = map[string]string{
	"Libdl": "8f399da3-3557-5675-b5ff-fb832c97cbdb",
	"Pkg":   "44cfe95a-1eb2-52ea-b672-e2afdf69b78f",
	"Test":  "8dfed614-e22c-5e08-85e1-65c5234f0b40",
}

const (
	generalUUID = "23338594-aafe-5451-b93e-139f81909106"
	corpUUID    = "c0a9c0a9-0000-4000-8000-00000000c0a9"
)

// The packages of General: dependencies, older versions beside newer ones, a
// yanked one, binaries for several platforms, a lazy artifact, and one with
// empty folders.
var generalPackages = []juliaPkg{
	leafJL("1.0.0"), leafJL("1.1.0"), yanked(leafJL("1.2.0")),
	twigJL("0.3.0"),
	branchJL("1.0.0"), branchJL("1.1.0"),
	sapJLL("1.2.3+0", "sap 1.2.3"),
	treeJL("1.0.0"), treeJL("1.1.0"),
	cellarJL, hollowJL,
}

// The packages of the private registry, which are in git only: one whose
// .gitattributes lie about what a checkout holds, with an artifact that no server
// has, and one below a folder.
var corpPackages = []juliaPkg{vaultJL("1.0.0"), vaultJL("1.1.0"), shelfJL}

func leafJL(version string) juliaPkg {
	return juliaPkg{name: "Leaf", version: version, body: fmt.Sprintf("name() = %q", "leaf "+version),
		files: map[string]string{"test/runtests.jl": fmt.Sprintf(
			"using Test, Leaf\n@testset \"Leaf\" begin\n    @test Leaf.name() == %q\nend\n", "leaf "+version)}}
}

func yanked(p juliaPkg) juliaPkg {
	p.yanked = true
	return p
}

func twigJL(version string) juliaPkg {
	return juliaPkg{name: "Twig", version: version, body: fmt.Sprintf("name() = %q", "twig "+version)}
}

func branchJL(version string) juliaPkg {
	deps := map[string]string{"Leaf": "1"}
	names := `Leaf.name()`
	if version != "1.0.0" {
		deps["Twig"] = "0.3"
		names += ` * " and " * Twig.name()`
	}
	return juliaPkg{name: "Branch", version: version, deps: deps, body: fmt.Sprintf(`name() = "branch %s of " * %s`, version, names)}
}

// sapJLL is made like the packages of JuliaBinaryWrappers.
func sapJLL(version, content string) juliaPkg {
	var artifacts []juliaArtifact
	for _, platform := range []string{
		`arch = "x86_64", os = "linux", libc = "glibc"`, `arch = "aarch64", os = "linux", libc = "glibc"`,
		`arch = "x86_64", os = "linux", libc = "musl"`, `arch = "x86_64", os = "macos"`, `arch = "x86_64", os = "windows"`,
	} {
		artifacts = append(artifacts, juliaArtifact{name: "Sap", platform: platform, files: map[string]string{
			"share/sap.txt": content, "share/platform.txt": platform,
		}})
	}
	return juliaPkg{name: "Sap_jll", version: version, deps: map[string]string{"Libdl": "", "Pkg": ""}, artifacts: artifacts,
		body: "using Pkg.Artifacts\nsap() = read(joinpath(artifact\"Sap\", \"share\", \"sap.txt\"), String)"}
}

func treeJL(version string) juliaPkg {
	p := juliaPkg{name: "Tree", version: version, deps: map[string]string{"Branch": "1"},
		body: fmt.Sprintf(`name() = "tree %s with " * Branch.name()`, version)}
	if version != "1.0.0" {
		p.deps["Sap_jll"] = "1.2"
		p.body += ` * " and " * Sap_jll.sap()`
	}
	return p
}

var cellarJL = juliaPkg{name: "Cellar", version: "0.1.0", deps: map[string]string{"Pkg": ""},
	body:      "using Pkg.Artifacts\nwine() = read(joinpath(artifact\"wine\", \"wine.txt\"), String)",
	artifacts: []juliaArtifact{{name: "wine", lazy: true, files: map[string]string{"wine.txt": "wine of 2019"}}}}

var hollowJL = juliaPkg{name: "Hollow", version: "0.1.0", deps: map[string]string{"Pkg": ""},
	body: "using Pkg.Artifacts\ninside() = join(sort(readdir(artifact\"hollow\")), ' ')",
	artifacts: []juliaArtifact{{name: "hollow", files: map[string]string{
		"full/file.txt": "a file", "empty/": "", "deep/deeper/": "",
	}}}}

func vaultJL(version string) juliaPkg {
	return juliaPkg{name: "Vault", version: version, deps: map[string]string{"Leaf": "1", "Pkg": ""},
		body: fmt.Sprintf(`using Pkg.Artifacts
hidden() = strip(read(joinpath(@__DIR__, "..", "docs", "hidden.txt"), String))
subst() = strip(read(joinpath(@__DIR__, "..", "subst.txt"), String))
lines() = read(joinpath(@__DIR__, "..", "lines.txt"), String)
gold() = read(joinpath(artifact"gold", "gold.txt"), String)
name() = "vault %s with " * Leaf.name()`, version),
		files: map[string]string{
			".gitattributes":  "docs export-ignore\nsubst.txt export-subst\nlines.txt text eol=crlf\n*.bin filter=lfs\n",
			"docs/hidden.txt": "not in git archive\n",
			"subst.txt":       "$Format:%H$\n",
			"lines.txt":       "one\ntwo\n",
			"big.bin":         "not a pointer",
		},
		artifacts: []juliaArtifact{{name: "gold", noServer: true, files: map[string]string{"gold.txt": "gold", "none/": ""}}}}
}

var shelfJL = juliaPkg{name: "Shelf", version: "0.2.0", repository: "Mono", subdir: "lib/Shelf",
	deps: map[string]string{"Twig": "0.3", "Vault": "1"},
	body: `name() = "shelf 0.2.0 with " * Vault.name() * " and " * Twig.name()`}

// source is what the author's folder holds, without Artifacts.toml.
func (p juliaPkg) source() map[string]string {
	files := maps.Clone(p.files)
	if files == nil {
		files = map[string]string{}
	}
	var project strings.Builder
	fmt.Fprintf(&project, "name = %q\nuuid = %q\nversion = %q\n\n[deps]\n", p.name, juliaUUID(p.name), p.version)
	for _, dep := range slices.Sorted(maps.Keys(p.deps)) {
		fmt.Fprintf(&project, "%s = %q\n", dep, juliaUUID(dep))
	}
	project.WriteString("\n[compat]\njulia = \"1\"\n")
	for _, dep := range slices.Sorted(maps.Keys(p.deps)) {
		if p.deps[dep] != "" {
			fmt.Fprintf(&project, "%s = %q\n", dep, p.deps[dep])
		}
	}
	if _, tested := p.files["test/runtests.jl"]; tested {
		fmt.Fprintf(&project, "\n[extras]\nTest = %q\n\n[targets]\ntest = [\"Test\"]\n", juliaUUID("Test"))
	}
	files["Project.toml"] = project.String()
	using := ""
	if len(p.deps) > 0 {
		using = "using " + strings.Join(slices.Sorted(maps.Keys(p.deps)), ", ") + "\n"
	}
	files["src/"+p.name+".jl"] = fmt.Sprintf("module %s\n%s%s\nend\n", p.name, using, p.body)
	return files
}
