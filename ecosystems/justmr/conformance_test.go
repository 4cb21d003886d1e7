package justmr_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
	"github.com/offmirror/offmirror/ecosystems/justmr"
)

func TestConformance(t *testing.T) {
	ecosystemtest.Run(t, ecosystemtest.Suite{
		Ecosystem: justmr.Ecosystem(),
		ForClient: []string{"just-local.json", "gitconfig"},
		Upstream:  func(t *testing.T) ecosystemtest.Upstream { return newWorld(t).suite() },
	})
}

// suite describes the world to the conformance suite, with something of everything in it.
func (w *world) suite() ecosystemtest.Upstream {
	w.t.Helper()
	zlib, other := w.put("/zlib.tgz", "zlib"), w.put("/other/zlib.tgz", "another")
	repo := filepath.Join(w.dir, "r.git")
	w.git("init", "-q", "-b", "main", repo)
	commit := func() string {
		w.git("-C", repo, "commit", "-q", "--allow-empty", "-m", "another")
		return w.git("-C", repo, "rev-parse", "HEAD")
	}
	first := commit()
	w.git("-C", repo, "checkout", "-q", "--orphan", "aside")
	config := func(more ...string) {
		list := append([]string{
			`"zlib": {"repository": {"type": "archive", "content": "` + zlib + `", "fetch": "URL/zlib.tgz"}}`,
			`"other": {"repository": {"type": "zip", "content": "` + other + `", "fetch": "URL/other/zlib.tgz"}}`,
			`"r": {"repository": {"type": "git", "repository": "` + repo + `", "branch": "main", "commit": "` + first + `"}}`,
			`"s": {"repository": {"type": "git", "repository": "` + repo + `", "branch": "main", "commit": "` + commit() + `"}}`,
		}, more...)
		w.config(strings.Join(list, ","))
	}
	config()
	return ecosystemtest.Upstream{
		Options: w.options,
		Requests: func() []string {
			w.mu.Lock()
			defer w.mu.Unlock()
			var paths []string
			for _, r := range w.asked {
				if path, ok := strings.CutPrefix(r, "GET "); ok {
					paths = append(paths, path)
				}
			}
			return paths
		},
		Index: func(string) bool { return false },
		Publish: func(*testing.T) {
			id := w.put("/new.tgz", "new")
			config(`"new": {"repository": {"type": "archive", "content": "` + id + `", "fetch": "URL/new.tgz"}}`)
		},
	}
}
