package hexpmtest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

func TestHeaders(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	u.PublishDocs("plug", "1.0.0", "hello")
	for path, cache := range map[string]string{
		"names": "public, max-age=3600", "versions": "public, max-age=3600", "packages/plug": "public, max-age=3600",
		"tarballs/plug-1.0.0.tar": "public, max-age=604800", "docs/plug-1.0.0.tar.gz": "public, max-age=86400",
	} {
		a := get(t, u, path)
		etag := a.Header.Get("ETag")
		if a.Header.Get("Cache-Control") != cache || a.Header.Get("Last-Modified") == "" || len(etag) < 34 || a.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: headers %v", path, a.Header)
		}
		if strings.Contains(etag, sha256Hex(a.body)) {
			t.Errorf("%s: the ETag is a checksum", path)
		}
		if multipart := strings.HasSuffix(etag, `-1"`); multipart != strings.Contains(path, ".tar") {
			t.Errorf("%s: ETag %s", path, etag)
		}
		head := ask(t, u, http.MethodHead, path)
		if head.StatusCode != http.StatusOK || len(head.body) != 0 || head.ContentLength != int64(len(a.body)) {
			t.Errorf("HEAD %s: status %d, length %d", path, head.StatusCode, head.ContentLength)
		}
		for _, h := range [][2]string{{"If-None-Match", etag}, {"If-None-Match", `"x", ` + etag}, {"If-Modified-Since", a.Header.Get("Last-Modified")}} {
			if got := get(t, u, path, h[0], h[1]).StatusCode; got != http.StatusNotModified {
				t.Errorf("%s with %s: status %d, want 304", path, h, got)
			}
		}
		part := get(t, u, path, "Range", "bytes=5-9")
		if part.StatusCode != http.StatusPartialContent || !bytes.Equal(part.body, a.body[5:10]) {
			t.Errorf("%s with Range: status %d, %d bytes", path, part.StatusCode, len(part.body))
		}
	}
}

func TestWhatDoesNotExist(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusForbidden} {
		u := New(WithMissing(status))
		u.Publish("plug", "1.0.0")
		for _, path := range []string{"", "packages", "packages/", "packages/none", "tarballs/plug-2.0.0.tar", "tarballs/plug-1.0.0.zip", "tarballs/none-1.0.0.tar", "docs/plug-1.0.0.tar.gz", "repos/acme/names", "installs/hex.csv", "policies/x"} {
			if got := get(t, u, path).StatusCode; got != status {
				t.Errorf("%q: status %d, want %d", path, got, status)
			}
		}
	}
	if got := ask(t, New(), http.MethodPost, "names").StatusCode; got != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", got)
	}
}

func TestPublicKey(t *testing.T) {
	u := New()
	k, err := registry.ParsePublicKey(get(t, u, "public_key").body)
	if err != nil || !k.Equal(u.PublicKey()) {
		t.Errorf("public key %v, %v", k, err)
	}
	own, err := registry.GenerateSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	u = New(WithKey(own), WithName("acme"))
	u.Publish("plug", "1.0.0")
	if _, err := (registry.Trust{Key: own.Public(), Repository: "acme"}).Package(get(t, u, "packages/plug").body, "plug"); err != nil {
		t.Error(err)
	}
}

func TestFurtherRepository(t *testing.T) {
	u := New()
	acme := u.AddRepository("acme", "secret")
	acme.Publish("private", "1.0.0", Dependency(registry.Dependency{Package: "plug", Requirement: "~> 1.0", Repository: "hexpm"}))
	acme.PublishPolicy(registry.Policy{Name: "open", Public: true})
	acme.PublishPolicy(registry.Policy{Name: "closed"})
	for _, path := range []string{"repos/acme/names", "repos/acme/packages/private", "repos/acme/tarballs/private-1.0.0.tar", "repos/acme/policies/closed"} {
		if got := get(t, u, path).StatusCode; got != http.StatusUnauthorized {
			t.Errorf("%s without token: status %d", path, got)
		}
		for _, authorization := range []string{"secret", "Bearer secret"} {
			if a := get(t, u, path, "Authorization", authorization); a.StatusCode != http.StatusOK || !strings.HasPrefix(a.Header.Get("Cache-Control"), "private") {
				t.Errorf("%s: status %d, %s", path, a.StatusCode, a.Header.Get("Cache-Control"))
			}
		}
		if got := get(t, u, path, "Authorization", "wrong").StatusCode; got != http.StatusUnauthorized {
			t.Errorf("%s with a wrong token: status %d", path, got)
		}
	}
	p, err := trust(acme).Package(get(t, u, "repos/acme/packages/private", "Authorization", "secret").body, "private")
	if err != nil || p.Releases[0].Dependencies[0].Repository != "hexpm" {
		t.Errorf("package %+v, %v", p, err)
	}
	policy, err := trust(acme).Policy(get(t, u, "repos/acme/policies/open").body, "open")
	if err != nil || !policy.Public {
		t.Errorf("policy %+v, %v", policy, err)
	}
	if get(t, u, "packages/private").StatusCode != http.StatusNotFound {
		t.Error("a private package is in the main repository")
	}
}

