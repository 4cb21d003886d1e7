//go:build e2e

package e2e

import (
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

// An upstream hands out a folder the way hex.pm's edge does: validators on
// everything, conditional requests answered, private repositories behind a key,
// and 404 for what does not exist. Scripts make it misbehave.
type upstream struct {
	*upstreamtest.Server
	folder
}

// A folder is a base whose files may change while they are served.
type folder struct {
	dir string
	key string // what /repos/ wants as Authorization; empty: nothing is private
}

func newUpstream(t testing.TB, dir string) *upstream {
	t.Helper()
	return newPrivateUpstream(t, dir, "")
}

// newPrivateUpstream wants key for everything below /repos/.
func newPrivateUpstream(t testing.TB, dir, key string) *upstream {
	t.Helper()
	f := folder{dir: dir, key: key}
	return &upstream{upstreamtest.New(t, f), f}
}

func (f folder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := path.Clean("/" + r.URL.Path)[1:]
	if f.key != "" && strings.HasPrefix(name, "repos/") && r.Header.Get("Authorization") != f.key {
		http.Error(w, "key required", http.StatusUnauthorized)
		return
	}
	body, err := os.ReadFile(filepath.Join(f.dir, name))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.Write(body)
}
