package juliatest_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

func TestFlavors(t *testing.T) {
	up := juliatest.New()
	world(up)
	for _, c := range []struct{ header, value, want string }{
		{"", "", "/registries.conservative"},
		{"Julia-Registry-Preference", "eager", "/registries.eager"},
		{"Julia-Registry-Preference", "conservative", "/registries.conservative"},
		{"Julia-Registry-Preference", "newest", "/registries.conservative"},
		{"Julia-CI-Variables", "APPVEYOR=n;CI=t;TRAVIS=n", "/registries.eager"},
		{"Julia-CI-Variables", "APPVEYOR=n;CI=f;TRAVIS=o", "/registries.conservative"},
	} {
		w := get(t, up, "registries", c.header, c.value)
		if w.Code != http.StatusFound || w.Header().Get("Location") != c.want {
			t.Errorf("%s: %s leads to %d %s", c.header, c.value, w.Code, w.Header().Get("Location"))
		}
	}
	up.Freeze("registries.conservative")
	old := up.Hash()
	up.Publish("Example", juliatest.Version{Number: "9.0.0", Missing: true})
	for path, want := range map[string]treehash.Hash{"registries.conservative": old, "registries.eager": up.Hash()} {
		if got := body(t, up, path); string(got) != "/"+pkgserver.RegistryPath(registry.General, want)+"\n" {
			t.Errorf("%s: %s", path, got)
		}
	}
	up.Thaw("registries.conservative")
	if !bytes.Equal(body(t, up, "registries.conservative"), body(t, up, "registries.eager")) {
		t.Error("the flavors differ")
	}
	plain := juliatest.New(juliatest.WithoutFlavors())
	if w := get(t, plain, "registries"); w.Code != http.StatusOK || get(t, plain, "registries.eager").Code != http.StatusNotFound {
		t.Errorf("a server without flavors: %d", w.Code)
	}
}

