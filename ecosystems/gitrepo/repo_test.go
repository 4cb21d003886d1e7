package gitrepo_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
)

func TestResolve(t *testing.T) {
	w := newWork(t)
	commit := w.commit("lib/Inner/Project.toml", "name = \"Inner\"")
	w.git("tag", "-a", "-m", "one", "v1")
	repo, _ := newMirror(t, gitrepo.Options{}).update(w.dir)
	for revision, want := range map[string]string{
		"HEAD":                  commit,
		"main":                  commit,
		commit:                  commit,
		"v1":                    w.git("rev-parse", "v1"),
		"v1^{commit}":           commit,
		"v1^{tree}":             w.git("rev-parse", "HEAD^{tree}"),
		commit + ":lib/Inner":   w.git("rev-parse", "HEAD:lib/Inner"),
		strings.Repeat("1", 40): strings.Repeat("1", 40), // git does not look whether a full id is there
	} {
		if got, err := repo.Resolve(t.Context(), revision); err != nil || got != want {
			t.Errorf("%s: %s, %v", revision, got, err)
		}
	}
	for _, revision := range []string{"", "absent", "main:absent", "v1^{blob}", "--all", "-h", "--git-dir", "a\nb", "main\x00", "main..v1"} {
		if got, err := repo.Resolve(t.Context(), revision); !errors.Is(err, gitrepo.ErrNotFound) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %q, %v", revision, got, err)
		}
	}
}

func TestKinds(t *testing.T) {
	w := newWork(t)
	commit, tree, blob := w.git("rev-parse", "HEAD"), w.git("rev-parse", "HEAD^{tree}"), w.git("rev-parse", "HEAD:README")
	repo, _ := newMirror(t, gitrepo.Options{}).update(w.dir)
	absent := strings.Repeat("1", 40)
	got, err := repo.Kinds(t.Context(), commit, tree, blob, absent, commit)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{commit: "commit", tree: "tree", blob: "blob"}, got); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		ids  []string
		want bool
	}{{nil, true}, {[]string{commit}, true}, {[]string{commit, absent}, false}, {[]string{tree}, false}} {
		if ok, err := repo.Has(t.Context(), c.ids...); ok != c.want || err != nil {
			t.Errorf("%v: %v, %v", c.ids, ok, err)
		}
	}
	if _, err := repo.Has(t.Context(), "main"); err == nil {
		t.Error("no error")
	}
}

func TestRunIsHardenedToo(t *testing.T) {
	w := newWork(t)
	repo, _ := newMirror(t, gitrepo.Options{}).update(w.dir)
	out, err := repo.Run(t.Context(), strings.NewReader("content"), "hash-object", "-w", "--stdin")
	if err != nil || len(strings.TrimSpace(string(out))) != 40 {
		t.Errorf("%q, %v", out, err)
	}
	if _, err := repo.Run(t.Context(), nil, "fetch", w.dir); err == nil || !strings.Contains(err.Error(), "not allowed") {
		t.Errorf("a transport: %v", err)
	}
}

func TestCompact(t *testing.T) {
	w := newWork(t)
	m := newMirror(t, gitrepo.Options{})
	repo, _ := m.update(w.dir)
	packs := func() int {
		t.Helper()
		list, err := filepath.Glob(filepath.Join(repo.Dir(), "objects", "pack", "*.pack"))
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if err := repo.Compact(t.Context()); err != nil || packs() != 1 {
		t.Error(err, packs())
	}
	// Packs of one object each, which no ref reaches: the hardest to keep.
	var lost []string
	for i := range 45 {
		out, err := repo.Run(t.Context(), strings.NewReader(fmt.Sprint("content ", i)), "hash-object", "-w", "--stdin")
		if err != nil {
			t.Fatal(err)
		}
		id := strings.TrimSpace(string(out))
		lost = append(lost, id)
		if _, err := repo.Run(t.Context(), strings.NewReader(id+"\n"), "pack-objects", "-q", filepath.Join(repo.Dir(), "objects", "pack", "pack")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := repo.Run(t.Context(), nil, "prune-packed", "-q"); err != nil {
		t.Fatal(err)
	}
	before := packs()
	if err := repo.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := packs(); after >= before || before < 45 {
		t.Errorf("%d packs, %d before", after, before)
	}
	kinds, err := repo.Kinds(t.Context(), lost...)
	if err != nil || len(kinds) != len(lost) {
		t.Errorf("%d of %d objects, %v", len(kinds), len(lost), err)
	}
	if err := repo.Verify(t.Context(), false); err != nil {
		t.Error(err)
	}
}
