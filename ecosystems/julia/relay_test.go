package julia_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest/pkgclient"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
)

// A mirror is an upstream like any other: what it offers, pruned or not, is all that the
// next one knows.
func TestMirrorOfAPrunedMirror(t *testing.T) {
	p := newProvable(t, "auto")
	p.served(func(url string) {
		second := ecosystemtest.NewRoot(t, julia.Ecosystem())
		o := julia.Ecosystem().Options().(*julia.Options)
		o.Upstream, o.Registries, o.Platforms, o.Zstd = url, []string{"*"}, []string{"x86_64-linux-gnu"}, true
		d, err := julia.New(o)
		if err != nil {
			t.Fatal(err)
		}
		out := second.Sync(d, ecosystems.Selection{})
		if out.Err != nil || len(out.Missing) > 0 {
			t.Fatalf("missing %+v, error %v", out.Missing, out.Err)
		}
		want, got := p.root.Files(), second.Files()
		delete(want, "meta") // in which upstream's registry is that of the first mirror
		delete(got, "meta")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-first +second:\n%s", diff)
		}
		if damage := second.Verify(d); len(damage) > 0 {
			t.Errorf("verify: %+v", damage)
		}
		if out := second.Sync(d, ecosystems.Selection{}); out.Err != nil || !out.Unchanged {
			t.Errorf("unchanged %v, error %v", out.Unchanged, out.Err)
		}
	})
}

// Package servers and mirrors ask their storage server by HEAD first, and store the
// Content-Length as a number.
func TestHeadOfEverything(t *testing.T) {
	p := newProvable(t, "auto")
	files := p.root.Files()
	p.served(func(url string) {
		for path := range files {
			head, _ := ask(t, http.MethodHead, url+"/"+path, "")
			_, body := ask(t, http.MethodGet, url+"/"+path, "")
			if head.StatusCode != http.StatusOK || head.ContentLength != int64(len(body)) || head.Header.Get("Accept-Ranges") != "bytes" {
				t.Errorf("HEAD %s: %s, %d bytes of %d", path, head.Status, head.ContentLength, len(body))
			}
		}
	})
}

// A client in the middle of a command is not disturbed by another snapshot: what the older
// list named is still there.
func TestSnapshotChangesDuringACommand(t *testing.T) {
	w := newWorld(t)
	w.Publish("Tree", juliatest.Version{Number: "1.0.0"})
	w.mustSync()
	before := pkgserver.RegistryPath(registry.General, w.Hash())
	lists := 0
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.served(func(url string) {
			resp, body := ask(t, http.MethodGet, url+r.URL.Path, "")
			maps.Copy(rw.Header(), resp.Header)
			rw.WriteHeader(resp.StatusCode)
			_, _ = rw.Write(body)
		})
		if strings.HasSuffix(r.URL.Path, "/registries") {
			if lists++; lists == 1 {
				w.Publish("Tree", juliatest.Version{Number: "2.0.0"})
				if o := w.sync(ecosystems.Selection{}); o.Err != nil {
					t.Error(o.Err)
				}
			}
		}
	}))
	defer server.Close()
	c := pkgclient.New(pkgclient.Julia("1.10.10"), server.URL, t.TempDir())
	r, err := c.Add(t.Context(), "Tree")
	if err != nil || len(r.Misses()) > 0 || len(r.Escapes) > 0 {
		t.Errorf("%v, misses %v, escapes %v, error %v", r, r.Misses(), r.Escapes, err)
	}
	if lists < 2 || !w.has(before) {
		t.Errorf("%d lists were read; the older registry is here: %v", lists, w.has(before))
	}
}
