package ecosystemtest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch/stream"
)

// StalledPull is a mirror that has been synced, and what [StalledPull.Check] asks it for.
type StalledPull struct {
	Root   *Root
	Driver ecosystems.Driver

	Upstream  http.Handler                                        // asks what Intercept was given before it answers
	Intercept func(func(http.ResponseWriter, *http.Request) bool) // which answers itself where it returns true

	Path  string // that the mirror lacks and upstream has, of more than twice [stream.HeldBack] bytes
	From  string // the URL's path of it at Upstream
	Other string // another path that the mirror lacks and upstream has
	Here  string // a path that the mirror has
}

// StalledPulls checks that an upstream that stalls harms nobody but those who want the file that it stalls at, in each
// way that it can: for these the answer is 504, or is cut off if some of it has been sent; the time of that is what
// the section [fetch] says. Other files come meanwhile, from the mirror and from upstream. Nothing of it
// is kept, and when upstream has recovered the file comes. The function makes a world for each of the ways.
func StalledPulls(t *testing.T, world func(*testing.T) StalledPull) {
	for name, way := range map[string]struct {
		sent  int  // bytes of the body that upstream sends; -1: not even the head
		leave bool // the client leaves in the middle
	}{
		"no answer":                {sent: -1},
		"no body":                  {sent: 0},
		"less than is held back":   {sent: stream.HeldBack / 2},
		"half of it":               {sent: stream.HeldBack * 3 / 2},
		"half of it to who leaves": {sent: stream.HeldBack * 3 / 2, leave: true},
	} {
		t.Run(name, func(t *testing.T) { world(t).check(t, way.sent, way.leave) })
	}
}

// patience is long for a fake upstream on a busy machine, and short for a test.
const patience = time.Second

func (p StalledPull) check(t *testing.T, sent int, leave bool) {
	p.Root.Config.Fetch.AnswerTimeout, p.Root.Config.Fetch.StallTimeout = patience, patience
	good := p.good(t)
	if len(good) <= 2*stream.HeldBack {
		t.Fatalf("%s has %d bytes, which is not enough to be sent in parts", p.Path, len(good))
	}
	stalled := make(chan bool, 1)
	p.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if !p.is(r) {
			return false
		}
		if sent >= 0 {
			w.Header().Set("Content-Length", strconv.Itoa(len(good)))
			w.Header().Set("ETag", `"1"`) // what has come could be kept and continued
			w.WriteHeader(http.StatusOK)
			_, _ = io.WriteString(w, good[:sent])
			_ = http.NewResponseController(w).Flush()
		}
		select {
		case stalled <- true:
		default: // another attempt
		}
		<-r.Context().Done()
		return true
	})
	s := p.Root.Serve(p.Driver, true)
	begun := sent > stream.HeldBack
	answered := make(chan func(), 1)
	go func() { answered <- p.ask(t, s, len(good), begun, leave) }()
	select {
	case <-stalled:
	case judge := <-answered:
		judge()
		t.Fatal("upstream was not asked")
	}
	for _, path := range []string{p.Here, p.Other} {
		if status, body := s.Get(path); status != http.StatusOK {
			t.Errorf("meanwhile, %s: %d %.200q", path, status, body)
		}
	}
	(<-answered)()
	p.wantFailed(t, s)
	p.Intercept(nil)
	p.Root.Pass(time.Hour)
	if status, body := s.Get(p.Path); status != http.StatusOK || body != good {
		t.Errorf("when upstream is back: %d, %d bytes of %d", status, len(body), len(good))
	}
	s.End()
	p.wantNoRests(t)
}

// is reports whether a request to upstream is for the file.
func (p StalledPull) is(r *http.Request) bool {
	return strings.TrimPrefix(r.URL.Path, "/") == strings.TrimPrefix(p.From, "/")
}

// good returns the file as another mirror of the same upstream, say, would have it.
func (p StalledPull) good(t *testing.T) string {
	t.Helper()
	w := httptest.NewRecorder()
	p.Upstream.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/"+strings.TrimPrefix(p.From, "/"), nil))
	if w.Code != http.StatusOK {
		t.Fatalf("upstream has no %s: %d", p.From, w.Code)
	}
	return w.Body.String()
}

// ask is the client that wants the file. What it returns judges the answer.
func (p StalledPull) ask(t *testing.T, s *Server, size int, begun, leave bool) func() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/"+p.Path, nil)
	if err != nil {
		return func() { t.Error(err) }
	}
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		return func() { t.Errorf("the client: %v", err) }
	}
	defer resp.Body.Close()
	if leave {
		n, err := io.ReadFull(resp.Body, make([]byte, 1000))
		return func() {
			if err != nil {
				t.Errorf("%d bytes came, then %v", n, err)
			}
		}
	}
	body, err := io.ReadAll(resp.Body)
	return func() {
		switch {
		case begun && (resp.StatusCode != http.StatusOK || err == nil || len(body) >= size):
			t.Errorf("%d, %d bytes of %d, %v: want an answer that is cut off", resp.StatusCode, len(body), size, err)
		case !begun && (resp.StatusCode != http.StatusGatewayTimeout || resp.Header.Get("Retry-After") == "" || err != nil ||
			!strings.Contains(string(body), "takes too long")):
			t.Errorf("%d %v %.300q, %v: want 504", resp.StatusCode, resp.Header, body, err)
		}
	}
}

// wantFailed checks that the next client is told why it cannot have the file, or is cut off like
// the first if the fetch is still under way.
func (p StalledPull) wantFailed(t *testing.T, s *Server) {
	t.Helper()
	for range 2 { // the second time it has failed
		status, body := s.Get(p.Path)
		if status == 0 {
			continue
		}
		if status != http.StatusGatewayTimeout || !strings.Contains(body, "takes too long") {
			t.Errorf("the next client: %d %.300q, want 504", status, body)
		}
	}
	name := filepath.Join(p.Root.Dir, "state", "pulled", p.Root.Ecosystem.Name+".jsonl")
	if data, err := os.ReadFile(name); err != nil || strings.Contains(string(data), p.Path) {
		t.Errorf("what failed is remembered as pulled: %v\n%s", err, data)
	}
}

// wantNoRests looks for what is half there.
func (p StalledPull) wantNoRests(t *testing.T) {
	t.Helper()
	rests, err := os.ReadDir(filepath.Join(p.Root.Dir, "store", "tmp"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for _, e := range rests {
		t.Errorf("store/tmp/%s is left", e.Name())
	}
}

// Noise returns so many bytes that cannot be compressed, always the same.
func Noise(n int) string {
	data := make([]byte, n)
	source := rand.NewChaCha8([32]byte{})
	_, _ = source.Read(data)
	return string(data)
}
