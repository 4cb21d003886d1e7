package mirror_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// lender is a toy whose server lends files at more/SHA256, and lists them once they were asked for.
type lender struct {
	served
	url string
}

func (d *lender) Puller(ecosystems.PullInput) ecosystems.PullFunc {
	return func(path string) (ecosystems.Pull, bool) {
		sum, ok := strings.CutPrefix(path, "more/")
		if !ok {
			return ecosystems.Pull{}, false
		}
		return ecosystems.Pull{ContentType: "text/x-toy", Get: func(ctx context.Context, w ecosystems.Workshop, f fetch.Follower) (fetch.Object, error) {
			return w.Fetch(ctx, fetch.Request{
				URL: d.url + "/" + path, Want: []digest.Digest{{Algorithm: digest.SHA256, Hex: sum}}, MaxSize: 8 << 20, Follow: f,
			})
		}}, true
	}
}

// pullWorld is a mirror that pulls from a server which a test scripts.
type pullWorld struct {
	*world
	answer atomic.Pointer[http.HandlerFunc]
	count  atomic.Int64 // requests
	lender *lender
	now    atomic.Int64 // seconds
}

func newPullWorld(t *testing.T) *pullWorld {
	w := &pullWorld{world: newWorld(t, map[string]string{"a": "alpha"})}
	w.mustSync()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.count.Add(1)
		(*w.answer.Load())(rw, r)
	}))
	t.Cleanup(server.Close)
	w.lender = &lender{served{w.driver}, server.URL}
	w.now.Store(time.Now().Unix())
	w.cfg.Now = func() time.Time { return time.Unix(w.now.Load(), 0) }
	w.says(http.NotFound)
	return w
}

func (w *pullWorld) says(f http.HandlerFunc) { w.answer.Store(&f) }

// lends makes upstream give one file under every path, and returns its path.
func (w *pullWorld) lends(body string) string {
	w.says(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = io.WriteString(rw, body)
	})
	return "/toy/more/" + sum(body)
}

// start serves the mirror until the returned function is called, or the end of the test.
func (w *pullWorld) start() (url string, end func()) {
	w.t.Helper()
	m, err := mirror.Create(w.dir, w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	pulls, err := m.PullThrough(context.Background(), map[string]ecosystems.Driver{"toy": w.lender})
	if err != nil {
		w.t.Fatal(err)
	}
	server := httptest.NewServer(pulls.Handler())
	end = sync.OnceFunc(func() {
		server.Close()
		if err := errors.Join(pulls.Close(), m.Close()); err != nil {
			w.t.Error(err)
		}
	})
	w.t.Cleanup(end)
	return server.URL, end
}

// ask returns an answer and whether all of it came.
func ask(t *testing.T, method, url string, headers ...string) (resp *http.Response, body string, whole bool) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err = http.DefaultClient.Do(req)
	if err != nil {
		return nil, "", false
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp, string(data), err == nil
}

func want(t *testing.T, url string, status int, text string) {
	t.Helper()
	resp, body, whole := ask(t, http.MethodGet, url)
	if !whole || resp.StatusCode != status || !strings.Contains(body, text) {
		t.Errorf("GET %s: %v, %.200q, whole: %v; want %d and %.80q", url, resp, body, whole, status, text)
	}
}

// noise is a body that is larger than what is held back.
func noise(n int) string {
	data := make([]byte, n)
	r := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return string(data)
}

// saysInHalves lets upstream send a body, half of it at once, which closes half, and the rest when on is closed.
func (w *pullWorld) saysInHalves() (body string, half <-chan bool, on chan<- bool) {
	body = noise(1 << 20)
	sent, more := make(chan bool), make(chan bool)
	w.says(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = io.WriteString(rw, body[:len(body)/2])
		rw.(http.Flusher).Flush()
		close(sent)
		<-more
		_, _ = io.WriteString(rw, body[len(body)/2:])
	})
	return body, sent, more
}

