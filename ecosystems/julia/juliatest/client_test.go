package juliatest_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// client asks as Julia does.
type client struct {
	t       *testing.T
	server  string
	julia   version.Version
	headers map[string]string
}

func (c *client) get(path string) (*http.Response, []byte, error) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.server+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Julia-Pkg-Protocol", "1.0")
	req.Header.Set("Julia-Version", c.julia.String())
	req.Header.Set("Accept-Encoding", "identity")
	if c.julia.Minor >= 13 && strings.Count(path, "/") > 1 {
		req.Header.Set("Accept-Encoding", "zstd, gzip")
	}
	for name, value := range c.headers {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp, data, err
}

// tree downloads an object, which must have its hash.
func (c *client) tree(path string, rules ...treehash.Rule) (*treehash.Tree, []byte) {
	c.t.Helper()
	resp, data, err := c.get(path)
	if err != nil || resp.StatusCode != http.StatusOK {
		c.t.Fatal(path, resp, err)
	}
	object, err := pkgserver.ParsePath(path[1:])
	if err != nil {
		c.t.Fatal(err)
	}
	got, err := treehash.Read(bytes.NewReader(data), treehash.Options{Collect: func(string, int64) bool { return true }})
	if err != nil {
		c.t.Fatal(path, err)
	}
	if err := got.Check(object.Tree, rules...); err != nil {
		c.t.Fatal(path, err)
	}
	return got, data
}

// add installs the newest version of a package that can be used, what it needs, and the artifacts
// for a platform. It returns what it installed.
func (c *client) add(name string, host artifacts.Platform) []string {
	c.t.Helper()
	resp, data, err := c.get("/registries")
	if err != nil || resp.StatusCode != http.StatusOK {
		c.t.Fatal(resp, err)
	}
	list, problems, err := pkgserver.ParseRegistries(data)
	if err != nil || len(problems) > 0 || len(list) != 1 {
		c.t.Fatal(list, problems, err)
	}
	_, tarball := c.tree("/"+list[0].Path(), treehash.Full)
	r, err := registry.Read(bytes.NewReader(tarball), registry.Options{})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.install(r, r.Named(name)[0], version.Any(), host)
}

func (c *client) install(r *registry.Registry, p *registry.Package, want version.Set, host artifacts.Platform) []string {
	c.t.Helper()
	list, err := p.Releases()
	if err != nil {
		c.t.Fatal(err)
	}
	deps, err := p.Dependencies()
	if err != nil {
		c.t.Fatal(err)
	}
	for _, rel := range slices.Backward(list) {
		if rel.Yanked || !want.Contains(rel.Version) || !deps.Julia(rel.Version).Contains(c.julia) {
			continue
		}
		content, _ := c.tree("/"+pkgserver.PackagePath(p.UUID, rel.Tree), treehash.GitTools)
		installed := []string{p.Name + " " + rel.Version.String()}
		if text, ok := content.File("Artifacts.toml"); ok {
			f, err := artifacts.Parse("Artifacts.toml", []byte(text))
			if err != nil {
				c.t.Fatal(err)
			}
			for _, a := range artifacts.Choose(f.Artifacts, host) {
				c.tree("/"+pkgserver.ArtifactPath(a.Tree), treehash.GitTools)
				installed = append(installed, a.Name+" for "+a.Platform.String())
			}
		}
		for _, d := range deps.At(rel.Version) {
			if other, ok := r.Package(d.UUID); ok && !d.Weak {
				installed = append(installed, c.install(r, other, d.Compat, host)...)
			}
		}
		return installed
	}
	c.t.Fatalf("there is no %s %s for Julia %s", p.Name, want, c.julia)
	return nil
}

