package julia_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/layout"
)

// oldWorld is a world with everything that the classic layout wants: git repositories of
// the registry and of the packages, of METADATA.jl and of the client.
type oldWorld struct {
	*world
	repos string // folder of the repositories, served at host
	host  string
	down  bool // nobody answers there

	mu        sync.Mutex
	transfers []string // what git fetched there
}

// asksForRefs reports whether git only wants to know what there is.
func asksForRefs(r *http.Request) bool {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return bytes.Contains(body, []byte("command=ls-refs"))
}

// fetched returns the repositories from which git fetched anything since the last call, sorted.
func (o *oldWorld) fetched() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := slices.Sorted(slices.Values(o.transfers))
	o.transfers = nil
	return slices.Compact(list)
}

func newOldWorld(t *testing.T, parts ...string) *oldWorld {
	t.Helper()
	o := &oldWorld{repos: t.TempDir()}
	git, err := gitrepo.New(t.Context(), gitrepo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(o.repos)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	handler, err := gitrepo.Handler(git, root, gitrepo.ServeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.down {
			http.Error(w, "closed", http.StatusServiceUnavailable)
			return
		}
		if name, ok := strings.CutSuffix(r.URL.Path, "/git-upload-pack"); ok && !asksForRefs(r) {
			o.mu.Lock()
			o.transfers = append(o.transfers, path.Base(name))
			o.mu.Unlock()
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	o.host = server.URL + "/old"
	o.world = newWorld(t, juliatest.WithRepos(o.host))
	o.repository("METADATA.jl", juliatest.Tree{Files: map[string]string{"Example/url": "git://github.com/JuliaLang/Example.jl.git\n", "README.md": "old\n"}})
	o.repository("PkgMirrors.jl", juliatest.Tree{Files: map[string]string{"src/PkgMirrors.jl": "module PkgMirrors end\n"}})
	o.options.Classic = parts
	o.options.MirrorName = "mirror.corp"
	o.options.ClassicSources.Metadata = o.host + "/METADATA.jl.git"
	o.options.ClassicSources.Client = o.host + "/PkgMirrors.jl.git"
	return o
}

func (o *oldWorld) folder(name string) string { return filepath.Join(o.repos, "old", name) }

// repository writes a repository with a commit for each tree.
func (o *oldWorld) repository(name string, trees ...juliatest.Tree) {
	o.t.Helper()
	if err := juliatest.WriteRepository(o.t.Context(), o.folder(name+".git"), trees...); err != nil {
		o.t.Fatal(err)
	}
}

// push brings the repositories of registries and packages up to date.
func (o *oldWorld) push() {
	o.t.Helper()
	if err := o.WriteGit(o.t.Context(), filepath.Join(o.repos, "old")); err != nil {
		o.t.Fatal(err)
	}
}

// content returns a published file of the classic layout, following links.
func (o *oldWorld) content(name string) (text string) {
	o.t.Helper()
	o.root.Current(func(view layout.View) {
		e, ok := layout.Follow(view, "classic/"+name)
		if !ok {
			o.t.Fatalf("classic/%s leads nowhere", name)
		}
		text = string(o.read(view, e.Path))
	})
	return text
}

// classicFiles returns the published files below classic, without those of bare repositories.
func (o *oldWorld) classicFiles() map[string]string {
	files := map[string]string{}
	for name, id := range o.root.Files() {
		if rest, ok := strings.CutPrefix(name, "classic/"); ok && !strings.Contains(rest, ".git/") {
			files[rest] = id
		}
	}
	return files
}

func (o *oldWorld) status() map[string]any {
	o.t.Helper()
	var status map[string]any
	if err := json.Unmarshal([]byte(o.content("status.json")), &status); err != nil {
		o.t.Fatal(err)
	}
	return status
}

// members returns names and contents of a gzipped tarball.
func members(t *testing.T, data string) map[string]string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		found[h.Name] = string(content)
	}
}