func TestPullOnceForMany(t *testing.T) {
	w := newPullWorld(t)
	body, half, on := w.saysInHalves()
	path := "/toy/more/" + sum(body)
	url, end := w.start()
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			if resp, got, whole := ask(t, http.MethodGet, url+path); !whole || got != body || resp.Header.Get("Content-Type") != "text/x-toy" {
				t.Errorf("%v: %d bytes, whole: %v", resp, len(got), whole)
			}
		})
	}
	<-half
	// It is streamed: somebody has bytes of it while upstream still waits.
	resp, err := http.Get(url + path) //nolint:noctx // in a test
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.ReadFull(resp.Body, make([]byte, 100<<10)); err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	resp.Body.Close()
	close(on)
	clients.Wait()
	if n := w.count.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
	// Ranges, HEAD and conditions are those of any file of the mirror.
	resp, got, _ := ask(t, http.MethodGet, url+path, "Range", "bytes=5-9")
	if resp.StatusCode != http.StatusPartialContent || got != body[5:10] {
		t.Errorf("range: %d %q", resp.StatusCode, got)
	}
	if resp, _, _ = ask(t, http.MethodHead, url+path); resp.ContentLength != int64(len(body)) {
		t.Errorf("HEAD: %d", resp.ContentLength)
	}
	if resp, _, _ = ask(t, http.MethodGet, url+path, "If-None-Match", `"`+sum(body)+`"`); resp.StatusCode != http.StatusNotModified {
		t.Errorf("condition: %d", resp.StatusCode)
	}
	end()
	w.says(http.NotFound)
	url, _ = w.start()
	want(t, url+path, http.StatusOK, body)
	if n := w.count.Load(); n != 1 {
		t.Errorf("after a restart: %d requests", n)
	}
}

func TestPullNeverFromKeptSnapshots(t *testing.T) {
	w := newPullWorld(t)
	path := strings.TrimPrefix(w.lends("beta"), "/toy")
	url, _ := w.start()
	id := w.mustSync().Snapshot
	want(t, url+"/toy/@"+id+path, http.StatusNotFound, "")
	if resp, _, _ := ask(t, http.MethodPost, url+"/toy"+path); resp.StatusCode == http.StatusOK {
		t.Error("POST was answered")
	}
	if n := w.count.Load(); n != 0 {
		t.Errorf("%d requests", n)
	}
	want(t, url+"/toy"+path, http.StatusOK, "beta")
	want(t, url+"/toy/@"+id+path, http.StatusNotFound, "")
}

func TestPullFromHostileUpstreams(t *testing.T) {
	body := noise(1 << 20)
	wrong := body[:len(body)-1] + string(body[len(body)-1]^1)
	send := func(rw http.ResponseWriter, text string) { _, _ = io.WriteString(rw, text) }
	elsewhere := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { send(rw, wrong) }))
	t.Cleanup(elsewhere.Close)
	for name, answer := range map[string]http.HandlerFunc{
		"wrong bytes": func(rw http.ResponseWriter, _ *http.Request) { send(rw, wrong) },
		"too short": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Length", fmt.Sprint(len(body)))
			send(rw, body[:len(body)/2])
		},
		"endless": func(rw http.ResponseWriter, r *http.Request) {
			for chunk := noise(64 << 10); r.Context().Err() == nil; {
				send(rw, chunk)
			}
		},
		"broken":   func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, "no", http.StatusInternalServerError) },
		"circle":   func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, r.URL.Path, http.StatusFound) },
		"redirect": func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, elsewhere.URL, http.StatusFound) },
		"to a file": func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Location", "file:///etc/passwd")
			rw.WriteHeader(http.StatusFound)
		},
		"a page": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/html")
			send(rw, "<html>log in</html>")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newPullWorld(t)
			w.says(answer)
			url, end := w.start()
			path := "/toy/more/" + sum(body)
			resp, got, whole := ask(t, http.MethodGet, url+path)
			switch {
			case resp == nil || !whole: // cut off
				if len(got) >= len(body) && name != "endless" { // which ends at the limit of such a file
					t.Errorf("%d bytes were sent", len(got))
				}
			case resp.StatusCode != http.StatusBadGateway || resp.Header.Get("Retry-After") == "" || strings.Count(got, "\n") != 1:
				t.Errorf("%v %.200q", resp, got)
			}
			// It is not asked for again at once, and is when some time has passed.
			asked := w.count.Load()
			want(t, url+path, http.StatusBadGateway, "upstream does not give it")
			if n := w.count.Load(); n != asked {
				t.Errorf("asked again: %d requests instead of %d", n, asked)
			}
			w.lends(body)
			w.now.Add(3600)
			want(t, url+path, http.StatusOK, body)
			end()
			w.noRests()
		})
	}
}