func TestRedirectOfBuilds(t *testing.T) {
	u := New(WithBuildsAt("http://builds.test"))
	a := get(t, u, "installs/hex.csv")
	if a.StatusCode != http.StatusMovedPermanently || a.Header.Get("Location") != "http://builds.test/installs/hex.csv" {
		t.Errorf("status %d, location %s", a.StatusCode, a.Header.Get("Location"))
	}
}

func TestLog(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	get(t, u, "names")
	etag := get(t, u, "packages/plug").Header.Get("ETag")
	get(t, u, "packages/plug", "If-None-Match", etag, "User-Agent", "test", "Authorization", "x")
	get(t, u, "packages/none", "Range", "bytes=0-1")
	log := u.Requests()
	if len(log) != 4 || u.Count("packages/") != 3 || u.Count("") != 4 {
		t.Fatalf("log %+v", log)
	}
	if r := log[1]; r.Conditional() || r.Status != http.StatusOK || r.Bytes == 0 || r.Method != http.MethodGet {
		t.Errorf("second request %+v", r)
	}
	if r := log[2]; !r.Conditional() || r.Status != http.StatusNotModified || r.Bytes != 0 || r.UserAgent != "test" || !r.Authorized {
		t.Errorf("third request %+v", r)
	}
	if r := log[3]; r.Status != http.StatusNotFound || r.Range != "bytes=0-1" {
		t.Errorf("fourth request %+v", r)
	}
	u.ResetLog()
	if len(u.Requests()) != 0 {
		t.Error("the log is not empty")
	}
}

func TestIntercept(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	u.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		switch r.URL.Path {
		case "/names":
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		case "/versions":
			panic(http.ErrAbortHandler)
		}
		return false
	})
	server := httptest.NewServer(u)
	defer server.Close()
	if res, err := http.Get(server.URL + "/names"); err != nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("names: %v, %v", res, err)
	} else {
		res.Body.Close()
	}
	if res, err := http.Get(server.URL + "/versions"); err == nil {
		res.Body.Close()
		t.Error("versions: the connection was not broken")
	}
	u.Intercept(nil)
	if get(t, u, "names").StatusCode != http.StatusOK {
		t.Error("still intercepted")
	}
	if log := u.Requests(); log[0].Status != http.StatusServiceUnavailable {
		t.Errorf("log %+v", log)
	}
}

func TestServingWhilePublishing(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	server := httptest.NewServer(u)
	defer server.Close()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				res, err := http.Get(server.URL + "/packages/plug")
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil {
					t.Error(err)
				}
				if _, err := trust(u.Repository).Package(body, "plug"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 20 {
		u.Publish("plug", "1.0."+string(rune('1'+i%9))+strings.Repeat("0", i/9))
	}
	wg.Wait()
}

func TestExport(t *testing.T) {
	u := New()
	u.Publish("plug", "1.0.0")
	u.PublishOTP("OTP-27.0", "ubuntu-24.04", "amd64", []byte("otp"))
	folder := t.TempDir()
	if err := u.Export(folder); err != nil {
		t.Fatal(err)
	}
	for path := range u.Paths() {
		want, ok := u.File(path)
		if got := readFile(t, folder, path); !ok || !bytes.Equal(got, want) {
			t.Errorf("%s differs", path)
		}
	}
	if err := u.Export(folder + "/missing"); err == nil {
		t.Error("exported into a folder that does not exist")
	}
}
