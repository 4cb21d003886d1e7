package julia_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/layout"
)

// oldClient does what PkgMirrors.jl did to Julia 0.7 to 1.3.
type oldClient struct {
	t    *testing.T
	base string
}

// client serves the published snapshot and calls use with a client of its classic layout.
func (o *oldWorld) client(use func(oldClient)) {
	o.t.Helper()
	o.root.Current(func(view layout.View) {
		handler := o.driver().Serve(view)
		server := httptest.NewServer(http.StripPrefix("/julia", handler))
		defer server.Close()
		use(oldClient{o.t, server.URL + "/julia/classic"})
	})
}

func (c oldClient) get(path string) ([]byte, *http.Response) {
	c.t.Helper()
	resp, err := http.Get(c.base + "/" + path)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return data, resp
}

func (c oldClient) must(path string) []byte {
	c.t.Helper()
	data, resp := c.get(path)
	if resp.StatusCode != http.StatusOK {
		c.t.Fatalf("%s: %s", path, resp.Status)
	}
	return data
}

func (c oldClient) git(args ...string) string {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), "git", args...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// registries clones the registries that the mirror lists.
func (c oldClient) registries() map[string]string {
	c.t.Helper()
	clones := map[string]string{}
	for name := range strings.Lines(string(c.must("registries/list.txt"))) {
		name = strings.TrimSuffix(name, "\n")
		clones[name] = filepath.Join(c.t.TempDir(), name)
		c.git("clone", "-q", c.base+"/registries/"+name+".git", clones[name])
	}
	return clones
}

var (
	repoLine = regexp.MustCompile(`(?m)^repo = "(.*)"$`)
	treeLine = regexp.MustCompile(`(?m)^git-tree-sha1 = "([0-9a-f]{40})"$`)
)

// install gets all versions of a package and returns the files of each, without the folder
// around them, as the client unpacked them.
func (c oldClient) install(registry, folder, name string) (versions []map[string]string) {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(registry, folder, "Versions.toml"))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, m := range treeLine.FindAllSubmatch(text, -1) {
		data := c.must("packages/" + name + "/General/" + name + "-" + string(m[1]) + ".tar.gz")
		tree, err := c.treeOf(data)
		if err != nil || tree != string(m[1]) {
			c.t.Errorf("%s: the tarball of %s holds %s, %v", name, m[1], tree, err)
		}
		files := map[string]string{}
		for path, content := range members(c.t, string(data)) {
			if _, rest, below := strings.Cut(path, "/"); below {
				files[rest] = content
			}
		}
		versions = append(versions, files)
	}
	return versions
}

// treeOf unpacks a tarball without the folder around it and asks git for its tree.
func (c oldClient) treeOf(data []byte) (string, error) {
	dir := c.t.TempDir()
	tar := exec.CommandContext(c.t.Context(), "tar", "xz", "--strip-components=1", "-C", dir)
	tar.Stdin = bytes.NewReader(data)
	if err := tar.Run(); err != nil {
		return "", err
	}
	c.git("-C", dir, "init", "-q")
	c.git("-C", dir, "add", "-A", "-f")
	return c.git("-C", dir, "write-tree"), nil
}

func TestPkgMirrorsInstallsPackages(t *testing.T) {
	o := newOldWorld(t, gitParts...)
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.Publish("Example", juliatest.Version{Number: "0.5.4"})
	o.push()
	o.mustSync()
	o.client(func(c oldClient) {
		clones := c.registries()
		general := clones["General"]
		if general == "" || len(clones) != 1 {
			t.Fatalf("the mirror lists %v", clones)
		}
		if got, want := c.git("-C", general, "rev-parse", "HEAD^{tree}"), o.Hash().String(); got != want {
			t.Errorf("the clone has the tree %s, the registry is %s", got, want)
		}
		if m := repoLine.FindStringSubmatch(string(c.must("registries/General/Registry.toml"))); m == nil || m[1] != o.host+"/General.git" {
			t.Errorf("the client cannot find the repository to replace: %v", m)
		}
		versions := c.install(general, "E/Example", "Example")
		if len(versions) != 2 || !strings.Contains(versions[0]["src/Example.jl"], "Example") {
			t.Errorf("installed %v", versions)
		}

		// A later update of the clone, after the mirror has moved on.
		o.Publish("Example", juliatest.Version{Number: "0.5.5"})
		o.push()
	})
	o.mustSync()
	o.client(func(c oldClient) {
		if versions := c.install(c.registries()["General"], "E/Example", "Example"); len(versions) != 3 {
			t.Errorf("installed %d versions", len(versions))
		}
		c.git("clone", "-q", c.base+"/PkgMirrors.jl.git", filepath.Join(t.TempDir(), "PkgMirrors"))
		c.git("clone", "-q", c.base+"/metadata/METADATA.jl.git", filepath.Join(t.TempDir(), "METADATA"))
	})
}

// Web servers that know nothing of git serve the same tree.
func TestClassicTreeOnAnyWebServer(t *testing.T) {
	o := newOldWorld(t, gitParts...)
	r := o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.push()
	o.mustSync()
	server := httptest.NewServer(http.FileServer(http.Dir(filepath.Join(o.root.Dir, "julia"))))
	defer server.Close()
	c := oldClient{t, server.URL + "/classic"}
	if versions := c.install(c.registries()["General"], "E/Example", "Example"); len(versions) != 1 {
		t.Errorf("installed %v", versions)
	}
	hashed := c.must(classic.TarballPath("Example", "General", r.Tree))
	for _, path := range []string{
		classic.VersionPath("Example", "General", "0.5.3"),
		"registries/General/E/Example/releases/Example-0.5.3.tar.gz",
	} {
		if !bytes.Equal(c.must(path), hashed) {
			t.Errorf("%s is another tarball", path)
		}
	}
	if got := c.must("packages/Example/General/Example/Package.toml"); !bytes.Equal(got, c.must("registries/General/E/Example/Package.toml")) {
		t.Errorf("the package's folder has %q", got)
	}
}

func TestClassicServing(t *testing.T) {
	o := newOldWorld(t, gitParts...)
	r := o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.push()
	o.mustSync()
	o.client(func(c oldClient) {
		tarball := classic.TarballPath("Example", "General", r.Tree)
		for path, cached := range map[string]bool{
			tarball: true, "status.json": false, "registries/list.txt": false, "registries/General/Registry.toml": false,
			classic.VersionPath("Example", "General", "0.5.3"): false,
		} {
			_, resp := c.get(path)
			if got := strings.Contains(resp.Header.Get("Cache-Control"), "immutable"); resp.StatusCode != http.StatusOK || got != cached {
				t.Errorf("%s: %s, cached for ever: %v", path, resp.Status, got)
			}
			if resp.Header.Get("Content-Encoding") != "" {
				t.Errorf("%s: encoded as %s", path, resp.Header.Get("Content-Encoding"))
			}
		}
		var got []string
		for _, path := range []string{"", "packages", "packages/Example/General/Example-9.9.9.tar.gz", "registries/Other.git/info/refs?service=git-upload-pack"} {
			_, resp := c.get(path)
			got = append(got, resp.Status)
		}
		if diff := cmp.Diff(slices.Repeat([]string{"404 Not Found"}, 4), got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if _, resp := c.get("registries/General.git/info/refs?service=git-receive-pack"); resp.StatusCode != http.StatusForbidden {
			t.Errorf("a push was answered with %s", resp.Status)
		}
	})
}