// noRests looks for what is half there.
func (w *pullWorld) noRests() {
	w.t.Helper()
	entries, err := os.ReadDir(filepath.Join(w.dir, "store", "tmp"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		w.t.Error(err)
	}
	for _, e := range entries {
		w.t.Errorf("store/tmp/%s is left", e.Name())
	}
}

func TestPullWithoutRoom(t *testing.T) {
	w := newPullWorld(t)
	w.cfg.Fetch.Budget = "64KiB"
	body := noise(200 << 10)
	url, end := w.start()
	want(t, url+w.lends("small"), http.StatusOK, "small")
	path := w.lends(body)
	if resp, got, whole := ask(t, http.MethodGet, url+path); whole && resp.StatusCode == http.StatusOK || len(got) == len(body) {
		t.Errorf("%v: %d bytes", resp, len(got))
	}
	want(t, url+path, http.StatusInsufficientStorage, "no room")
	end()
	w.cfg.Fetch.Budget = "1MiB"
	url, _ = w.start()
	want(t, url+path, http.StatusOK, body)
}

// A sync that begins while something is pulled does not take it away, and takes it up when it has come.
func TestPullBesideASync(t *testing.T) {
	w := newPullWorld(t)
	body := noise(1 << 20)
	half, on := make(chan bool), make(chan bool)
	w.says(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(rw, body[:len(body)/2])
		rw.(http.Flusher).Flush()
		close(half)
		<-on
		_, _ = io.WriteString(rw, body[len(body)/2:])
	})
	url, _ := w.start()
	path := "more/" + sum(body)
	done := make(chan bool)
	go func() {
		defer close(done)
		want(t, url+"/toy/"+path, http.StatusOK, body)
	}()
	<-half
	w.set("b", "beta")
	w.mustSync()
	close(on)
	<-done
	var pulled []layout.Entry
	w.driver.revise = func(_ context.Context, in ecosystems.Input, _ func(ecosystems.Item, error) bool) { pulled = in.Pulled }
	w.set("c", "gamma")
	w.mustSync()
	if len(pulled) != 1 || pulled[0].Path != path || pulled[0].Object.String() != sum(body) || pulled[0].Size != int64(len(body)) {
		t.Errorf("the sync was told of %+v", pulled)
	}
	if o, ok := (ecosystems.Input{Pulled: pulled}).PulledObject(path); !ok || o.ID != pulled[0].Object {
		t.Errorf("%v %v", o, ok)
	}
	if _, ok := (ecosystems.Input{Pulled: pulled}).PulledObject("more"); ok {
		t.Error("something else was pulled too")
	}
}

