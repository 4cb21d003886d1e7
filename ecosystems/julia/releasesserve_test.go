package julia_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/layout"
)

// whileServed calls f with a function that asks the mirror as it is served.
func (w *world) whileServed(f func(ask func(method, url string, header http.Header) *http.Response)) {
	w.t.Helper()
	w.root.Current(func(view layout.View) {
		handler := w.driver().Serve(view)
		f(func(method, url string, header http.Header) *http.Response {
			r := httptest.NewRequestWithContext(context.Background(), method, url, nil)
			r.Header = header
			rec := httptest.NewRecorder()
			handler.ServeHTTP(rec, r)
			return rec.Result()
		})
	})
}

func TestServedVersionsNameTheURLThatWasAsked(t *testing.T) {
	w := newJuliaWorld(t, "lts")
	for _, base := range []string{"", "https://elsewhere.example/julia"} {
		w.options.BaseURL = base
		w.mustSync()
		w.whileServed(func(ask func(string, string, http.Header) *http.Response) {
			resp := ask("GET", "http://mirror.example:8080/bin/versions.local.json", nil)
			data, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Fatalf("%s, %v", resp.Status, err)
			}
			ix, err := releases.Parse(data)
			if err != nil || len(ix.Releases) != 1 || len(ix.Releases[0].Files) != 1 || ix.Releases[0].Files[0].URL != "http://mirror.example:8080/"+lts {
				t.Errorf("%v: %s", err, data)
			}
			etag := resp.Header.Get("Etag")
			if len(etag) != 66 || resp.Header.Get("Cache-Control") != "no-cache" || resp.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%v", resp.Header)
			}
			if resp := ask("GET", "http://mirror.example:8080/bin/versions.local.json", http.Header{"If-None-Match": {etag}}); resp.StatusCode != http.StatusNotModified {
				t.Errorf("unchanged: %s", resp.Status)
			}
			head := ask("HEAD", "http://mirror.example:8080/bin/versions.local.json", nil)
			if body, _ := io.ReadAll(head.Body); head.ContentLength != int64(len(data)) || len(body) > 0 {
				t.Errorf("HEAD: %d bytes, %q", head.ContentLength, body)
			}
			if resp := ask("POST", "http://mirror.example:8080/bin/versions.local.json", nil); resp.StatusCode != http.StatusMethodNotAllowed {
				t.Errorf("POST: %s", resp.Status)
			}
			resp = ask("GET", "http://mirror.example:8080/bin/versions.json", nil)
			if data, _ := io.ReadAll(resp.Body); string(data) != string(w.published("bin/versions.json")) {
				t.Error("versions.json is not as it was")
			}
		})
	}
}

func TestServedNightlies(t *testing.T) {
	w := newNightlyWorld(t, "nightly")
	w.mustSync()
	w.whileServed(func(ask func(string, string, http.Header) *http.Response) {
		resp := ask("GET", "http://mirror.example/bin/nightlies.json", nil)
		var list map[string]struct{ Files []map[string]any }
		if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
			t.Fatal(err)
		}
		files := list["nightly"].Files
		if len(list) != 1 || len(files) != 1 || files[0]["url"] != "http://mirror.example/"+nightly || files[0]["asc-url"] != nil {
			t.Errorf("%+v", list)
		}
	})
}

func TestListsThatAreNotServed(t *testing.T) {
	w := newNightlyWorld(t, "1.13-nightly")
	w.Remove("bin/nightlies.json")
	w.mustSync()
	w.whileServed(func(ask func(string, string, http.Header) *http.Response) {
		for _, path := range []string{"bin/versions.local.json", "bin/versions.json", "bin/nightlies.json"} {
			if resp := ask("GET", "http://mirror.example/"+path, nil); resp.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %s", path, resp.Status)
			}
		}
	})
}

func TestDamagedListIsNotServed(t *testing.T) {
	w := newNightlyWorld(t, "nightly", "lts")
	w.mustSync()
	w.root.Current(func(view layout.View) {
		bad := &otherView{View: view, data: map[string]string{"bin/versions.json": "{", "bin/nightlies.json": "["}}
		server := httptest.NewServer(w.driver().Serve(bad))
		defer server.Close()
		for _, path := range []string{"bin/versions.local.json", "bin/nightlies.json"} {
			resp, err := http.Get(server.URL + "/" + path)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusInternalServerError || !strings.Contains(string(body), "damaged") {
				t.Errorf("%s: %s %s", path, resp.Status, body)
			}
		}
	})
}

// TestMirrorOfAMirror has a mirror for its upstream.
func TestMirrorOfAMirror(t *testing.T) {
	first := newJuliaupWorld(t, "lts")
	first.mustSync()
	last := first.database(linux).Version
	from := first
	for range 3 {
		w := newSerialWorld(t)
		from.root.Current(func(view layout.View) {
			server := httptest.NewServer(from.driver().Serve(view))
			defer server.Close()
			w.options.Upstream, w.options.ReleasesUpstream = "", server.URL
			w.options.Platforms, w.options.Releases, w.options.Juliaup = []string{"x86_64-linux-gnu"}, []string{"lts"}, true
			if o := w.sync(ecosystems.Selection{}); o.Err != nil || len(o.Missing) > 0 {
				t.Fatalf("%v, %v", o.Err, o.Missing)
			}
		})
		for _, path := range []string{lts, lts + ".asc", "install.sh", "bin/versions.json"} {
			if w.root.Files()[path] != first.root.Files()[path] || !w.has(path) {
				t.Errorf("%s is another", path)
			}
		}
		v := w.database(linux).Version
		if v.Compare(last) <= 0 {
			t.Errorf("database %s after %s", v, last)
		}
		from, last = w, v
	}
}
