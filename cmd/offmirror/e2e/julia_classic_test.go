//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// classicMirror is a mirror of a world in the older layout as well, all of it but
// Julia itself.
func classicMirror(t testing.TB, w *juliaWorld) mirror {
	t.Helper()
	for _, name := range []string{"METADATA.jl", "PkgMirrors.jl"} {
		w.write("sources/"+name+"/README.md", name+"\n")
		w.commit(name, "sources/"+name, "first", "")
	}
	return newJuliaSite(t, w).mirror(t,
		`classic = ["client", "metadata", "registries", "packages"]`,
		privateRegistry,
		"\n[julia.classic_sources]\nmetadata = \""+gitURL+"METADATA.jl.git\"\nclient = \""+gitURL+"PkgMirrors.jl.git\"").synced()
}

// clone has a user without a package server install a registry from git at url,
// which is libgit2's doing.
func (u *juliaUser) clone(url string) {
	u.t.Helper()
	u.does(fmt.Sprintf(`Pkg.Registry.add(RegistrySpec(url = %q))`, url)).ok()
}

// lists fails the test unless the user's General has a version of Leaf.
func (u *juliaUser) lists(want string) {
	u.t.Helper()
	if versions := u.read("depot/registries/General/L/Leaf/Versions.toml"); !strings.Contains(versions, `["`+want+`"]`) {
		u.t.Errorf("General does not list Leaf %s:\n%s", want, versions)
	}
}

// Registries are cloned and followed over smart HTTP, from offmirror and from nginx,
// by libgit2 and by git.
func testJuliaGitClone(t *testing.T) {
	t.Parallel()
	w := juliaPublished(t).copied(t)
	m := classicMirror(t, w)
	m.nginx(juliaGitAddress)
	for _, base := range []string{m.start(), "http://" + juliaGitAddress} {
		served := newTap(t, base)
		u := newJuliaUser(t, "")
		u.clone(served.URL + "/julia/classic/registries/General.git")
		u.lists("1.2.0")
		u.clone(served.URL + "/julia/classic/registries/Corp.git")
		for _, repository := range []string{"metadata/METADATA.jl", "PkgMirrors.jl", "registries/General"} {
			into := filepath.Join(newFolder(t), "clone")
			c := command{dir: filepath.Dir(into), env: []string{"PATH=/usr/bin:/bin", "HOME=" + filepath.Dir(into), "GIT_CONFIG_NOSYSTEM=1"}}
			execute(t, c, gitProgram(t), "clone", "-q", served.URL+"/julia/classic/"+repository+".git", into).ok()
			if name := filepath.Base(repository); name != "General" && readFile(t, into+"/README.md") != name+"\n" {
				t.Errorf("the clone of %s is of something else", repository)
			}
		}
		u.stayed(served)
	}

	served := newTap(t, m.start())
	u := newJuliaUser(t, "")
	u.clone(served.URL + "/julia/classic/registries/General.git")
	w.publish("General", leafJL("1.3.0"))
	m.synced()
	u.does("Pkg.Registry.update()").ok()
	u.lists("1.3.0")
	u.stayed(served)
	m.offmirror("verify").ok()
}

// The older layout's package tarballs, as their users take them: by name and version,
// with a checksum beside, in a folder. What is in it has the hash of the registry.
func testJuliaClassicPackages(t *testing.T) {
	t.Parallel()
	w := juliaPublished(t).copied(t)
	m := classicMirror(t, w)
	served := newTap(t, m.start()+"/julia/classic")
	h := newHome(t, bullseye)
	for _, p := range []string{"Leaf-1.1.0", "Sap_jll-1.2.3+0"} {
		name, version, _ := strings.Cut(p, "-")
		base := served.URL + "/packages/" + name + "/General/"
		h.run(".", nil, "sh", "-ec", `mkdir "$2" && cd "$2"
curl -sSfg -o byversion.tar.gz "$1$2-$3.tar.gz"
curl -sSfg -o bytree.tar.gz "$1$2-$4.tar.gz"
cmp byversion.tar.gz bytree.tar.gz
echo "$(curl -sSfg "$1$2-$3.tar.gz.sha256")  byversion.tar.gz" | sha256sum -c
mkdir tree && tar -xzf byversion.tar.gz -C tree --strip-components=1`, "sh", base, name, version, w.trees[p]).ok("byversion.tar.gz: OK")
		h.run(".", nil, "julia", "-e", `using Pkg; println(bytes2hex(Pkg.GitTools.tree_hash(ARGS[1])))`, name+"/tree").ok(w.trees[p])
	}
	h.run(".", nil, "curl", "-sSf", served.URL+"/registries/list.txt").ok("General\n")
	h.run(".", nil, "curl", "-sSf", served.URL+"/registries/General/Registry.toml").ok(generalUUID)
	h.run(".", nil, "curl", "-sSf", served.URL+"/status.json").ok(`"mirror_version"`)
	served.missesOnly()
}

// A tree in the older layout is taken over: its packages are not downloaded again.
func testJuliaAdoptClassic(t *testing.T) {
	t.Parallel()
	w := juliaPublished(t).copied(t)
	old := classicMirror(t, w)
	s := newJuliaSite(t, w)
	m := s.mirror(t, `adopt = ["`+old.file("classic")+`"]`, `packages = ["Tree"]`).synced()
	for _, r := range s.up.Requests() {
		if r.Method == http.MethodGet && strings.HasPrefix(r.Path, "/package/") {
			t.Errorf("%s was fetched although it was there", r.Path)
		}
	}
	m.offmirror("verify").ok()
	served := m.serve()
	u := newJuliaUser(t, served.URL)
	u.add("Tree").ok()
	u.says("Tree", "Tree.name()", treeSays)
	u.stayed(served)
}
