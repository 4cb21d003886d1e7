package page_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/all"
	"github.com/offmirror/offmirror/ecosystems/hexpm"
	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
	"github.com/offmirror/offmirror/ecosystems/julia"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/justmr"
	"github.com/offmirror/offmirror/ecosystems/justmr/justmrtest"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/ecosystems/page"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// world is a mirror with what its pages are to show.
type world struct {
	t       *testing.T
	mirror  *mirror.Mirror
	drivers map[string]ecosystems.Driver
	site    *serve.Site
	pages   *page.Page
	now     time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, drivers: map[string]ecosystems.Driver{}, now: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
	cfg := mirror.Config{Fetch: fetch.DefaultConfig(), Now: func() time.Time { return w.now }}
	cfg.Fetch.Retries, cfg.Fetch.Backoff = 0, time.Millisecond
	m, err := mirror.Create(t.TempDir(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	w.mirror = m
	w.serve()
	return w
}

// serve begins anew, as a restarted server does.
func (w *world) serve() {
	w.site = w.mirror.Handler(w.drivers)
	w.pages = page.New(w.mirror, w.site, w.drivers)
	w.site.WithPages(w.pages)
}

func (w *world) sync(name string, options any, driver ecosystems.Driver) {
	w.t.Helper()
	for _, eco := range all.Ecosystems() {
		if eco.Name == name {
			w.drivers[name] = driver
			if _, err := w.mirror.Sync(w.t.Context(), mirror.Job{Ecosystem: eco, Driver: driver, Options: options, Selection: ecosystems.Selection{AllowPartial: true}}); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	w.now = w.now.Add(24 * time.Hour)
}

// hex syncs from an upstream.
func (w *world) hex(up *hexpmtest.Upstream) {
	w.t.Helper()
	server := httptest.NewServer(up)
	defer server.Close()
	key := filepath.Join(w.t.TempDir(), "key.pem")
	if err := os.WriteFile(key, up.PublicKey().PEM(), 0o600); err != nil {
		w.t.Fatal(err)
	}
	o := hexpm.Ecosystem().Options().(*hexpm.Options)
	o.Upstream, o.PublicKey, o.Installs = server.URL, key, "none"
	d, err := hexpm.New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.sync("hex", o, d)
}

func (w *world) julia(publish func(*juliatest.Upstream)) {
	w.t.Helper()
	var up *juliatest.Upstream
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { up.ServeHTTP(rw, r) }))
	defer server.Close()
	up = juliatest.New(juliatest.WithBaseURL(server.URL))
	publish(up)
	o := julia.Ecosystem().Options().(*julia.Options)
	o.Upstream = server.URL
	d, err := julia.New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.sync("julia", o, d)
}

// justmr syncs an archive that is called by a name.
func (w *world) justmr(name string) {
	w.t.Helper()
	archive := justmrtest.TarGz(justmrtest.File{Name: "zlib/LICENSE", Text: "free"})
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write(archive) }))
	defer server.Close()
	config := filepath.Join(w.t.TempDir(), "repos.json")
	text := `{"repositories": {"zlib": {"repository": {"type": "archive", "content": "` + justmrtest.Content(archive) + `", "fetch": "` + server.URL + "/" + name + `"}}}}`
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	o := justmr.Ecosystem().Options().(*justmr.Options)
	o.Configs = []string{config}
	d, err := justmr.New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.sync("justmr", o, d)
}

// plain publishes files in an ecosystem whose driver knows nothing of people.
func (w *world) plain(name string, header layout.Header, files map[string]string) *layout.Snapshot {
	w.t.Helper()
	w.drivers[name] = plainDriver{}
	history, err := w.mirror.History(name)
	if err != nil {
		w.t.Fatal(err)
	}
	var entries []layout.Entry
	for path, content := range files {
		id, err := w.mirror.Objects().Put(w.t.Context(), []byte(content))
		if err != nil {
			w.t.Fatal(err)
		}
		entries = append(entries, layout.Entry{Path: path, Object: id, Size: int64(len(content))})
	}
	header.Time = w.now
	s, err := history.Write(context.Background(), header, func(yield func(layout.Entry) bool) {
		for _, e := range entries {
			if !yield(e) {
				return
			}
		}
	})
	if err == nil {
		err = history.Publish(context.Background(), s)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.now = w.now.Add(24 * time.Hour)
	return s
}

type plainDriver struct{ ecosystems.Driver }

func (plainDriver) Serve(view layout.View) http.Handler {
	return serve.Static(view, serve.AlwaysRevalidate)
}

func (plainDriver) Clients(baseURL string) []ecosystems.ClientSetup {
	return []ecosystems.ClientSetup{{Client: "curl", Steps: []ecosystems.Step{{Text: "Look", Code: "curl -f " + baseURL + "/names"}, {Text: "That is all"}}}}
}

// get asks for something, with changes of the request.
func (w *world) get(target string, change ...func(*http.Request)) *http.Response {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	for _, f := range change {
		f(r)
	}
	rw := httptest.NewRecorder()
	w.site.ServeHTTP(rw, r)
	return rw.Result()
}

func body(t testing.TB, resp *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// page returns a page that has to be there.
func (w *world) page(target string) string {
	w.t.Helper()
	resp := w.get(target)
	text := body(w.t, resp)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		w.t.Fatalf("%s: %d %s\n%s", target, resp.StatusCode, resp.Header.Get("Content-Type"), text)
	}
	return text
}

func (w *world) shows(target string, wants ...string) {
	w.t.Helper()
	text := w.page(target)
	for _, want := range wants {
		if !strings.Contains(text, want) {
			w.t.Errorf("%s does not show %q", target, want)
		}
	}
}

func sampleHex() *hexpmtest.Upstream {
	up := hexpmtest.New()
	up.Publish("mime", "2.0.0")
	up.Publish("plug", "1.14.0", hexpmtest.Dep("mime", "~> 2.0"))
	up.Publish("plug", "1.15.0", hexpmtest.Dep("mime", "~> 2.0"))
	up.Publish("plug_cowboy", "2.6.0", hexpmtest.Dep("plug", "~> 1.0"))
	return up
}

func (w *world) askHost(h http.Handler, host, target string) *http.Response {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Host = host
	rw := httptest.NewRecorder()
	h.ServeHTTP(rw, r)
	return rw.Result()
}

func withOpen(r *http.Request, names ...string) *http.Request {
	return serve.WithOpen(r, func(name string) bool { return slices.Contains(names, name) })
}

func (w *world) current(name string) string {
	w.t.Helper()
	history, err := w.mirror.History(name)
	if err != nil {
		w.t.Fatal(err)
	}
	id, err := history.CurrentID()
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// json decodes an answer of the API.
func (w *world) json(target string, v any) {
	w.t.Helper()
	resp := w.get(target)
	text := body(w.t, resp)
	if err := json.Unmarshal([]byte(text), v); err != nil || resp.StatusCode != http.StatusOK {
		w.t.Fatalf("%s: %d %v\n%s", target, resp.StatusCode, err, text)
	}
}

// link publishes a snapshot that has nothing but a symbolic link.
func (w *world) link(name, path, target string) {
	w.t.Helper()
	history, err := w.mirror.History(name)
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := history.Write(w.t.Context(), layout.Header{Time: w.now}, slices.Values([]layout.Entry{{Path: path, Link: target}}))
	if err == nil {
		err = history.Publish(w.t.Context(), s)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}