// TestClientsOfAllAges installs packages as clients do that want different things.
func TestClientsOfAllAges(t *testing.T) {
	up, stop, err := juliatest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	world(up)
	up.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu", "aarch64-apple-darwin")
	up.Publish("Zlib_jll", juliatest.Version{Number: "1.4.0+0", Deps: []string{"JSON 0.21"}, Artifacts: []juliatest.Artifact{
		{Name: "Zlib", Platform: "x86_64-linux-gnu"}, {Name: "extra", Content: juliatest.Tree{Files: map[string]string{"a": ""}, EmptyDirs: []string{"void"}}},
	}})
	cdn := httptest.NewServer(up.CDN())
	defer cdn.Close()
	host, err := artifacts.ParsePlatform("x86_64-linux-gnu-libgfortran5-cxx11")
	if err != nil {
		t.Fatal(err)
	}
	for _, julia := range []string{"1.5.3", "1.10.4", "1.13.0"} {
		for _, redirected := range []bool{false, true} {
			up.SetCDN("")
			if redirected {
				up.SetCDN(cdn.URL)
			}
			c := &client{t: t, server: up.BaseURL(), julia: version.MustParse(julia)}
			want := []string{"Zlib_jll 1.4.0+0", "Zlib for x86_64-linux-gnu", "extra for any", "JSON 0.21.4", "Parsers 2.8.1", "Example 0.5.3"}
			if diff := cmp.Diff(want, c.add("Zlib_jll", host)); diff != "" {
				t.Errorf("Julia %s, redirected: %v\n%s", julia, redirected, diff)
			}
			want = []string{"JSON 0.21.4", "Parsers 2.8.1", "Example 0.5.3"}
			if julia != "1.5.3" {
				want = []string{"JSON 1.0.0", "Parsers 2.8.1", "Example 0.5.3"}
			}
			if diff := cmp.Diff(want, c.add("JSON", host)); diff != "" {
				t.Errorf("Julia %s, redirected: %v\n%s", julia, redirected, diff)
			}
		}
	}
	zstd := 0
	for _, r := range up.Requests() {
		if r.Status >= 400 {
			t.Errorf("%s: %d", r.Path, r.Status)
		}
		if strings.HasSuffix(r.Path, ".tar.zst") {
			zstd++
			if !r.CDN || r.Header.Get("Julia-Version") != "1.13.0" {
				t.Errorf("%+v", r)
			}
		}
	}
	if zstd == 0 {
		t.Error("nobody got zstd")
	}
}

// TestFaultsOverHTTP is about connections, which recorders do not have.
func TestFaultsOverHTTP(t *testing.T) {
	up, stop, err := juliatest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	rel := up.Publish("Example", juliatest.Version{Number: "0.5.3"})
	good, _ := up.File(rel.Path)
	c := &client{t: t, server: up.BaseURL(), julia: version.MustParse("1.10.4")}
	up.Truncate(rel.Path, 30, 1)
	_, data, err := c.get("/" + rel.Path)
	if !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.Equal(data, good[:30]) {
		t.Errorf("%d bytes: %v", len(data), err)
	}
	// What was cut off is resumed on the strength of the entity tag.
	head := ask(t, up, http.MethodHead, rel.Path)
	c.headers = map[string]string{"Range": "bytes=30-", "If-Range": head.Header().Get("ETag")}
	resp, data, err := c.get("/" + rel.Path)
	if err != nil || resp.StatusCode != http.StatusPartialContent || !bytes.Equal(data, good[30:]) {
		t.Errorf("%d bytes: %v", len(data), err)
	}
	up.Tamper(rel.Path, juliatest.FlipByte)
	if resp, _, err = c.get("/" + rel.Path); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("a range of what has changed: %v", err)
	}
	up.Tamper(rel.Path, nil)
	c.headers = nil
	up.Fail("", http.StatusServiceUnavailable, 1, "1")
	if resp, _, err = c.get("/registries"); err != nil || resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") != "1" {
		t.Error(resp, err)
	}
	up.Intercept(func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) })
	if _, _, err = c.get("/meta"); err == nil {
		t.Error("the connection holds")
	}
	up.Intercept(nil)
	c.tree("/"+rel.Path, treehash.GitTools)
	// A client may try again by itself on a fresh connection.
	if up.Count("meta") == 0 || up.Count(rel.Path) != 5 || up.Requests()[0].Bytes != 30 {
		t.Errorf("broken connections are not in the log: %+v", up.Requests())
	}
}

