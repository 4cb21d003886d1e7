//go:build e2e

package e2e

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A juliaWorld is what there is of Julia outside: registries and packages in git,
// and the package server's folder. Everything in it is made by git, tar and
// Julia itself; hashes are git's and Julia's.
type juliaWorld struct {
	home                         // of its publisher
	served string                // a package server's folder
	gits   string                // bare repositories, NAME.git
	known  map[string][]juliaPkg // by registry: all that is published
	trees  map[string]string     // NAME-VERSION and artifact URLs to tree hashes
}

// juliaPublished returns a finished world, made once for all tests: they read it,
// and copy it before they change it.
func juliaPublished(t testing.TB) *juliaWorld {
	t.Helper()
	sharedJulia.Lock()
	defer sharedJulia.Unlock()
	if sharedJulia.world == nil {
		sharedJulia.world = newJuliaWorld(t)
	}
	w := *sharedJulia.world
	w.t = t
	return &w
}

var sharedJulia struct {
	sync.Mutex
	world *juliaWorld
}

func newJuliaWorld(t testing.TB) *juliaWorld {
	t.Helper()
	w := &juliaWorld{home: newHome(t, bullseye), known: map[string][]juliaPkg{}, trees: map[string]string{}}
	w.served, w.gits = filepath.Join(w.dir, "served"), filepath.Join(w.dir, "git")
	w.publish("General", generalPackages...)
	w.publish("Corp", corpPackages...)
	return w
}

// copied returns a copy that t may change and publish to.
func (w *juliaWorld) copied(t testing.TB) *juliaWorld {
	t.Helper()
	h := newHome(t, w.system)
	copyTree(t, h.dir, w.dir)
	return &juliaWorld{home: h, known: maps.Clone(w.known), trees: maps.Clone(w.trees),
		served: filepath.Join(h.dir, "served"), gits: filepath.Join(h.dir, "git")}
}

// publish releases packages in a registry. What General has is on the package server too.
func (w *juliaWorld) publish(registry string, releases ...juliaPkg) {
	w.t.Helper()
	var folders []string
	wants := map[string]string{} // folders to tree hashes
	for _, p := range releases {
		folder := "artifacts/" + p.String()
		for i, a := range p.artifacts {
			f := fmt.Sprintf("%s/%d", folder, i)
			folders = append(folders, f)
			for name, content := range a.files {
				if strings.HasSuffix(name, "/") {
					w.mkdir(f + "/" + name)
				} else {
					w.write(f+"/"+name, content)
				}
			}
		}
	}
	hashes := w.julia(folders)
	for _, p := range releases {
		source := "sources/" + p.String()
		files := p.source()
		if len(p.artifacts) > 0 {
			files["Artifacts.toml"] = w.artifactsFile(p, hashes)
		}
		for name, content := range files {
			w.write(filepath.Join(source, p.subdir, name), content)
		}
		tree := w.commit(p.repo(), source, p.String(), p.subdir)
		wants[filepath.Join(source, p.subdir)] = tree
		w.trees[p.String()] = tree
		if registry == "General" {
			w.pack(filepath.Join(source, p.subdir), "package/"+juliaUUID(p.name)+"/"+tree)
		}
	}
	// git and Julia must agree, or this world is not one.
	for folder, hash := range w.julia(slices.Sorted(maps.Keys(wants))) {
		if hash != wants[folder] {
			w.t.Fatalf("%s: tree hash %s by git, %s by Julia", folder, wants[folder], hash)
		}
	}
	w.known[registry] = append(slices.Clone(w.known[registry]), releases...)
	w.register(registry)
}

