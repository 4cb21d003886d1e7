package salvage_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/mirror/salvage"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
)

// sink takes what it is given.
type sink struct {
	got  []string
	asks []string
	err  error
}

func (s *sink) Copy(_ context.Context, r io.Reader) error {
	data, err := io.ReadAll(r)
	s.got = append(s.got, string(data))
	return errors.Join(err, s.err)
}

func (s *sink) Request(_ context.Context, r fetch.Request) error {
	s.asks = append([]string{r.URL}, r.Mirrors...)
	return s.err
}

func wanted(body string, paths ...string) salvage.Wanted {
	w := salvage.Wanted{ID: store.ID(sha256.Sum256([]byte(body))), Size: int64(len(body)), Ecosystem: "toy"}
	for _, p := range paths {
		w.Places = append(w.Places, salvage.Place{Snapshot: "0123456789abcdef0123456789abcdef", Path: p})
	}
	return w
}

func TestSiteAsksForTheTreeAndThenForTheSnapshot(t *testing.T) {
	site, err := salvage.NewSite("http://user:secret@mirror.example:8000/sub//")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(site.Name(), "secret") {
		t.Error(site.Name())
	}
	var s sink
	if err := site.Fetch(t.Context(), wanted("x", "dir/a b%?#+é", "copy"), &s); err != nil {
		t.Fatal(err)
	}
	const base, at = "http://user:secret@mirror.example:8000/sub/toy/", "@0123456789abcdef0123456789abcdef/"
	want := []string{base + "dir/a%20b%25%3F%23+%C3%A9", base + at + "dir/a%20b%25%3F%23+%C3%A9", base + "copy", base + at + "copy"}
	if diff := cmp.Diff(want, s.asks); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"", "mirror.example", "ftp://mirror.example", "http://", "http://x/?q=1", "http://x/#f", "http://\x00/"} {
		if _, err := salvage.NewSite(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func write(t *testing.T, file, body string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(body), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func TestRootLooksIntoStoreAndTrees(t *testing.T) {
	dir := t.TempDir()
	inStore, inTree := wanted("in the store", "nowhere"), wanted("in a tree", "../../etc/passwd", "gone", "dir/b")
	write(t, filepath.Join(dir, "store/sha256", inStore.ID.String()[:2], inStore.ID.String()), "in the store")
	write(t, filepath.Join(dir, "state/trees/toy/a/dir/b"), "in a tree")
	if err := os.Symlink("state/trees/toy/a", filepath.Join(dir, "toy")); err != nil {
		t.Fatal(err)
	}
	root, err := salvage.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	var s sink
	if err := errors.Join(root.Fetch(t.Context(), inStore, &s), root.Fetch(t.Context(), inTree, &s)); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"in the store", "in a tree"}, s.got); diff != "" {
		t.Error(diff)
	}
	if err := root.Fetch(t.Context(), wanted("nothing", "dir/c"), &s); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := root.Fetch(t.Context(), wanted("another size, same path", "dir/b"), &s); err == nil || len(s.got) != 2 {
		t.Errorf("%v, %q", err, s.got)
	}
	// What is wrong with the mirror that is repaired ends the search.
	full := sink{err: salvage.ErrHere}
	if err := root.Fetch(t.Context(), inTree, &full); !errors.Is(err, salvage.ErrHere) || len(full.got) != 1 {
		t.Errorf("%v, %q", err, full.got)
	}
	if _, err := root.List(t.Context(), "toy", "0123456789abcdef0123456789abcdef"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	write(t, filepath.Join(dir, "snapshots/toy/0123456789abcdef0123456789abcdef"), "a list")
	list, err := root.List(t.Context(), "toy", "0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	if data, err := io.ReadAll(list); err != nil || string(data) != "a list" {
		t.Errorf("%q, %v", data, err)
	}
}