func TestAnswers(t *testing.T) {
	up := juliatest.New()
	rel := up.Publish("Example", juliatest.Version{Number: "0.5.3"})
	data := body(t, up, rel.Path)
	w := ask(t, up, http.MethodHead, rel.Path)
	if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") != strconv.Itoa(len(data)) {
		t.Errorf("HEAD: %d %v", w.Code, w.Header())
	}
	if w.Header().Get("Content-Type") != "application/x-gzip" || w.Header().Get("Accept-Ranges") != "bytes" || w.Header().Get("Content-Encoding") != "" {
		t.Errorf("HEAD: %v", w.Header())
	}
	if w := get(t, up, rel.Path, "Range", "bytes=10-19", "If-Range", w.Header().Get("ETag")); w.Code != http.StatusPartialContent || !bytes.Equal(w.Body.Bytes(), data[10:20]) {
		t.Errorf("Range: %d", w.Code)
	}
	if w := get(t, up, rel.Path, "Range", "bytes=9999999-"); w.Code != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("a range behind the end: %d", w.Code)
	}
	lists := get(t, up, "registries.conservative")
	if lists.Header().Get("Content-Type") != "text/plain" {
		t.Error(lists.Header())
	}
	if w := get(t, up, "registries.conservative", "If-None-Match", lists.Header().Get("ETag")); w.Code != http.StatusNotModified {
		t.Errorf("not modified: %d", w.Code)
	}
	up.Publish("Example", juliatest.Version{Number: "0.5.4"})
	if w := get(t, up, "registries.conservative", "If-None-Match", lists.Header().Get("ETag")); w.Code != http.StatusOK {
		t.Errorf("modified: %d", w.Code)
	}
	for _, path := range []string{"", "registry/x", "package/" + rel.UUID.String(), "artifact/" + rel.Tree.String(), rel.Path + "/"} {
		if w := get(t, up, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := ask(t, up, http.MethodPost, rel.Path); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
	var meta map[string]any
	if err := json.Unmarshal(body(t, up, "meta"), &meta); err != nil || meta["pkgserver_version"] == "" {
		t.Error(meta, err)
	}
	up.Put("robots.txt", []byte("x"))
	if string(body(t, up, "robots.txt")) != "x" {
		t.Error("Put")
	}
}

func TestCompressions(t *testing.T) {
	up := juliatest.New()
	rel := up.Publish("Example", juliatest.Version{Number: "0.5.3"})
	const newClient = "zstd, gzip"
	for how, want := range map[juliatest.Serving]map[string]treehash.Compression{
		juliatest.ServeGzip:  {newClient: treehash.Gzip, "": treehash.Gzip},
		juliatest.ServeAsked: {newClient: treehash.Zstd, "": treehash.Gzip, "gzip;q=1, zstd;q=0": treehash.Gzip, "zstd;q=0.5": treehash.Zstd},
		juliatest.ServeZstd:  {newClient: treehash.Zstd, "": treehash.Zstd},
	} {
		up.Serve(how)
		for accept, want := range want {
			data := body(t, up, rel.Path, "Accept-Encoding", accept)
			if got := treehash.Sniff(data); got != want {
				t.Errorf("%v: %q gets %v", how, accept, got)
			}
			if sums, err := treehash.Sum(bytes.NewReader(data), treehash.Limits{}); err != nil || sums.Full != rel.Tree {
				t.Errorf("%v: %q gets %v: %v", how, accept, sums.Full, err)
			}
		}
	}
}

func TestCDN(t *testing.T) {
	up := juliatest.New()
	rel := up.Publish("Example", juliatest.Version{Number: "0.5.3"})
	server, cdn := httptest.NewServer(up), httptest.NewServer(up.CDN())
	defer server.Close()
	defer cdn.Close()
	up.SetCDN(cdn.URL + "/")
	for accept, want := range map[string]string{"zstd, gzip": cdn.URL + "/" + rel.Path + ".tar.zst", "identity": cdn.URL + "/" + rel.Path} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/"+rel.Path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", accept)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		sums, err := treehash.Sum(resp.Body, treehash.Limits{})
		resp.Body.Close()
		if err != nil || sums.Full != rel.Tree || resp.Request.URL.String() != want {
			t.Errorf("%s gets %v from %s: %v", accept, sums.Full, resp.Request.URL, err)
		}
	}
	for _, path := range []string{"registries", "registries.conservative", "meta"} {
		if w := get(t, up.CDN(), path); w.Code != http.StatusNotFound {
			t.Errorf("the CDN has %s: %d", path, w.Code)
		}
		if w := get(t, up, path); strings.Contains(w.Header().Get("Location"), cdn.URL) {
			t.Errorf("%s is redirected to the CDN", path)
		}
	}
	up.SetCDN("")
	if w := get(t, up, rel.Path); w.Code != http.StatusOK {
		t.Error(w.Code)
	}
	var hosts []bool
	for _, r := range up.Requests()[:2] {
		hosts = append(hosts, r.CDN)
	}
	if diff := cmp.Diff([]bool{false, true}, hosts); diff != "" {
		t.Error(diff)
	}
}

func TestRequests(t *testing.T) {
	up := juliatest.New()
	rel := up.Publish("Example", juliatest.Version{Number: "0.5.3"})
	get(t, up, "registries.conservative?x=1", "Julia-Version", "1.10.4", "If-None-Match", `"x"`)
	ask(t, up, http.MethodHead, rel.Path)
	get(t, up, "nothing")
	got := up.Requests()
	if len(got) != 3 || up.Count("package/") != 1 || up.Count("") != 3 {
		t.Fatal(got)
	}
	first := got[0]
	if first.Path != "registries.conservative" || first.Query != "x=1" || first.Header.Get("Julia-Version") != "1.10.4" ||
		!first.Conditional() || first.Status != http.StatusOK || first.Bytes != 88 || first.Host != "example.com" {
		t.Errorf("%+v", first)
	}
	if got[1].Method != http.MethodHead || got[1].Bytes != 0 || got[1].Conditional() || got[2].Status != http.StatusNotFound {
		t.Errorf("%+v", got[1:])
	}
	up.ResetLog()
	if len(up.Requests()) != 0 {
		t.Error("the log is not empty")
	}
	up.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		w.WriteHeader(http.StatusTeapot)
		return r.URL.Path == "/tea"
	})
	if get(t, up, "tea").Code != http.StatusTeapot {
		t.Error("Intercept")
	}
	up.Intercept(nil)
	if get(t, up, "tea").Code != http.StatusNotFound {
		t.Error("Intercept ends")
	}
}