// rot changes an object of the store.
func (w *pullWorld) rot(sum string) {
	w.t.Helper()
	name := filepath.Join(w.dir, "store", "sha256", sum[:2], sum)
	data, err := os.ReadFile(name)
	if err == nil {
		err = os.Remove(name)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	data[0] ^= 1
	if err := os.WriteFile(name, data, 0o444); err != nil {
		w.t.Fatal(err)
	}
}

func (w *pullWorld) quarantine() (names []string) {
	entries, _ := os.ReadDir(filepath.Join(w.dir, "state", "quarantine"))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestRottenObjectsArePulledAnew(t *testing.T) {
	w := newPullWorld(t)
	for _, body := range []string{"small", noise(2 << 20)} {
		path := w.lends(body)
		url, end := w.start()
		want(t, url+path, http.StatusOK, body)
		end()
		w.rot(sum(body))
		url, end = w.start()
		if _, got, whole := ask(t, http.MethodGet, url+path); whole && len(got) == len(body) {
			t.Error("a rotten object was sent whole")
		}
		want(t, url+path, http.StatusOK, body)
		end()
	}
	if q := w.quarantine(); len(q) != 2 {
		t.Errorf("in the quarantine: %q", q)
	}
	if n := w.count.Load(); n != 4 {
		t.Errorf("%d requests", n)
	}
}

func TestRottenObjectsGoToTheQuarantine(t *testing.T) {
	w := newPullWorld(t)
	m := w.mirror()
	site := m.Handler(map[string]ecosystems.Driver{"toy": w.lender})
	w.rot(sum("alpha"))
	get := func() int {
		r := httptest.NewRecorder()
		site.ServeHTTP(r, httptest.NewRequest(http.MethodGet, "/toy/a", nil))
		if bytes.Contains(r.Body.Bytes(), []byte("lpha")) {
			t.Error("it was sent")
		}
		return r.Code
	}
	// Somebody is changing the mirror: it stays where it is.
	unlock, err := m.Lock()
	if err != nil {
		t.Fatal(err)
	}
	if code := get(); code != http.StatusInternalServerError || len(w.quarantine()) != 0 {
		t.Errorf("locked: %d, %q", code, w.quarantine())
	}
	unlock()
	if code := get(); code != http.StatusInternalServerError {
		t.Errorf("%d", code)
	}
	if q := w.quarantine(); len(q) != 1 || !strings.HasSuffix(q[0], sum("alpha")) {
		t.Errorf("in the quarantine: %q", q)
	}
	id, err := store.ParseID(sum("alpha"))
	if err != nil {
		t.Fatal(err)
	}
	if _, here := m.Objects().Has(id); here {
		t.Error("it is still in the store")
	}
	got := map[string]int64{}
	for _, c := range site.Counts() {
		got[c.Name] = c.Value
	}
	if got["offmirror_damaged_objects_total"] != 1 || got["offmirror_quarantined_objects_total"] != 1 {
		t.Errorf("%v", got)
	}
}

// As long as somebody is changing the mirror the log is told so now and then, however many ask.
func TestRottenObjectsThatStayAreNotLoggedForEachRequest(t *testing.T) {
	w := newPullWorld(t)
	var log bytes.Buffer
	w.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
	m := w.mirror()
	site := m.Handler(map[string]ecosystems.Driver{"toy": w.lender})
	w.rot(sum("alpha"))
	unlock, err := m.Lock()
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	for minute := 1; minute <= 2; minute++ {
		for range 20 {
			site.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/toy/a", nil))
		}
		if n := strings.Count(log.String(), "stays where it is"); n != minute {
			t.Errorf("minute %d: told %d times:\n%s", minute, n, &log)
		}
		w.now.Add(60)
	}
}

// Without pulling, nobody is asked: not even the folders of an engine are made.
func TestWithoutPullingNobodyIsAsked(t *testing.T) {
	w := newPullWorld(t)
	path := w.lends("beta")
	was := http.DefaultTransport
	t.Cleanup(func() { http.DefaultTransport = was })
	http.DefaultTransport = refusing{t}
	site := w.mirror().Handler(map[string]ecosystems.Driver{"toy": w.lender})
	for _, p := range []string{path, "/toy/a", "/toy/nothing", "/", "/toy/"} {
		site.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, p, nil))
	}
	if n := w.count.Load(); n != 0 {
		t.Errorf("%d requests", n)
	}
	for _, folder := range []string{"pull", "pulled"} {
		if _, err := os.Stat(filepath.Join(w.dir, "state", folder)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("state/%s: %v", folder, err)
		}
	}
}

type refusing struct{ t *testing.T }

func (r refusing) RoundTrip(q *http.Request) (*http.Response, error) {
	r.t.Errorf("a request for %s", q.URL)
	return nil, errors.New("refused")
}

// Somebody who guesses names has upstream asked so often and no more.
func TestPullForGuesses(t *testing.T) {
	w := newPullWorld(t)
	url, _ := w.start()
	last := 0
	for i := range 700 {
		resp, _, _ := ask(t, http.MethodGet, url+"/toy/more/"+sum(fmt.Sprint(i)))
		last = resp.StatusCode
	}
	if n := w.count.Load(); n != 600 || last != http.StatusServiceUnavailable {
		t.Errorf("%d requests, then %d", n, last)
	}
	w.now.Add(60)
	want(t, url+w.lends("beta"), http.StatusOK, "beta")
}

// What is wrong with a root or its configuration is said, and nothing is left open.
func TestPullThroughThatCannotBegin(t *testing.T) {
	w := newPullWorld(t)
	for name, change := range map[string]func(*mirror.Config){
		"a budget that is none": func(c *mirror.Config) { c.Fetch.Budget = "lots" },
		"a file in the way": func(*mirror.Config) {
			if err := os.WriteFile(filepath.Join(w.dir, "state/pull"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		cfg := mirror.Config{}
		change(&cfg)
		m, err := mirror.Open(w.dir, cfg)
		if err != nil {
			t.Fatal(err)
		}
		pulls, err := m.PullThrough(t.Context(), map[string]ecosystems.Driver{"toy": w.lender})
		if err == nil || pulls != nil {
			t.Errorf("%s: %v, %v", name, pulls, err)
		}
		if err := m.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
