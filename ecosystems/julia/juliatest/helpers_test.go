package juliatest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// get asks a handler. Headers are given as name, value, name, value.
func get(t testing.TB, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	return ask(t, h, http.MethodGet, path, headers...)
}

func ask(t testing.TB, h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, "/"+path, nil)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func body(t testing.TB, h http.Handler, path string, headers ...string) []byte {
	t.Helper()
	w := get(t, h, path, headers...)
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d", path, w.Code)
	}
	return w.Body.Bytes()
}

// tree reads a tarball that a handler serves, which must have a hash by one of the rules.
func tree(t testing.TB, h http.Handler, path string, want treehash.Hash, rules ...treehash.Rule) *treehash.Tree {
	t.Helper()
	got, err := treehash.Read(bytes.NewReader(body(t, h, path)), treehash.Options{Collect: func(string, int64) bool { return true }})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if err := got.Check(want, rules...); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return got
}

// list reads the conservative list of registries.
func list(t testing.TB, up *juliatest.Upstream) []pkgserver.Registry {
	t.Helper()
	l, problems, err := pkgserver.ParseRegistries(body(t, up, "registries.conservative"))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return l
}

// read downloads and reads a registry, as a client would.
func read(t testing.TB, up *juliatest.Upstream, r *juliatest.Registry) *registry.Registry {
	t.Helper()
	for _, l := range list(t, up) {
		if l.UUID != r.UUID() {
			continue
		}
		tree(t, up, l.Path(), l.Tree, treehash.Registry...)
		got, err := registry.Read(bytes.NewReader(body(t, up, l.Path())), registry.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got.Hash() != l.Tree || !got.PlainNames() {
			t.Fatalf("%s is %v, listed as %v, plain names: %v", r.Name(), got.Hash(), l.Tree, got.PlainNames())
		}
		return got
	}
	t.Fatalf("%s is not listed", r.Name())
	return nil
}

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
