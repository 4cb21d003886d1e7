package julia_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// oldTree is a mirror that julia-mirror left: what a mirror of o has below classic, and
// what only that script wrote.
func (o *oldWorld) oldTree() string {
	o.t.Helper()
	dir := filepath.Join(o.t.TempDir(), "old")
	if out, err := exec.Command("cp", "-R", filepath.Join(o.root.Dir, "julia", "classic"), dir).CombinedOutput(); err != nil {
		o.t.Fatalf("%v: %s", err, out)
	}
	if out, err := exec.Command("chmod", "-R", "u+w", dir).CombinedOutput(); err != nil {
		o.t.Fatalf("%v: %s", err, out)
	}
	o.put(dir, "failed_resources.txt", []byte("2020-01-01T00:00:00\n/package/x/y\n"))
	return dir
}

func (o *oldWorld) put(dir, name string, data []byte) {
	o.t.Helper()
	full := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		o.t.Fatal(err)
	}
	if err := os.WriteFile(full, data, 0o644); err != nil {
		o.t.Fatal(err)
	}
}

// another returns a new mirror of the same upstreams, with a folder to adopt.
func (o *oldWorld) another(dirs ...string) *oldWorld {
	o.t.Helper()
	n := &oldWorld{world: newWorldAt(o.t, o.world), repos: o.repos, host: o.host}
	n.options.Adopt = dirs
	o.asked()
	o.fetched()
	return n
}

