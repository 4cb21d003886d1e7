package treehash_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
)

// engine is a fetch engine with a store of its own.
func engine(t *testing.T) *fetch.Engine {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	if err := root.Mkdir("state", 0o755); err != nil {
		t.Fatal(err)
	}
	state, err := root.OpenRoot("state")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { state.Close() })
	objects, err := store.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { objects.Close() })
	cfg := fetch.DefaultConfig()
	cfg.Backoff, cfg.BackoffMax = 1, 2
	e, err := fetch.New(cfg, objects, state)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// One place has an older tree, one a page, one a tarball with a byte changed; the last is honest, and
// packs in another way than all of them.
func TestTheEngineGoesOnUntilTheTreeIsRight(t *testing.T) {
	right := archive(file("Project.toml", "name = \"Toy\""), script("deps/build.sh", "#!/bin/sh"))
	want := sums(t, right).Full
	flipped := gzipped(archive(file("Project.toml", "name = \"toy\""), script("deps/build.sh", "#!/bin/sh")))
	bodies := map[string][]byte{
		"/older":   gzipped(archive(file("Project.toml", "name = \"Toy\""))),
		"/page":    []byte("<html>please log in</html>"),
		"/flipped": flipped,
		"/right":   zstandard(right),
	}
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(bodies[r.URL.Path]) }))
	t.Cleanup(up.Close)
	e := engine(t)
	request := func(paths ...string) fetch.Request {
		r := fetch.Request{URL: up.URL + paths[0], Proof: treehash.Proof(want, treehash.Package...)}
		for _, p := range paths[1:] {
			r.Mirrors = append(r.Mirrors, up.URL+p)
		}
		return r
	}
	res, err := e.Fetch(t.Context(), request("/older", "/page", "/flipped", "/right"))
	if err != nil || res.From != up.URL+"/right" || res.Size != int64(len(bodies["/right"])) {
		t.Errorf("%+v, %v", res, err)
	}
	_, err = e.Fetch(t.Context(), request("/older", "/flipped"))
	if !errors.Is(err, fetch.ErrWrongBytes) || !errors.Is(err, treehash.ErrMismatch) || !strings.Contains(err.Error(), want.String()) {
		t.Error(err)
	}
	oneShortLine(t, err)
}

// Pools are shared by all readers; no tarball may see another's leftovers, least of all
// those of one that broke off.
func TestTarballsAtOnce(t *testing.T) {
	type job struct {
		body []byte
		want treehash.Hash // zero: an error
	}
	var jobs []job
	for i := range 40 {
		plain := archive(file(fmt.Sprintf("file%d", i), strings.Repeat(fmt.Sprint(i), 500+500*i)))
		want := sums(t, plain).Full
		jobs = append(jobs, job{plain, want}, job{plain[:900], treehash.Hash{}})
		for _, body := range [][]byte{gzipped(plain), zstandard(plain)} {
			jobs = append(jobs, job{body, want}, job{body[:len(body)*2/3], treehash.Hash{}})
		}
	}
	var all sync.WaitGroup
	for n := range 4 {
		all.Go(func() {
			for i := range jobs {
				j := jobs[(i*7+n*31)%len(jobs)]
				s, err := treehash.Sum(bytes.NewReader(j.body), treehash.Limits{})
				if s.Full != j.want || (err != nil) != j.want.IsZero() {
					t.Errorf("%v, %v, want %v", s.Full, err, j.want)
				}
			}
		})
	}
	all.Wait()
}
