package localserver_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// Registries have many states. Those that no list has named for a week make room, and can be had again from
// where they came from.
func TestOldRegistriesMakeRoom(t *testing.T) {
	c := newCompany(t)
	cfg := c.config()
	now := newClock()
	now.now = time.Now()
	s := serveSite(t, cfg, ticking(now))
	first := s.list("/registries")
	secret, _ := c.corp.Release("Secret", "1.0.0")
	s.get("/"+secret.Path, http.StatusOK)
	change := func(number string) {
		c.public.Publish("Example", juliatest.Version{Number: number})
		c.corp.Publish("Secret", juliatest.Version{Number: number})
		c.push()
	}
	change("2.0.0")
	s.list("/registries")
	if m := s.meta(); m.Registries != 4 {
		t.Errorf("%d registries after a change", m.Registries)
	}
	now.forward(8 * 24 * time.Hour)
	change("3.0.0")
	s.list("/registries")
	if m := s.meta(); m.Registries != 2 || m.Packages != 1 {
		t.Errorf("%+v", m)
	}
	for _, path := range first {
		if got := s.tree(path, treehash.Full); got.String() != path[len(path)-40:] {
			t.Errorf("%s has the tree %s", path, got)
		}
	}
	s.stop()
	s = serveSite(t, cfg, ticking(now))
	if m := s.meta(); m.Registries != 4 || m.Packages != 1 {
		t.Errorf("after a restart: %+v", m)
	}
}

// What LocalPackageServer.jl has cached is taken over, if it is what it is called.
func TestCacheOfLocalPackageServer(t *testing.T) {
	c := newCompany(t)
	example, _ := c.public.Release("Example", "0.5.3")
	zlib, _ := c.public.Release("Zlib_jll", "1.3.1+2")
	cfg := c.config()
	put := func(path string, data []byte) {
		file := filepath.Join(cfg.CacheDir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tarball, _ := c.public.File(example.Path)
	put(example.Path, tarball)
	put(zlib.Path, tarball) // wrong
	put("registries", []byte("/registry/x/y\n"))
	if err := os.MkdirAll(filepath.Join(cfg.CacheDir, filepath.FromSlash(zlib.Artifacts[0].Path)), 0o755); err != nil {
		t.Fatal(err)
	}
	c.public.ResetLog()
	s := serveSite(t, cfg)
	if got := s.tree("/"+example.Path, treehash.GitTools); got != example.Tree || c.public.Count("") > 0 {
		t.Errorf("tree %s, %d requests", got, c.public.Count(""))
	}
	if got := s.tree("/"+zlib.Path, treehash.GitTools); got != zlib.Tree {
		t.Errorf("tree %s", got)
	}
	s.tree("/"+zlib.Artifacts[0].Path, treehash.GitTools)
}
