package mirror_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/layout"
)

// toy is the smallest ecosystem: an index of lines "SHA256 PATH", and the files.
type toy struct {
	url    string
	revise func(context.Context, ecosystems.Input, func(ecosystems.Item, error) bool) // after the content
	expect ecosystems.Expectation
	extra  []ecosystems.Item
	proof  func(path string) error
	needs  string // a path that the proof misses

	sampled func(path string) // told of each file that a proof is to read

	stubborn bool // says that nothing has changed even if asked deeply
}

type toyState struct{ Index string }

func (d *toy) Plan(ctx context.Context, in ecosystems.Input) iter.Seq2[ecosystems.Item, error] {
	return func(yield func(ecosystems.Item, error) bool) {
		index, err := in.Upstream.Document(ctx, fetch.Request{URL: d.url + "/index", MaxSize: 1 << 20})
		if err != nil {
			yield(ecosystems.Item{}, err)
			return
		}
		var state toyState
		deep := in.Selection.Deep && !d.stubborn
		if found, _ := in.State.Load(&state); found && !deep && in.Previous != nil && state.Index == index.ID.String() {
			yield(ecosystems.Item{}, ecosystems.ErrUnchanged)
			return
		}
		if err := in.Expect(d.expect); err != nil {
			yield(ecosystems.Item{}, err)
			return
		}
		for line := range strings.Lines(string(index.Data)) {
			sum, path, _ := strings.Cut(strings.TrimSpace(line), " ")
			it := ecosystems.Item{
				Path: path, Name: "file " + path, Reason: "the index names it",
				Source: ecosystems.Download{Request: fetch.Request{
					URL: d.url + "/" + path, Want: []digest.Digest{{Algorithm: digest.SHA256, Hex: sum}},
				}},
			}
			if !yield(it, nil) {
				return
			}
		}
		if d.revise != nil {
			d.revise(ctx, in, yield)
		}
		for _, it := range d.extra {
			if !yield(it, nil) {
				return
			}
		}
		if err := in.State.Save(toyState{Index: index.ID.String()}); err != nil {
			yield(ecosystems.Item{}, err)
			return
		}
		yield(ecosystems.Item{Path: "index", Stage: layout.Index, Name: "index", Source: ecosystems.Have{Object: index.Object}}, nil)
	}
}

func (d *toy) Serve(layout.View) http.Handler          { return http.NotFoundHandler() }
func (d *toy) Clients(string) []ecosystems.ClientSetup { return nil }
func (d *toy) Prove(_ context.Context, view layout.View) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if _, ok := view.Lookup(d.needs); d.needs != "" && !ok && !yield(d.needs, errors.New("missing")) {
			return
		}
		for e := range view.All("") {
			if d.sampled != nil && ecosystems.InSample(view, e) {
				d.sampled(e.Path)
			}
		}
		if d.proof == nil {
			return
		}
		for e := range view.All("") {
			if err := d.proof(e.Path); err != nil && !yield(e.Path, err) {
				return
			}
		}
	}
}

// world is a toy upstream, a mirror root, and what was asked of the upstream.
type world struct {
	t      *testing.T
	dir    string
	driver *toy
	cfg    mirror.Config

	mu     sync.Mutex
	files  map[string]string
	hidden map[string]string // served and not in the index
	asked  map[string]int
}

func newWorld(t *testing.T, files map[string]string) *world {
	w := &world{t: t, dir: t.TempDir(), files: files, asked: map[string]int{}}
	server := httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(server.Close)
	w.driver = &toy{url: server.URL}
	w.cfg = mirror.Config{Fetch: fetch.DefaultConfig()}
	w.cfg.Fetch.Retries, w.cfg.Fetch.Backoff = 1, time.Millisecond
	return w
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	path := strings.TrimPrefix(r.URL.Path, "/")
	body, ok := w.files[path]
	if !ok {
		body, ok = w.hidden[path]
	}
	if path == "index" {
		body, ok = w.index(), true
	}
	if r.Method == http.MethodGet {
		w.asked[path]++
	}
	w.mu.Unlock()
	if !ok {
		http.NotFound(rw, r)
		return
	}
	etag := fmt.Sprintf("%q", sum(body)[:16])
	rw.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		rw.WriteHeader(http.StatusNotModified)
		return
	}
	rw.Header().Set("Content-Length", fmt.Sprint(len(body)))
	fmt.Fprint(rw, body)
}

// index lists all files; a body that begins with "!" is served but listed with another sum.
func (w *world) index() string {
	var b strings.Builder
	for path, body := range w.files {
		fmt.Fprintf(&b, "%s %s\n", sum(strings.TrimPrefix(body, "!")), path)
	}
	lines := strings.SplitAfter(b.String(), "\n")
	return strings.Join(sorted(lines), "")
}

func (w *world) set(path, body string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.files[path] = body; body == "" {
		delete(w.files, path)
	}
}

// requests returns what was asked since the last call.
func (w *world) requests() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := w.asked
	w.asked = map[string]int{}
	return asked
}

func (w *world) mirror() *mirror.Mirror {
	m, err := mirror.Create(w.dir, w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { m.Close() })
	return m
}

func (w *world) job(sel ecosystems.Selection) mirror.Job {
	return mirror.Job{
		Ecosystem: ecosystems.Ecosystem{Name: "toy"}, Driver: w.driver, Selection: sel,
		Options: map[string]any{"upstream": "https://user:hunter2@example.test/x"},
	}
}

func (w *world) sync(sel ecosystems.Selection) (mirror.Report, error) {
	return w.mirror().Sync(w.t.Context(), w.job(sel))
}

func (w *world) mustSync() mirror.Report {
	w.t.Helper()
	r, err := w.sync(ecosystems.Selection{})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

func download(url string) ecosystems.Download {
	return ecosystems.Download{Request: fetch.Request{URL: url}}
}
