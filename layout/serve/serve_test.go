package serve

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// mirror is a root to be served.
type mirror struct {
	t     testing.TB
	root  *os.Root
	store *store.Store
}

func newMirror(t testing.TB) *mirror {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close(); root.Close() })
	return &mirror{t, root, st}
}

// files maps paths to content, or to "-> " and the target of a symbolic link.
type files map[string]string

func (m *mirror) history(ecosystem string) *layout.History {
	m.t.Helper()
	h, err := layout.OpenHistory(m.root, m.store, ecosystem)
	if err != nil {
		m.t.Fatal(err)
	}
	return h
}

var taken = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func (m *mirror) write(ecosystem string, f files) *layout.Snapshot {
	m.t.Helper()
	s, err := m.history(ecosystem).Write(context.Background(), layout.Header{Time: taken}, func(yield func(layout.Entry) bool) {
		for p, content := range f {
			if target, ok := strings.CutPrefix(content, "-> "); ok {
				if !yield(layout.Entry{Path: p, Link: target}) {
					return
				}
				continue
			}
			id, err := m.store.Put(context.Background(), []byte(content))
			if err != nil {
				m.t.Fatal(err)
			}
			if !yield(layout.Entry{Path: p, Object: id, Size: int64(len(content))}) {
				return
			}
		}
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

func (m *mirror) publish(ecosystem string, f files) *layout.Snapshot {
	m.t.Helper()
	s := m.write(ecosystem, f)
	m.rollback(s)
	return s
}

func (m *mirror) rollback(s *layout.Snapshot) {
	m.t.Helper()
	if err := m.history(s.Ecosystem).Publish(context.Background(), s); err != nil {
		m.t.Fatal(err)
	}
}

func (m *mirror) site() *Site {
	return NewSite(m.root, m.store, func(ecosystem string, view layout.View) http.Handler {
		return Static(view, func(path string) Class {
			if strings.HasPrefix(path, "tarballs/") {
				return Immutable
			}
			return Revalidate
		})
	})
}

// ask sends a request to a handler. Headers come as "Name: value".
func ask(t testing.TB, h http.Handler, method, target string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ":")
		r.Header.Add(name, strings.TrimPrefix(value, " "))
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t testing.TB, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// expect checks status and body and returns the headers.
func expect(t testing.TB, resp *http.Response, status int, want string) http.Header {
	t.Helper()
	if got := body(t, resp); resp.StatusCode != status || got != want {
		t.Errorf("%d %q, want %d %q", resp.StatusCode, got, status, want)
	}
	return resp.Header
}

func quoted(m *mirror, content string) string {
	id, err := m.store.Put(context.Background(), []byte(content))
	if err != nil {
		m.t.Fatal(err)
	}
	return `"` + id.String() + `"`
}