// artifactsFile packs the artifacts of a package and returns its Artifacts.toml.
func (w *juliaWorld) artifactsFile(p juliaPkg, hashes map[string]string) string {
	w.t.Helper()
	var toml strings.Builder
	for i, a := range p.artifacts {
		folder := fmt.Sprintf("artifacts/%s/%d", p, i)
		origin := fmt.Sprintf("releases/%s/%s.%d.tar.gz", p, a.name, i)
		w.pack(folder, origin)
		if !a.noServer {
			w.pack(folder, "artifact/"+hashes[folder])
		}
		w.trees[origin] = hashes[folder]
		brackets := [2]string{"[", "]"}
		if a.platform != "" {
			brackets = [2]string{"[[", "]]"}
		}
		fmt.Fprintf(&toml, "%s%s%s\ngit-tree-sha1 = %q\n", brackets[0], a.name, brackets[1], hashes[folder])
		if a.platform != "" {
			toml.WriteString(strings.ReplaceAll(a.platform, ", ", "\n") + "\n")
		}
		if a.lazy {
			toml.WriteString("lazy = true\n")
		}
		sum := sha256.Sum256([]byte(w.read("served/" + origin)))
		fmt.Fprintf(&toml, "\n  %s%s.download%s\n  url = %q\n  sha256 = \"%x\"\n\n", "[[", a.name, "]]", originURL+origin, sum)
	}
	return toml.String()
}

// Where packages and artifacts say that they are from. Neither name means anything
// in the tests' network: a mirror is told another place, and clients must not ask.
const (
	originURL = "https://github.com/acme/artifacts/"
	gitURL    = "https://github.com/acme/"
	corpURL   = "https://git.corp/"
)

func (p juliaPkg) repo() string {
	if p.repository != "" {
		return p.repository
	}
	return p.name + ".jl"
}

// register writes the registry anew, commits it, and for General puts it on the
// package server.
func (w *juliaWorld) register(registry string) {
	w.t.Helper()
	folder := "registries/" + registry
	uuid, base := generalUUID, gitURL
	if registry == "Corp" {
		uuid, base = corpUUID, corpURL
	}
	var list strings.Builder
	fmt.Fprintf(&list, "name = %q\nuuid = %q\nrepo = %q\n\n[packages]\n", registry, uuid, base+registry+".git")
	byName := map[string][]juliaPkg{}
	for _, p := range w.known[registry] {
		byName[p.name] = append(byName[p.name], p)
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		releases := byName[name]
		p := releases[0]
		path := name[:1] + "/" + name
		if strings.HasSuffix(name, "_jll") {
			path = "jll/" + path
		}
		fmt.Fprintf(&list, "%s = { name = %q, path = %q }\n", juliaUUID(name), name, path)
		about := fmt.Sprintf("name = %q\nuuid = %q\nrepo = %q\n", name, juliaUUID(name), base+p.repo()+".git")
		if p.subdir != "" {
			about += fmt.Sprintf("subdir = %q\n", p.subdir)
		}
		w.write(folder+"/"+path+"/Package.toml", about)
		var versions, deps, compat strings.Builder
		for _, r := range releases {
			fmt.Fprintf(&versions, "[%q]\ngit-tree-sha1 = %q\n", r.version, w.trees[r.String()])
			if r.yanked {
				versions.WriteString("yanked = true\n")
			}
			plain, _, _ := strings.Cut(r.version, "+")
			fmt.Fprintf(&deps, "[%q]\n", plain)
			fmt.Fprintf(&compat, "[%q]\njulia = \"1\"\n", plain)
			for _, dep := range slices.Sorted(maps.Keys(r.deps)) {
				fmt.Fprintf(&deps, "%s = %q\n", dep, juliaUUID(dep))
				if r.deps[dep] != "" {
					fmt.Fprintf(&compat, "%s = %q\n", dep, r.deps[dep])
				}
			}
		}
		w.write(folder+"/"+path+"/Versions.toml", versions.String())
		w.write(folder+"/"+path+"/Deps.toml", deps.String())
		w.write(folder+"/"+path+"/Compat.toml", compat.String())
	}
	w.write(folder+"/Registry.toml", list.String())
	tree := w.commit(registry, folder, "registry", "")
	if registry == "General" {
		w.pack(folder, "registry/"+uuid+"/"+tree)
		line := "/registry/" + uuid + "/" + tree + "\n"
		w.write("served/registries", line)
		w.write("served/registries.conservative", line)
	}
	w.trees[registry] = tree
}

