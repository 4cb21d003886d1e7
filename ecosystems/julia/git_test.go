package julia_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// corp is a private registry in git with its packages, made by git itself.
type corp struct {
	t        *testing.T
	dir      string
	uuid     uuid.UUID
	packages map[string]string // Versions.toml by name
	subdirs  map[string]string
}

func newCorp(t *testing.T) *corp {
	c := &corp{t: t, dir: t.TempDir(), uuid: juliatest.UUID("Corp registry"), packages: map[string]string{}, subdirs: map[string]string{}}
	c.git("init", "-q", "-b", "main", c.path("CorpRegistry"))
	c.commit()
	return c
}

func (c *corp) path(name string) string { return filepath.Join(c.dir, name) }

func (c *corp) git(args ...string) string {
	c.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example",
		"GIT_AUTHOR_DATE=2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z")
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (c *corp) write(path, content string) {
	c.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// release commits files to the repository of a package and registers the tree, of
// a folder if there is one. It returns the tree.
func (c *corp) release(name, version, subdir string, files map[string]string) string {
	c.t.Helper()
	repo := c.path(name + ".jl")
	if _, err := os.Stat(repo); err != nil {
		c.git("init", "-q", "-b", "main", repo)
	}
	for path, content := range files {
		c.write(filepath.Join(repo, path), content)
	}
	c.git("-C", repo, "add", "-A", "-f")
	c.git("-C", repo, "commit", "-q", "-m", version)
	tree := c.git("-C", repo, "rev-parse", "HEAD:"+subdir)
	c.register(name, version, subdir, tree)
	return tree
}

func (c *corp) register(name, version, subdir, tree string) {
	c.packages[name] += fmt.Sprintf("[%q]\ngit-tree-sha1 = %q\n\n", version, tree)
	c.subdirs[name] = subdir
	c.commit()
}

// commit writes the registry.
func (c *corp) commit() {
	c.t.Helper()
	dir := c.path("CorpRegistry")
	index := fmt.Sprintf("name = \"Corp\"\nuuid = %q\nrepo = %q\n\n[packages]\n", c.uuid, "file://"+dir)
	for name, versions := range c.packages {
		index += fmt.Sprintf("%s = { name = %q, path = %q }\n", juliatest.UUID(name), name, name[:1]+"/"+name)
		info := fmt.Sprintf("name = %q\nuuid = %q\nrepo = %q\n", name, juliatest.UUID(name), "file://"+c.path(name+".jl"))
		if c.subdirs[name] != "" {
			info += fmt.Sprintf("subdir = %q\n", c.subdirs[name])
		}
		c.write(filepath.Join(dir, name[:1], name, "Package.toml"), info)
		c.write(filepath.Join(dir, name[:1], name, "Versions.toml"), versions)
	}
	c.write(filepath.Join(dir, "Registry.toml"), index)
	c.git("-C", dir, "add", "-A")
	c.git("-C", dir, "commit", "-q", "--allow-empty", "-m", "x")
}

func (c *corp) packagePath(name, tree string) string {
	c.t.Helper()
	h, err := treehash.ParseHash(tree)
	if err != nil {
		c.t.Fatal(err)
	}
	return pkgserver.PackagePath(juliatest.UUID(name), h)
}

func (c *corp) table() julia.GitRegistry {
	return julia.GitRegistry{Name: "Corp", URL: "file://" + c.path("CorpRegistry")}
}

func TestPrivateRegistryTogetherWithGeneral(t *testing.T) {
	w := newWorld(t)
	example := w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	c := newCorp(t)
	attributes := "*.txt eol=crlf\nsecret export-ignore\nversion.txt export-subst\n"
	tool := c.release("CorpTool", "1.0.0", "", map[string]string{
		"Project.toml": "name = \"CorpTool\"\n", "src/CorpTool.jl": "module CorpTool end\n",
		".gitattributes": attributes, "secret": "s\n", "version.txt": "$Format:%H$\n",
	})
	inner := c.release("CorpInner", "0.1.0", "lib/Inner", map[string]string{"lib/Inner/Project.toml": "name = \"CorpInner\"\n", "README": "outer\n"})
	w.options.Registry = []julia.GitRegistry{c.table()}
	w.mustSync()
	w.want(true, example.Path, c.packagePath("CorpTool", tool), c.packagePath("CorpInner", inner))
	if diff := cmp.Diff([]string{"CorpInner 0.1.0", "CorpTool 1.0.0"}, offersOf(t, w.listed("registries", c.uuid))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	before := w.root.Files()
	if o := w.sync(ecosystems.Selection{}); !o.Unchanged {
		t.Errorf("a second run: %+v", o.Err)
	}
	other := newWorldAt(t, w)
	other.mustSync()
	if diff := cmp.Diff(before, other.root.Files()); diff != "" {
		t.Errorf("another mirror of the same has other bytes:\n%s", diff)
	}
	newer := c.release("CorpTool", "1.1.0", "", map[string]string{"src/CorpTool.jl": "module CorpTool x = 1 end\n"})
	w.mustSync()
	w.want(true, c.packagePath("CorpTool", tool), c.packagePath("CorpTool", newer))
}

// newWorldAt is a second mirror of the upstreams of w.
func newWorldAt(t *testing.T, w *world) *world {
	options := *w.options
	other := &world{t: t, Upstream: w.Upstream, url: w.url, options: &options}
	other.root = newRoot(t)
	return other
}

func TestRegistryInGitAlone(t *testing.T) {
	w := newWorld(t)
	c := newCorp(t)
	tree := c.release("CorpTool", "1.0.0", "", map[string]string{"Project.toml": "name = \"CorpTool\"\n"})
	w.options.Upstream = ""
	w.options.Registry = []julia.GitRegistry{c.table()}
	w.mustSync()
	w.want(true, c.packagePath("CorpTool", tree))
	if paths := w.asked(); len(paths) > 0 {
		t.Errorf("the server was asked for %v", paths)
	}
}

func TestVersionsThatGitDoesNotHave(t *testing.T) {
	w := newWorld(t)
	c := newCorp(t)
	good := c.release("CorpTool", "1.0.0", "", map[string]string{"a": "1"})
	lost := strings.Repeat("1", 40)
	c.register("CorpTool", "2.0.0", "", lost)
	repo := c.path("CorpTool.jl")
	c.git("-C", repo, "update-index", "--add", "--cacheinfo", "160000,"+c.git("-C", repo, "rev-parse", "HEAD")+",vendored")
	c.git("-C", repo, "commit", "-q", "-m", "submodule")
	module := c.git("-C", repo, "rev-parse", "HEAD^{tree}")
	c.register("CorpTool", "3.0.0", "", module)
	c.register("Vanished", "1.0.0", "", strings.Repeat("2", 40))
	w.options.Upstream = ""
	w.options.Registry = []julia.GitRegistry{c.table()}
	o := w.sync(ecosystems.Selection{})
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	w.want(true, c.packagePath("CorpTool", good))
	reasons := map[string]string{}
	for _, m := range o.Missing {
		reasons[m.Name] = m.Reason
	}
	for name, word := range map[string]string{"CorpTool 2.0.0": lost, "CorpTool 3.0.0": "submodule", "Vanished 1.0.0": "Vanished.jl"} {
		if !strings.Contains(reasons[name], word) {
			t.Errorf("%s: %q does not say %q", name, reasons[name], word)
		}
	}
	if diff := cmp.Diff([]string{"CorpTool 1.0.0"}, offersOf(t, w.listed("registries", c.uuid))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestRewrittenHistoryKeepsWhatWasMirrored(t *testing.T) {
	w := newWorld(t)
	c := newCorp(t)
	first := c.release("CorpTool", "1.0.0", "", map[string]string{"a": "1"})
	w.options.Upstream = ""
	w.options.Registry = []julia.GitRegistry{c.table()}
	w.mustSync()
	repo := c.path("CorpTool.jl")
	c.git("-C", repo, "checkout", "-q", "--orphan", "fresh")
	c.git("-C", repo, "branch", "-q", "-D", "main")
	c.git("-C", repo, "branch", "-q", "-m", "main")
	second := c.release("CorpTool", "2.0.0", "", map[string]string{"a": "2"})
	c.git("-C", repo, "reflog", "expire", "--expire=now", "--all")
	c.git("-C", repo, "gc", "-q", "--prune=now")
	w.mustSync()
	w.want(true, c.packagePath("CorpTool", first), c.packagePath("CorpTool", second))
}

func TestInvalidGitRegistries(t *testing.T) {
	for name, url := range map[string]string{"nothing there": "file:///nonexistent/registry.git", "no registry": "", "nonsense": "ext::sh -c true"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Publish("Example", juliatest.Version{Number: "0.5.3"})
			if url == "" {
				dir := t.TempDir()
				c := &corp{t: t, dir: dir}
				c.git("init", "-q", "-b", "main", dir)
				c.git("-C", dir, "commit", "-q", "--allow-empty", "-m", "x")
				url = "file://" + dir
			}
			w.options.Registry = []julia.GitRegistry{{Name: "Corp", URL: url}}
			if o := w.sync(ecosystems.Selection{}); o.Err == nil || !strings.Contains(o.Err.Error(), "Corp") {
				t.Errorf("got %v", o.Err)
			}
			w.options.IgnoreInvalid = true
			o := w.sync(ecosystems.Selection{})
			if _, told := o.Notice("invalid-registry"); o.Err != nil || !told {
				t.Errorf("ignored: %v", o.Err)
			}
			w.offers()
		})
	}
}

func TestRegistryFromElsewhereNamesNoRepositoryOfThisMachine(t *testing.T) {
	w := newWorld(t)
	c := newCorp(t)
	tree := c.release("CorpTool", "1.0.0", "", map[string]string{"a": "1"})
	url := "http://" + strings.TrimPrefix(w.url, "http://") + "/CorpRegistry.git"
	w.root.Config.Fetch.LocalMirrors = map[string][]string{url: {"file://" + c.path("CorpRegistry")}}
	w.options.Upstream = ""
	w.options.Registry = []julia.GitRegistry{{URL: url}}
	o := w.sync(ecosystems.Selection{})
	if o.Err == nil || !strings.Contains(o.Err.Error(), "CorpTool") {
		t.Errorf("got %v", o.Err)
	}
	w.want(false, c.packagePath("CorpTool", tree))
}

// A registry that is ignored while it cannot be read is not taken from its users.
func TestIgnoredGitRegistryStaysAsItWas(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	c := newCorp(t)
	tree := c.release("CorpTool", "1.0.0", "", map[string]string{"a": "1"})
	w.options.Registry = []julia.GitRegistry{c.table()}
	w.options.IgnoreInvalid = true
	w.mustSync()
	stays := func(what string) {
		t.Helper()
		o := w.mustSync()
		if _, told := o.Notice(ecosystems.KeptOld); !told {
			t.Errorf("%s: nobody was told", what)
		}
		w.want(true, c.packagePath("CorpTool", tree))
		w.listed("registries", c.uuid)
	}
	dir := c.path("CorpRegistry")
	if err := os.Rename(dir, dir+".away"); err != nil {
		t.Fatal(err)
	}
	w.Publish("Example", juliatest.Version{Number: "0.5.4"})
	stays("its server is down")
	if err := os.Rename(dir+".away", dir); err != nil {
		t.Fatal(err)
	}
	c.write(filepath.Join(dir, "Registry.toml"), "name = [")
	c.git("-C", dir, "commit", "-q", "-a", "-m", "broken")
	stays("its newest commit is broken")
	c.commit()
	if o := w.mustSync(); len(o.Missing) > 0 {
		t.Errorf("mended: %+v", o.Missing)
	}
}

func TestRevertedGitRegistryIsFollowed(t *testing.T) {
	w := newWorld(t)
	c := newCorp(t)
	c.release("CorpTool", "1.0.0", "", map[string]string{"a": "1"})
	w.options.Upstream = ""
	w.options.Registry = []julia.GitRegistry{c.table()}
	w.mustSync()
	dir := c.path("CorpRegistry")
	c.release("CorpTool", "2.0.0", "", map[string]string{"a": "2"})
	w.mustSync()
	c.git("-C", dir, "revert", "--no-edit", "HEAD")
	w.mustSync()
	if diff := cmp.Diff([]string{"CorpTool 1.0.0"}, offersOf(t, w.listed("registries", c.uuid))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
