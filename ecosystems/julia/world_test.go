package julia_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/layout"
)

// world is an upstream, a mirror of it, and the options of the mirror.
type world struct {
	*juliatest.Upstream
	t       *testing.T
	active  sync.WaitGroup // answers under way
	url     string
	root    *ecosystemtest.Root
	options *julia.Options
}

func newWorld(t *testing.T, opts ...juliatest.Option) *world {
	t.Helper()
	t.Parallel()
	return newSerialWorld(t, opts...)
}

func newSerialWorld(t *testing.T, opts ...juliatest.Option) *world {
	t.Helper()
	w := &world{t: t, root: ecosystemtest.NewRoot(t, julia.Ecosystem())}
	server := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(server.Close)
	w.url = server.URL
	w.Upstream = juliatest.New(append([]juliatest.Option{juliatest.WithBaseURL(server.URL)}, opts...)...)
	w.options = julia.Ecosystem().Options().(*julia.Options)
	w.options.Upstream = server.URL
	return w
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	w.active.Add(1)
	defer w.active.Done()
	w.Upstream.ServeHTTP(rw, r)
}

// asked returns the GET requests since the last call, sorted. It waits for answers that
// a client has read to their end, but that the server has not quite done with.
func (w *world) asked() []string {
	w.active.Wait()
	var paths []string
	for _, r := range w.Requests() {
		if r.Method == http.MethodGet {
			paths = append(paths, r.Path)
		}
	}
	w.ResetLog()
	slices.Sort(paths)
	return paths
}

func (w *world) driver() ecosystems.Driver {
	w.t.Helper()
	d, err := julia.New(w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *world) sync(sel ecosystems.Selection) ecosystemtest.Outcome {
	w.t.Helper()
	return w.root.Sync(w.driver(), sel)
}

// mustSync syncs, and proves what came of it.
func (w *world) mustSync() ecosystemtest.Outcome {
	w.t.Helper()
	o := w.sync(ecosystems.Selection{})
	if o.Err != nil {
		w.t.Fatal(o.Err)
	}
	for _, d := range w.root.Verify(w.driver()) {
		w.t.Errorf("verify: %+v", d)
	}
	return o
}

func (w *world) has(path string) bool {
	_, ok := w.root.Files()[path]
	return ok
}

// wantFiles checks that of some paths exactly the expected are published.
func (w *world) want(here bool, paths ...string) {
	w.t.Helper()
	for _, p := range paths {
		if w.has(p) != here {
			w.t.Errorf("%s is published: %v, want %v", p, !here, here)
		}
	}
}

// listed reads the published registry of a UUID, by the list at path.
func (w *world) listed(path string, id uuid.UUID) *registry.Registry {
	w.t.Helper()
	var found *registry.Registry
	w.root.Current(func(view layout.View) {
		data := w.read(view, path)
		list, problems, err := pkgserver.ParseRegistries(data)
		if err != nil || len(problems) > 0 {
			w.t.Fatalf("%s: %v, %v", path, problems, err)
		}
		for _, r := range list {
			if r.UUID != id {
				continue
			}
			var err error
			found, err = registry.Read(strings.NewReader(string(w.read(view, r.Path()))), registry.Options{})
			if err != nil {
				w.t.Fatal(err)
			}
			if found.Hash() != r.Tree || !found.PlainNames() {
				w.t.Errorf("%s: the tarball has the tree %s, plain names: %v", r.Path(), found.Hash(), found.PlainNames())
			}
		}
	})
	if found == nil {
		w.t.Fatalf("%s does not list %s", path, id)
	}
	return found
}

func (w *world) read(view layout.View, path string) []byte {
	w.t.Helper()
	e, ok := view.Lookup(path)
	if !ok {
		w.t.Fatalf("%s is not published", path)
	}
	f, err := view.Open(e)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	data := make([]byte, e.Size)
	if _, err := f.ReadAt(data, 0); err != nil && e.Size > 0 && len(data) == 0 {
		w.t.Fatal(err)
	}
	return data
}

// offers returns "NAME VERSION" of all that the published General lists, sorted.
func (w *world) offers() []string {
	w.t.Helper()
	return offersOf(w.t, w.listed(pkgserver.RegistriesPath, registry.General))
}

func offersOf(t *testing.T, r *registry.Registry) []string {
	t.Helper()
	offers := []string{}
	for _, p := range r.Packages() {
		releases, err := p.Releases()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range releases {
			offers = append(offers, p.Name+" "+v.Version.String())
		}
	}
	slices.Sort(offers)
	return offers
}

func (w *world) release(name, number string) juliatest.Release {
	w.t.Helper()
	r, ok := w.Release(name, number)
	if !ok {
		w.t.Fatalf("no release %s %s", name, number)
	}
	return r
}

func (w *world) file(name, content string) string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// head returns the first two bytes of a published file.
func (w *world) head(path string) (head string) {
	w.t.Helper()
	w.root.Current(func(view layout.View) { head = string(w.read(view, path)[:2]) })
	return head
}

func newRoot(t *testing.T) *ecosystemtest.Root { return ecosystemtest.NewRoot(t, julia.Ecosystem()) }