func TestAdoptedClassicTreeIsNotFetchedAgain(t *testing.T) {
	o := newWholeOldWorld(t)
	o.options.ClassicLatest = false
	dir := o.oldTree()
	n := o.another(dir)
	out := n.mustSync()
	if _, told := out.Notice("adopt"); told {
		t.Errorf("notices: %+v", out.Notices)
	}
	for _, path := range o.asked() {
		if strings.HasPrefix(path, "package/") || strings.HasPrefix(path, "bin/linux/x64/") {
			t.Errorf("%s was fetched", path)
		}
	}
	if got := o.fetched(); len(got) > 0 {
		t.Errorf("git fetched %v", got)
	}
	tarball := classic.TarballPath("Example", "General", o.release("Example", "0.5.3").Tree)
	if o.content(tarball) != n.content(tarball) {
		t.Error("the tarball of the new mirror has other bytes")
	}

	// What has happened since is fetched, and nothing else.
	newer := o.Publish("Example", juliatest.Version{Number: "0.5.5"})
	o.push()
	n = o.another(dir)
	n.mustSync()
	var packages []string
	for _, path := range o.asked() {
		if strings.HasPrefix(path, "package/") {
			packages = append(packages, path)
		}
	}
	if diff := cmp.Diff([]string{newer.Path}, packages); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"General.git"}, o.fetched()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAdoptedTarballsOfGitHub(t *testing.T) {
	o := newOldWorld(t, "packages")
	trees := map[string]treehash.Hash{}
	dir := t.TempDir()
	wrapped := func(release juliatest.Release) []byte {
		data, _ := o.Upstream.File(release.Path)
		var b bytes.Buffer
		spool, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		defer spool.Close()
		if _, err := classic.Wrap(&b, bytes.NewReader(data), spool, "Somebody-Other.jl-0000000"); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, file := range map[string]string{ // by the ages of the script, and in a registry that was renamed
		"Hashed": "General/Hashed-HASH.tar.gz", "Versioned": "General/Versioned-1.0.0.tar.gz", "Lettered": "General/Lettered-v1.0.0.tar.gz",
		"Moved": "Uncurated/Moved-HASH.tar.gz",
	} {
		r := o.Publish(name, juliatest.Version{Number: "1.0.0"})
		trees[name] = r.Tree
		o.put(dir, "packages/"+name+"/"+strings.ReplaceAll(file, "HASH", r.Tree.String()), wrapped(r))
	}
	o.options.Adopt = []string{dir}
	out := o.mustSync()
	if n := o.Count("package/"); n != 0 {
		t.Errorf("%d packages were fetched; notices %+v", n, out.Notices)
	}
	for name, tree := range trees {
		o.want(true, "classic/"+classic.TarballPath(name, "General", tree))
	}
}

func TestDamagedFilesAreNotAdopted(t *testing.T) {
	o := newWholeOldWorld(t)
	o.options.ClassicLatest = false
	dir := o.oldTree()
	damaged := []string{
		classic.TarballPath("Example", "General", o.release("Example", "0.5.3").Tree),
		"releases/v1.11/julia-1.11.5-linux-x86_64.tar.gz",
	}
	for _, name := range damaged {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		o.put(dir, name, juliatest.FlipByte(data))
	}
	packs, err := filepath.Glob(filepath.Join(dir, "metadata/METADATA.jl.git/objects/pack/*.pack"))
	if err != nil || len(packs) == 0 {
		t.Fatal(packs, err)
	}
	if err := os.Truncate(packs[0], 40); err != nil {
		t.Fatal(err)
	}
	o.put(dir, "PkgMirrors.jl.git/HEAD", []byte("this is no repository\n"))
	n := o.another(dir)
	out := n.mustSync()
	if len(out.Missing) > 0 {
		t.Errorf("missing: %+v", out.Missing)
	}
	for _, name := range append(damaged, "metadata/METADATA.jl.git", "PkgMirrors.jl.git") {
		if !slices.ContainsFunc(out.Notices, func(n ecosystems.Notice) bool {
			return n.Kind == "adopt" && n.Path == name && strings.Contains(n.Text, dir)
		}) {
			t.Errorf("nothing was said of %s: %+v", name, out.Notices)
		}
	}
	asked := o.asked()
	for _, path := range []string{o.release("Example", "0.5.3").Path, stable} {
		stable := slices.Contains(asked, path)
		if !stable {
			t.Errorf("%s was not fetched instead", path)
		}
	}
	if slices.Contains(asked, o.release("Example", "0.5.4").Path) {
		t.Error("what was not damaged was fetched too")
	}
	if diff := cmp.Diff([]string{"METADATA.jl.git", "PkgMirrors.jl.git"}, o.fetched()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if left, err := os.ReadFile(filepath.Join(dir, "failed_resources.txt")); err != nil || len(left) == 0 {
		t.Error("the old tree was changed")
	}
}

func TestAdoptedStorageServer(t *testing.T) {
	o := newOldWorld(t)
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	zlib := o.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu")
	dir := t.TempDir()
	if err := o.Export(dir, "registry", "package", "artifact"); err != nil {
		t.Fatal(err)
	}
	o.put(dir, "failed_resources.txt", []byte("2020-01-01T00:00:00\n/"+zlib.Path+"\n"))
	o.put(dir, zlib.Artifacts[0].Path, []byte("damaged"))
	o.options.Adopt = []string{dir}
	out := o.mustSync()
	if n, told := out.Notice("adopt"); !told || n.Path != zlib.Artifacts[0].Path {
		t.Errorf("notices: %+v", out.Notices)
	}
	if n := len(o.Requests()); n != 2 { // HEAD is a request too
		t.Errorf("%d requests: %+v", n, o.Requests())
	}
	if diff := cmp.Diff([]string{zlib.Artifacts[0].Path, "registries.conservative"}, o.asked()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	o.want(true, zlib.Path, zlib.Artifacts[0].Path)
}

func TestAdoptedPackagesOfGitRegistries(t *testing.T) {
	w := newWorld(t)
	c := newCorp(t)
	tree := c.release("CorpTool", "1.0.0", "", map[string]string{"Project.toml": "name = \"CorpTool\"\n"})
	w.options.Upstream = ""
	w.options.Registry = []julia.GitRegistry{c.table()}
	w.mustSync()
	old := filepath.Join(w.root.Dir, "julia")
	if err := os.RemoveAll(c.path("CorpTool.jl")); err != nil {
		t.Fatal(err)
	}
	n := newWorldAt(t, w)
	n.options.Adopt = []string{old}
	n.mustSync()
	n.want(true, c.packagePath("CorpTool", tree))
	if diff := cmp.Diff(w.root.Files(), n.root.Files()); diff != "" {
		t.Errorf("the same as in the old mirror, -old +new:\n%s", diff)
	}
}

// A folder that an older program filled may lie where the tree belongs.
func TestOldTreeInTheWay(t *testing.T) {
	o := newOldWorld(t)
	r := o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	dir := filepath.Join(o.root.Dir, "julia")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := o.Export(dir); err != nil {
		t.Fatal(err)
	}
	o.options.Adopt = []string{dir}
	out := o.sync(ecosystems.Selection{})
	if out.Err == nil || !strings.Contains(out.Err.Error(), "move it away") || !strings.Contains(out.Err.Error(), o.root.Dir) {
		t.Fatalf("got %v", out.Err)
	}
	if asked := o.asked(); len(asked) > 0 {
		t.Errorf("%v was asked for in vain", asked)
	}
	if _, err := os.Stat(filepath.Join(dir, r.Path)); err != nil {
		t.Error(err)
	}
	aside := filepath.Join(o.root.Dir, "julia.old")
	if err := os.Rename(dir, aside); err != nil {
		t.Fatal(err)
	}
	o.options.Adopt = []string{aside}
	o.mustSync()
	if diff := cmp.Diff([]string{"registries.conservative"}, o.asked()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, err := os.Stat(filepath.Join(aside, r.Path)); err != nil {
		t.Error(err)
	}

	// The mirror's own tree is a folder like any other, and one that is gone is a remark.
	o.options.Adopt = []string{filepath.Join(o.root.Dir, "julia"), filepath.Join(o.root.Dir, "missing")}
	newer := o.Publish("Example", juliatest.Version{Number: "0.5.4"})
	out = o.mustSync()
	if n, told := out.Notice("adopt"); !told || !strings.Contains(n.Text, "missing") {
		t.Errorf("notices: %+v", out.Notices)
	}
	o.want(true, r.Path, newer.Path)
}
