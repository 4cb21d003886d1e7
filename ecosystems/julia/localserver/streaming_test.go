package localserver_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch/stream"
)

// dribble lets the upstream answer a path in two halves: the second one when it is told so.
func (c *company) dribble(path string) (goOn chan bool) {
	body, ok := c.public.File(path)
	if !ok {
		c.t.Fatalf("there is no %s", path)
	}
	goOn = make(chan bool)
	c.public.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/"+path || r.Header.Get("Range") != "" {
			return false
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.Header().Set("Etag", `"strong"`)
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		if !<-goOn {
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(body[len(body)/2:])
		return true
	})
	return goOn
}

func TestClientsReadWhileItArrives(t *testing.T) {
	c := newCompany(t)
	big := large(c)
	goOn := c.dribble(big.Path)
	s := serveSite(t, c.config())
	body, _ := c.public.File(big.Path)
	early := len(body)/2 - stream.HeldBack - 128<<10
	var readers sync.WaitGroup
	seen := make(chan bool)
	for range 5 {
		readers.Go(func() {
			a, err := http.Get(s.URL + "/" + big.Path)
			if err != nil {
				t.Error(err)
				return
			}
			defer a.Body.Close()
			if a.ContentLength != int64(len(body)) || a.Header.Get("X-Cache-Miss") == "" {
				t.Errorf("length %d, %v", a.ContentLength, a.Header)
			}
			got := make([]byte, early)
			if _, err := io.ReadFull(a.Body, got); err != nil {
				t.Error(err)
			}
			seen <- true
			rest, err := io.ReadAll(a.Body)
			if err != nil || !bytes.Equal(append(got, rest...), body) {
				t.Errorf("%d bytes, %v", len(rest), err)
			}
		})
	}
	for range 5 {
		<-seen
	}
	head, _ := s.ask(http.MethodHead, "/"+big.Path)
	if head.ContentLength != int64(len(body)) {
		t.Errorf("HEAD: %v", head.Header)
	}
	goOn <- true
	readers.Wait()
	if n := c.public.Count(big.Path); n != 1 {
		t.Errorf("%d requests for one object", n)
	}
}

// A server that is killed while it fetches has nothing half to serve afterwards, and goes on where
// it was.
func TestKilledWhileItFetches(t *testing.T) {
	c := newCompany(t)
	// So much that what has arrived is kept.
	big := c.public.Publish("Huge", juliatest.Version{Number: "1.0.0", Content: juliatest.Tree{Files: map[string]string{"data.bin": noise(4 << 20)}}})
	goOn := c.dribble(big.Path)
	cfg := c.config()
	s := serveSite(t, cfg)
	list := s.list("/registries")
	a, err := http.Get(s.URL + "/" + big.Path)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := c.public.File(big.Path)
	if _, err := io.ReadFull(a.Body, make([]byte, len(body)/2-stream.HeldBack-128<<10)); err != nil {
		t.Fatal(err)
	}
	// What is on disk now is what a kill leaves.
	after := c.config()
	if err := os.CopyFS(after.CacheDir, os.DirFS(cfg.CacheDir)); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(after.GitClonesDir, os.DirFS(cfg.GitClonesDir)); err != nil {
		t.Fatal(err)
	}
	goOn <- false
	a.Body.Close()
	s.stop()
	c.public.Intercept(nil)
	c.public.ResetLog()

	s = serveSite(t, after)
	if m := s.meta(); m.Packages != 0 || m.Registries != 2 {
		t.Errorf("%+v", m)
	}
	if got := s.list("/registries"); strings.Join(got, " ") != strings.Join(list, " ") {
		t.Errorf("%v", got)
	}
	if got := s.tree("/"+big.Path, treehash.GitTools); got != big.Tree {
		t.Errorf("tree %s", got)
	}
	left, err := filepath.Glob(filepath.Join(after.CacheDir, "store", "tmp", "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// The connection to upstream breaks: clients that have begun to read go on when it is taken up again.
func TestConnectionThatBreaks(t *testing.T) {
	c := newCompany(t)
	big := large(c)
	c.public.Truncate(big.Path, 600_000, 1)
	s := serveSite(t, c.config())
	if got := s.tree("/"+big.Path, treehash.GitTools); got != big.Tree {
		t.Errorf("tree %s", got)
	}
	if n := c.public.Count(big.Path); n < 2 {
		t.Errorf("%d requests", n)
	}
}

// What every client can unpack is gzip, whatever upstream serves.
func TestUpstreamThatServesZstd(t *testing.T) {
	c := newCompany(t)
	big := large(c)
	c.public.Serve(juliatest.ServeZstd)
	s := serveSite(t, c.config())
	list := s.list("/registries")
	zlib, _ := c.public.Release("Zlib_jll", "1.3.1+2")
	for _, path := range append(list, "/"+big.Path, "/"+zlib.Path, "/"+zlib.Artifacts[0].Path) {
		s.tree(path, treehash.Full) // which looks at the packing
		a, body := s.ask(http.MethodHead, path)
		if a.ContentLength <= 0 || len(body) > 0 {
			t.Errorf("HEAD %s: %v", path, a.Header)
		}
	}
	if got := s.tree("/"+big.Path, treehash.GitTools); got != big.Tree {
		t.Errorf("tree %s", got)
	}
}
