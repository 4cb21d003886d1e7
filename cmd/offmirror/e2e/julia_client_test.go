//go:build e2e

package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A juliaUser is somebody with Julia and an empty depot, whose package server is
// url, and who knows no name server but one that says where he wanted to go.
type juliaUser struct {
	home
	names *resolver
	env   []string
}

func newJuliaUser(t testing.TB, url string) *juliaUser {
	t.Helper()
	u := &juliaUser{home: newHome(t, bullseye), names: newResolver(t)}
	u.nameserver = u.names.address
	u.env = []string{"JULIA_DEPOT_PATH=" + filepath.Join(u.dir, "depot"), "JULIA_PROJECT=" + filepath.Join(u.dir, "app"), "JULIA_PKG_SERVER=" + url}
	u.write("app/Project.toml", "")
	return u
}

// does runs Julia code after `using Pkg`, in the project.
func (u *juliaUser) does(code string) result {
	u.t.Helper()
	return u.run("app", u.env, "julia", "--startup-file=no", "--color=no", "-e", "using Pkg; "+code)
}

// add is Pkg.add of some names.
func (u *juliaUser) add(names ...string) result {
	u.t.Helper()
	return u.does(`Pkg.add(["` + strings.Join(names, `", "`) + `"])`)
}

// says has a package loaded and an expression printed.
func (u *juliaUser) says(pkg, expression, want string) {
	u.t.Helper()
	u.does("using " + pkg + "; println(" + expression + ")").ok(want + "\n")
}

// stayed fails the test if the user wanted to go anywhere but to the mirror, or
// missed something there.
func (u *juliaUser) stayed(served *tap) {
	u.t.Helper()
	if names := u.names.asked(); len(names) > 0 {
		u.t.Errorf("julia asked for hosts other than the mirror: %q", names)
	}
	served.missesOnly()
}

// versions is what the user's manifest has, each "NAME VERSION".
func (u *juliaUser) versions() []string {
	u.t.Helper()
	out := u.does(`for (_, p) in Pkg.dependencies()
		p.version !== nothing && p.tree_hash !== nothing && println("has ", p.name, ' ', p.version)
	end`).ok().output
	var all []string
	for line := range strings.Lines(out) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "has "); ok {
			all = append(all, v)
		}
	}
	slices.Sort(all)
	return all
}

// has fails the test unless the user's manifest has exactly these, "NAME VERSION".
func (u *juliaUser) has(want ...string) {
	u.t.Helper()
	if got := u.versions(); !slices.Equal(got, want) {
		u.t.Errorf("the manifest has %q, want %q", got, want)
	}
}

// registry is the tree hash that a registry of the depot was asked for by.
func (u *juliaUser) registry(name string) string {
	u.t.Helper()
	_, rest, _ := strings.Cut(u.read("depot/registries/"+name+"/.tree_info.toml"), `"`)
	hash, _, ok := strings.Cut(rest, `"`)
	if !ok {
		u.t.Fatalf("no hash in .tree_info.toml of %s", name)
	}
	return hash
}

// pin puts another version of a package into the manifest, as `pkg> pin` would if
// it were not withdrawn.
func (u *juliaUser) pin(name, from, to string, w *juliaWorld) {
	u.t.Helper()
	entry := func(version string) string {
		return "git-tree-sha1 = \"" + w.trees[name+"-"+version] + "\"\nuuid = \"" + juliaUUID(name) + "\"\nversion = \"" + version + "\"\n"
	}
	manifest := u.read("app/Manifest.toml")
	if !strings.Contains(manifest, entry(from)) {
		u.t.Fatalf("the manifest has no %s %s:\n%s", name, from, manifest)
	}
	u.write("app/Manifest.toml", strings.Replace(manifest, entry(from), entry(to), 1))
}

// copies takes over the project of another user.
func (u *juliaUser) copies(author *juliaUser) {
	u.t.Helper()
	for _, file := range []string{"app/Project.toml", "app/Manifest.toml"} {
		u.write(file, author.read(file))
	}
}

// artifacts returns the artifacts that were asked for, sorted, each once.
func (p *tap) artifacts() []string {
	p.t.Helper()
	var all []string
	for _, x := range p.exchanges() {
		if _, hash, ok := strings.Cut(x.path, "/artifact/"); ok {
			all = append(all, hash)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
