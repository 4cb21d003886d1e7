package hexpm_test

import (
	"bytes"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// forged is a snapshot in which some files hold other bytes: what a mirror would
// look like whose store was made to agree with a manipulated tree.
type forged struct {
	layout.View
	files map[string][]byte // nil bytes: the file is gone
}

func (f forged) Lookup(path string) (layout.Entry, bool) {
	e, ok := f.View.Lookup(path)
	return f.entry(e), ok && !f.gone(path)
}

func (f forged) gone(path string) bool {
	data, changed := f.files[path]
	return changed && data == nil
}

func (f forged) entry(e layout.Entry) layout.Entry {
	if data, ok := f.files[e.Path]; ok {
		e.Object, e.Size = store.ID{1}, int64(len(data))
	}
	return e
}

func (f forged) All(prefix string) iter.Seq[layout.Entry] {
	return func(yield func(layout.Entry) bool) {
		for e := range f.View.All(prefix) {
			if !f.gone(e.Path) && !yield(f.entry(e)) {
				return
			}
		}
	}
}

func (f forged) Open(e layout.Entry) (layout.File, error) {
	if data, ok := f.files[e.Path]; ok {
		return file{bytes.NewReader(data)}, nil
	}
	return f.View.Open(e)
}

type file struct{ *bytes.Reader }

func (file) Close() error { return nil }

func TestProofFindsForgery(t *testing.T) {
	w := newWorld(t)
	w.everything()
	w.mustSync()
	for _, c := range []struct {
		path string
		data []byte
		want string // part of the error; the path may be another for what is missing
	}{
		{"tarballs/jason-1.4.1.tar", []byte("evil"), "registry has"},
		{"packages/jason", []byte("evil"), "not a valid registry file"},
		{"names", nil, "missing"},
		{"versions", nil, "missing"},
		{"public_key", nil, "missing"},
		{"public_key", []byte("evil"), "PEM"},
		{"installs/hex.csv", []byte("2.2.1,00,1.18.0,27\n"), "signature"},
		{"installs/hex.csv.signed", nil, "missing"},
		{"installs/1.18.0/hex-2.3.0-otp-27.ez", []byte("evil"), "SHA-512"},
		{"builds/elixir/v1.18.3.zip", []byte("evil"), "builds.txt has"},
		{"docs/jason-1.4.1.tar.gz", []byte("evil"), "documentation archive"},
		{"repos/acme/tarballs/secret-1.0.0.tar", []byte("evil"), "registry has"},
	} {
		t.Run(c.path, func(t *testing.T) {
			prover := w.driver().(ecosystems.Prover)
			w.root.Current(func(v layout.View) {
				found := false
				for path, err := range prover.Prove(t.Context(), forged{View: v, files: map[string][]byte{c.path: c.data}}) {
					if strings.Contains(err.Error(), c.want) && (path == c.path || c.data == nil) {
						found = true
					}
				}
				if !found {
					t.Errorf("the proof does not say %q about %s", c.want, c.path)
				}
			})
		})
	}
}

// everything publishes one of each kind and asks for all of it.
func (w *world) everything() {
	w.small()
	w.installers()
	w.PublishElixir("v1.18.3", []byte("elixir"))
	w.PublishDocs("jason", "1.4.1", "docs")
	w.company("")
	w.options.Installs, w.options.Docs, w.options.Builds = "latest", true, []string{"elixir:1.18"}
	w.options.Repositories = []hexpm.Repository{{Name: "acme"}}
}

func TestVerifyFindsATamperedTree(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.mustSync()
	path := filepath.Join(w.root.Dir, "hex", "tarballs", "jason-1.4.1.tar")
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("evil"), 0o600); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, d := range w.root.Verify(w.driver()) {
		found = found || d.Path == "tarballs/jason-1.4.1.tar"
	}
	if !found {
		t.Error("the damage is not named by its native path")
	}
}

func TestProofOfAFilteredTreeWithAnotherKey(t *testing.T) {
	w := newWorld(t)
	w.small()
	w.options.Index, w.options.SigningKey = "filtered", w.siteKey()
	w.mustSync()
	w.options.Index, w.options.SigningKey = "verbatim", ""
	if len(w.root.Verify(w.driver())) == 0 {
		t.Error("a tree signed by a site key passes as upstream's")
	}
}