// commit makes a commit of a folder in the bare repository of that name, and
// returns the tree hash of what is below subdir.
func (w *juliaWorld) commit(repository, folder, message, subdir string) string {
	w.t.Helper()
	dir := filepath.Join(w.gits, repository+".git")
	git := func(words ...string) string {
		w.t.Helper()
		c := command{dir: filepath.Join(w.dir, folder), env: []string{
			"HOME=" + w.dir, "PATH=" + os.Getenv("PATH"), "GIT_CONFIG_NOSYSTEM=1", "GIT_DIR=" + dir, "GIT_WORK_TREE=" + filepath.Join(w.dir, folder),
			"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com",
		}}
		return strings.TrimSpace(execute(w.t, c, append([]string{gitProgram(w.t)}, words...)...).ok().output)
	}
	if _, err := os.Stat(dir); os.IsNotExist(err) {
		execute(w.t, command{dir: w.dir, env: []string{"PATH=" + os.Getenv("PATH")}}, gitProgram(w.t), "init", "-q", "--bare", "--template=", "-b", "main", dir).ok()
	}
	// the folder is only written, never checked out, and *.bin goes in as it is
	git("-c", "core.autocrlf=false", "-c", "filter.lfs.clean=", "-c", "filter.lfs.required=false", "add", "-A", ".")
	git("commit", "-q", "--allow-empty", "-m", message)
	return git("rev-parse", "HEAD:"+subdir)
}

// pack makes a gzip tarball of what is in a folder, as package servers have it:
// without a folder around it, and without "./".
func (w *juliaWorld) pack(folder, tarball string) {
	w.t.Helper()
	out := filepath.Join(w.served, tarball)
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		w.t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(w.dir, folder))
	if err != nil {
		w.t.Fatal(err)
	}
	argv := []string{"/bin/tar", "-czf", out, "--owner=0", "--group=0", "--"}
	for _, e := range entries {
		argv = append(argv, e.Name())
	}
	execute(w.t, command{dir: filepath.Join(w.dir, folder), env: []string{"PATH=/usr/bin:/bin"}}, argv...).ok()
}

// julia returns the tree hashes of folders, by Julia.
func (w *juliaWorld) julia(folders []string) map[string]string {
	w.t.Helper()
	hashes := map[string]string{}
	if len(folders) == 0 {
		return hashes
	}
	out := w.run(".", nil, append([]string{"julia", "--startup-file=no", "-e",
		`using Pkg; for f in ARGS; println(f, ' ', bytes2hex(Pkg.GitTools.tree_hash(f))); end`}, folders...)...).ok().output
	for line := range strings.Lines(out) {
		folder, hash, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || len(hash) != 40 {
			w.t.Fatalf("julia said %q", line)
		}
		hashes[folder] = hash
	}
	if len(hashes) != len(folders) {
		w.t.Fatalf("julia hashed %d of %d folders:\n%s", len(hashes), len(folders), out)
	}
	return hashes
}

func (w *juliaWorld) mkdir(name string) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Join(w.dir, name), 0o755); err != nil {
		w.t.Fatal(err)
	}
}

// artifact is the tree hash of an entry of a release's Artifacts.toml.
func (w *juliaWorld) artifact(release, name string, entry int) string {
	w.t.Helper()
	hash := w.trees[fmt.Sprintf("releases/%s/%s.%d.tar.gz", release, name, entry)]
	if hash == "" {
		w.t.Fatalf("%s has no artifact %s %d", release, name, entry)
	}
	return hash
}

// packages returns the paths of releases on a package server, sorted.
func (w *juliaWorld) packages(releases ...string) []string {
	w.t.Helper()
	var paths []string
	for _, r := range releases {
		name, _, _ := strings.Cut(r, "-")
		if w.trees[r] == "" {
			w.t.Fatalf("%s is not published", r)
		}
		paths = append(paths, "package/"+juliaUUID(name)+"/"+w.trees[r])
	}
	slices.Sort(paths)
	return paths
}