// TestLogIsAheadOfClients reads answers of all sizes and looks for them at once.
func TestLogIsAheadOfClients(t *testing.T) {
	up, stop, err := juliatest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for i := range 60 {
		path := "file" + strconv.Itoa(i)
		up.Put(path, bytes.Repeat([]byte("x"), i*i*i))
		resp, err := http.Get(up.BaseURL() + "/" + path)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if got := up.Requests(); err != nil || len(got) != i+1 || got[i].Bytes != n || got[i].Path != path {
			t.Fatalf("%s with %d bytes: %+v", path, n, got)
		}
	}
}

func TestFaults(t *testing.T) {
	up := juliatest.New()
	rel := up.Publish("Example", juliatest.Version{Number: "0.5.3"})
	good := body(t, up, rel.Path)
	sum := func() (treehash.Sums, error) {
		return treehash.Sum(bytes.NewReader(body(t, up, rel.Path)), treehash.Limits{})
	}

	up.Tamper(rel.Path, juliatest.FlipByte)
	if bad := body(t, up, rel.Path); len(bad) != len(good) || bytes.Equal(bad, good) {
		t.Error("no byte is flipped")
	}
	up.Tamper(rel.Path, nil)
	for name, edit := range map[string]func([]byte) []byte{
		"content": juliatest.ChangeContent,
		"member":  juliatest.AppendMember(tar.Header{Name: "more", Mode: 0o644}, "x"),
	} {
		up.TamperTar(rel.Path, edit)
		if got, err := sum(); err != nil || got.Full == rel.Tree {
			t.Errorf("%s is not changed: %v", name, err)
		}
	}
	up.TamperTar(rel.Path, juliatest.RenameMembers(func(s string) string { return "./" + s }))
	if got, err := sum(); err != nil || got.Full != rel.Tree || got.PlainNames {
		t.Errorf("names with a dot: %+v %v", got, err)
	}
	up.TamperTar(rel.Path, juliatest.RenameMembers(func(s string) string { return "../" + s }))
	if _, err := sum(); err == nil {
		t.Error("names that escape are taken")
	}
	up.TamperTar(rel.Path, nil)
	if !bytes.Equal(body(t, up, rel.Path), good) {
		t.Error("the package is not whole again")
	}

	up.Remove("package/")
	if get(t, up, rel.Path).Code != http.StatusNotFound {
		t.Error("a removed package is there")
	}
	up.Restore("package/")
	up.Fail("package/", http.StatusServiceUnavailable, 2, "7")
	for i, want := range []int{503, 503, 200} {
		if w := get(t, up, rel.Path); w.Code != want || want == 503 && w.Header().Get("Retry-After") != "7" {
			t.Errorf("request %d: %d %v", i+1, w.Code, w.Header())
		}
	}
	up.Fail("", http.StatusTooManyRequests, -1, "")
	for range 3 {
		if get(t, up, "registries").Code != http.StatusTooManyRequests {
			t.Error("no failure")
		}
	}
	up.Recover()
	up.Truncate(rel.Path, 20, 1)
	w := httptest.NewRecorder()
	if !panics(func() {
		up.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/"+rel.Path, nil))
	}) || !bytes.Equal(w.Body.Bytes(), good[:20]) {
		t.Errorf("%d bytes, not cut off", w.Body.Len())
	}
	if !bytes.Equal(body(t, up, rel.Path), good) {
		t.Error("the package is not whole again")
	}

	up.AddLines("/registry/garbage", "hello")
	_, problems, err := pkgserver.ParseRegistries(body(t, up, "registries.conservative"))
	if err != nil || len(problems) == 0 {
		t.Error(problems, err)
	}
	up.AddLines()
	list(t, up)
}

// TestConcurrentUse is for the race detector.
func TestConcurrentUse(t *testing.T) {
	up := juliatest.New()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 5 {
				rel := up.Publish("P"+strconv.Itoa(i), juliatest.Version{Number: "1." + strconv.Itoa(j) + ".0"})
				tree(t, up, rel.Path, rel.Tree, treehash.Full)
				for _, l := range list(t, up) {
					tree(t, up, l.Path(), l.Tree, treehash.Full)
				}
			}
		})
	}
	wg.Wait()
	if n := len(read(t, up, up.Registry).Packages()); n != 8 {
		t.Errorf("%d packages", n)
	}
}
