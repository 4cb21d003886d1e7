package gitrepo_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
)

func TestObjects(t *testing.T) {
	w := newWork(t)
	big := strings.Repeat("0123456789abcdef", 40_000)
	commit := w.commit("big", big)
	blob, tree := w.git("rev-parse", "HEAD:big"), w.git("rev-parse", "HEAD^{tree}")
	empty := w.git("hash-object", "-w", "-t", "blob", os.DevNull)
	w.git("tag", "-a", "-m", "x", "v1")
	w.git("update-ref", "refs/empty/blob", empty)
	repo, _ := newMirror(t, gitrepo.Options{}).update(w.dir)
	o, err := repo.Objects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	for _, c := range []struct {
		id, kind string
		read     int // bytes of it, before the next is asked for
	}{
		{blob, "blob", 100}, {commit, "commit", 1000}, {blob, "blob", 0}, {tree, "tree", 1}, {empty, "blob", 10},
		{w.git("rev-parse", "v1"), "tag", 0}, {blob, "blob", len(big) + 10},
	} {
		kind, size, body, err := o.Object(c.id)
		if err != nil || kind != c.kind {
			t.Fatalf("%s: %s, %d, %v", c.id, kind, size, err)
		}
		got, err := io.ReadAll(io.LimitReader(body, int64(c.read)))
		if err != nil || c.id == blob && !strings.HasPrefix(big, string(got)) || len(got) != min(c.read, int(size)) {
			t.Errorf("%s: %d bytes of %d, %v", c.id, len(got), size, err)
		}
	}

	// What is not there, and what is no id, does not disturb what follows.
	if _, _, _, err := o.Object(strings.Repeat("1", 40)); !errors.Is(err, gitrepo.ErrNotFound) {
		t.Error(err)
	}
	for _, bad := range []string{"", "main", blob[:39], strings.ToUpper(blob), blob + "\n" + tree, strings.Repeat("\n", 40)} {
		if _, _, _, err := o.Object(bad); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if kind, _, body, err := o.Object(blob); err != nil || kind != "blob" {
		t.Error(err)
	} else if all, err := io.ReadAll(body); err != nil || string(all) != big {
		t.Errorf("%d bytes, %v", len(all), err)
	}
	if err := errors.Join(o.Close(), o.Close()); err != nil {
		t.Error(err)
	}
	if _, _, _, err := o.Object(blob); err == nil {
		t.Error("no error after Close")
	}
}

func TestObjectsEndWithTheContext(t *testing.T) {
	w := newWork(t)
	repo, _ := newMirror(t, gitrepo.Options{}).update(w.dir)
	ctx, cancel := context.WithCancel(t.Context())
	o, err := repo.Objects(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	cancel()
	o.Close()
	if _, _, _, err := o.Object(w.git("rev-parse", "HEAD")); err == nil || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}

func TestDamage(t *testing.T) {
	w := newWork(t)
	w.commit("big", strings.Repeat("some text that compresses ", 5000)+w.dir)
	repo, _ := newMirror(t, gitrepo.Options{}).update(w.dir)
	if err := errors.Join(repo.Verify(t.Context(), true), repo.Verify(t.Context(), false)); err != nil {
		t.Fatal(err)
	}
	packs, err := filepath.Glob(filepath.Join(repo.Dir(), "objects", "pack", "*.pack"))
	if err != nil || len(packs) != 1 {
		t.Fatal(packs, err)
	}
	pack, err := os.ReadFile(packs[0])
	if err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(pack)
	for i := len(damaged) / 2; i < len(damaged)/2+20; i++ {
		damaged[i] ^= 0xff
	}
	os.Chmod(packs[0], 0o644)
	if err := os.WriteFile(packs[0], damaged, 0o644); err != nil {
		t.Fatal(err)
	}
	err = repo.Verify(t.Context(), false)
	if !errors.Is(err, gitrepo.ErrDamaged) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), repo.Name()) {
		t.Errorf("%v", err)
	}
	o, err := repo.Objects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if _, _, body, err := o.Object(w.git("rev-parse", "HEAD:big")); err == nil {
		if _, err = io.ReadAll(body); err == nil {
			t.Error("damaged object read")
		}
	} else if strings.Contains(err.Error(), "\n") {
		t.Errorf("%q", err)
	}
}
