//go:build e2e

package e2e

import (
	"crypto/md5"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// An upstream hands out a folder the way hex.pm's edge does: validators on
// everything, conditional requests answered, private repositories behind a key,
// and 404 for what does not exist. It remembers what it was asked.
type upstream struct {
	URL string // without a trailing slash

	dir string
	key string // what /repos/ wants as Authorization; empty: nothing is private

	mu  sync.Mutex
	log []asked
}

// asked is one request and its answer's status.
type asked struct {
	method, path string
	status       int
}

func (a asked) String() string { return fmt.Sprintf("%s %s %d", a.method, a.path, a.status) }

func newUpstream(t testing.TB, dir string) *upstream {
	t.Helper()
	u := &upstream{dir: dir}
	s := httptest.NewServer(u)
	t.Cleanup(s.Close)
	u.URL = s.URL
	return u
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sw := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	u.answer(sw, r)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.log = append(u.log, asked{r.Method, r.URL.Path, sw.status})
}

func (u *upstream) answer(w http.ResponseWriter, r *http.Request) {
	if u.key != "" && strings.HasPrefix(r.URL.Path, "/repos/") && r.Header.Get("Authorization") != u.key {
		http.Error(w, "key required", http.StatusUnauthorized)
		return
	}
	f, err := os.OpenInRoot(u.dir, filepath.FromSlash(strings.TrimPrefix(r.URL.Path, "/")))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		http.NotFound(w, r)
		return
	}
	body := make([]byte, info.Size())
	if _, err := f.ReadAt(body, 0); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, md5.Sum(body)))
	http.ServeContent(w, r, "", info.ModTime(), strings.NewReader(string(body)))
}

// requests returns what was asked since the last call, in order.
func (u *upstream) requests() []asked {
	u.mu.Lock()
	defer u.mu.Unlock()
	log := u.log
	u.log = nil
	return log
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
