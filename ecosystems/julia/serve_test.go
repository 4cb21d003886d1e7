package julia_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest/pkgclient"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/layout"
)

// served hands out what is published, as long as f runs.
func (w *world) served(f func(url string)) {
	w.t.Helper()
	w.root.Current(func(view layout.View) {
		server := httptest.NewServer(w.driver().Serve(view))
		defer server.Close()
		f(server.URL)
	})
}

// ask sends a request that nothing between here and there changes.
func ask(t *testing.T, method, url, accept string) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if accept != "" {
		req.Header.Set("Accept-Encoding", accept)
	}
	resp, err := (&http.Transport{DisableCompression: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

const (
	forever   = "public, max-age=31536000, immutable"
	askAgain  = "no-cache"
	likeJulia = "zstd, gzip" // from 1.13
)

func TestTypesAndCaching(t *testing.T) {
	w := newWorld(t)
	w.options.Flavor, w.options.Zstd = "both", true
	r := w.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu")
	general := pkgserver.RegistryPath(registry.General, w.Hash())
	w.mustSync()
	w.served(func(url string) {
		for _, c := range []struct{ path, contentType, cache string }{
			{"registries", "text/plain; charset=utf-8", askAgain},
			{"registries.conservative", "text/plain; charset=utf-8", askAgain},
			{"registries.eager", "text/plain; charset=utf-8", askAgain},
			{"meta", "application/json", askAgain},
			{general, "application/x-gzip", forever},
			{r.Path, "application/x-gzip", forever},
			{r.Artifacts[0].Path, "application/x-gzip", forever},
			{r.Path + ".tar.zst", "application/zstd", forever},
		} {
			got, body := ask(t, http.MethodGet, url+"/"+c.path, "")
			head, _ := ask(t, http.MethodHead, url+"/"+c.path, "")
			for method, resp := range map[string]*http.Response{"GET": got, "HEAD": head} {
				h := resp.Header
				if resp.StatusCode != http.StatusOK || h.Get("Content-Type") != c.contentType || h.Get("Cache-Control") != c.cache || h.Get("Content-Encoding") != "" {
					t.Errorf("%s %s: %s with %v", method, c.path, resp.Status, h)
				}
				if h.Get("Content-Length") != strconv.Itoa(len(body)) {
					t.Errorf("%s %s: Content-Length %q for %d bytes", method, c.path, h.Get("Content-Length"), len(body))
				}
			}
		}
	})
}

func TestWhatIsNotThere(t *testing.T) {
	w := newWorld(t)
	r := w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	w.mustSync()
	tree := r.Tree.String()
	w.served(func(url string) {
		for _, path := range []string{
			"registries.eager", r.Path + "-" + tree, "registry/" + registry.General.String() + "/" + w.Hash().String() + "-" + tree,
			"bundle/" + tree, "package", "package/", strings.ToUpper(r.Path), r.Path + ".tar.zst", "artifact/" + tree, "meta/siblings", "",
		} {
			if resp, body := ask(t, http.MethodGet, url+"/"+path, likeJulia); resp.StatusCode != http.StatusNotFound || len(body) > 100 {
				t.Errorf("GET /%s: %s with %d bytes, want a small 404", path, resp.Status, len(body))
			}
		}
	})
}

func TestVariantsForWhoAsks(t *testing.T) {
	w := newWorld(t)
	r := w.PublishJLL("Zlib", "1.3.1+2", "x86_64-linux-gnu")
	general := pkgserver.RegistryPath(registry.General, w.Hash())
	w.mustSync()
	w.served(func(url string) {
		if _, body := ask(t, http.MethodGet, url+"/"+r.Path, likeJulia); !strings.HasPrefix(string(body), "\x1f\x8b") {
			t.Errorf("a mirror without variants answers %x", body[:4])
		}
	})
	w.options.Zstd = true
	w.mustSync()
	w.served(func(url string) {
		for _, path := range []string{general, r.Path, r.Artifacts[0].Path} {
			plain, gz := ask(t, http.MethodGet, url+"/"+path, "gzip")
			packed, zst := ask(t, http.MethodGet, url+"/"+path, likeJulia)
			if !strings.HasPrefix(string(gz), "\x1f\x8b") || !strings.HasPrefix(string(zst), "\x28\xb5\x2f\xfd") {
				t.Errorf("%s: %x for gzip, %x for zstd", path, gz[:4], zst[:4])
			}
			if plain.Header.Get("ETag") == packed.Header.Get("ETag") || packed.Header.Get("Vary") != "Accept-Encoding" || plain.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s: caches would mix up %v and %v", path, plain.Header, packed.Header)
			}
		}
	})
}

func TestPreferredFlavor(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	w.Freeze("registries.conservative")
	w.Publish("Example", juliatest.Version{Number: "0.5.4"})
	w.options.Flavor = "both"
	w.mustSync()
	w.served(func(url string) {
		_, conservative := ask(t, http.MethodGet, url+"/registries.conservative", "")
		_, eager := ask(t, http.MethodGet, url+"/registries.eager", "")
		if string(conservative) == string(eager) {
			t.Fatalf("both flavors are %q", eager)
		}
		for preferred, want := range map[string][]byte{"": conservative, "conservative": conservative, "eager": eager, "../meta": conservative} {
			req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, url+"/registries", nil)
			req.RequestURI = ""
			req.Header.Set("Julia-Registry-Preference", preferred)
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || string(body) != string(want) || !strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "Julia-Registry-Preference") {
				t.Errorf("with the preference %q: %q, %v, error %v; want %q", preferred, body, resp.Header, err, want)
			}
		}
		c := pkgclient.New(pkgclient.Julia("1.10.10"), url, t.TempDir())
		c.Env = map[string]string{"JULIA_PKG_SERVER_REGISTRY_PREFERENCE": "eager"}
		if r, err := c.Add(t.Context(), "Example"); err != nil || r.String() != "Example 0.5.4" {
			t.Errorf("a client that prefers eager gets %v, error %v", r, err)
		}
	})
	w.options.Flavor = "conservative"
	w.mustSync()
	w.served(func(url string) {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, url+"/registries", nil)
		req.RequestURI = ""
		req.Header.Set("Julia-Registry-Preference", "eager")
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("who prefers what is not here gets %s", resp.Status)
		}
	})
}

func TestTypeOfOtherLists(t *testing.T) {
	w := newWorld(t)
	w.Publish("Example", juliatest.Version{Number: "0.5.3"})
	w.mustSync()
	w.root.Current(func(view layout.View) {
		server := httptest.NewServer(w.driver().Serve(altered{view, map[string][]byte{"bin/versions.json": []byte("{}"), "bin/julia.exe": []byte("MZ")}}))
		defer server.Close()
		for path, want := range map[string]string{"bin/versions.json": "application/json", "bin/julia.exe": "application/octet-stream"} {
			if resp, _ := ask(t, http.MethodGet, server.URL+"/"+path, ""); resp.Header.Get("Content-Type") != want || resp.Header.Get("Cache-Control") != askAgain {
				t.Errorf("%s: %v", path, resp.Header)
			}
		}
	})
}