// TestDamagedRegistries is what clients of 1.9 and later refuse, and mirrors have to.
func TestDamagedRegistries(t *testing.T) {
	up := juliatest.New()
	world(up)
	hash := up.Hash()
	path := pkgserver.RegistryPath(registry.General, hash)
	proof := treehash.Proof(hash, treehash.Registry...)
	check := func() error {
		data, ok := up.File(path)
		if !ok {
			t.Fatal("the registry is gone")
		}
		return proof(bytes.NewReader(data), int64(len(data)))
	}
	if err := check(); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func([]byte) []byte{
		"another content": juliatest.ChangeContent,
		"names that leave": juliatest.RenameMembers(func(name string) string {
			return strings.Replace(name, "README.md", "../README.md", 1)
		}),
	} {
		up.TamperTar(path, edit)
		if check() == nil {
			t.Errorf("%s is proven", name)
		}
	}
	up.TamperTar(path, juliatest.RenameMembers(func(name string) string { return "./" + name }))
	if err := check(); err != nil {
		t.Errorf("names with a dot before them: %v", err)
	}
	data, _ := up.File(path)
	if r, err := registry.Read(bytes.NewReader(data), registry.Options{}); err != nil || r.PlainNames() {
		t.Error(r, err)
	}
	up.TamperTar(path, nil)
	up.Tamper(path, juliatest.FlipByte)
	if check() == nil {
		t.Error("a flipped byte is proven")
	}
	up.Tamper(path, func(data []byte) []byte { return data[:len(data)/2] })
	if check() == nil {
		t.Error("half a registry is proven")
	}
}

// TestFrozenPaths is about what caches say.
func TestFrozenPaths(t *testing.T) {
	up := juliatest.New()
	up.Freeze("registries")
	old := body(t, up, "registries") // not a redirect
	up.Freeze("package/later")
	rel := up.Publish("Example", juliatest.Version{Number: "0.5.3"})
	if !bytes.Equal(body(t, up, "registries"), old) || bytes.Equal(body(t, up, "registries.eager"), old) {
		t.Error("the list is not frozen")
	}
	up.Put("package/later", []byte("x"))
	if code := get(t, up, "package/later").Code; code != http.StatusNotFound {
		t.Errorf("what was not there: %d", code)
	}
	up.Thaw("package/later")
	up.Thaw("registries")
	if string(body(t, up, "package/later")) != "x" || get(t, up, "registries").Code != http.StatusFound {
		t.Error("frozen for ever")
	}
	up.Freeze(rel.Path)
	up.Remove(rel.Path)
	tree(t, up, rel.Path, rel.Tree, treehash.Full)
}

// FuzzPaths asks for anything.
func FuzzPaths(f *testing.F) {
	up := juliatest.New(juliatest.WithBaseURL("http://127.0.0.1:1"))
	rel := up.Publish("Example", juliatest.Version{Number: "0.5.3"})
	up.PublishBulk(juliatest.Bulk{Packages: 10, Versions: 20, Artifacts: 20})
	f.Add(rel.Path)
	f.Add("registries.eager")
	f.Add("origin/bulk/0-1-2.tar.gz")
	f.Add("origin/bulk/9999999999-1--2.tar.gz")
	f.Add("registry/" + up.UUID().String() + "/" + up.Hash().String())
	f.Add("artifact/../artifact//")
	known := map[string]bool{}
	for _, path := range up.Paths() {
		known[path] = true
	}
	f.Fuzz(func(t *testing.T, path string) {
		if data, ok := up.File(path); ok != known[path] || ok && len(data) == 0 {
			t.Errorf("%q: %v, %d bytes", path, ok, len(data))
		}
	})
}
