package faults

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// state is a whole repository: the SHA-256 of what is at each path.
type state map[string]string

func (s state) equal(other state) bool { return maps.Equal(s, other) }

// difference names some paths at which two states differ.
func (s state) difference(other state) string {
	var paths []string
	for path, sum := range s {
		if other[path] != sum {
			paths = append(paths, path)
		}
	}
	for path := range other {
		if _, ok := s[path]; !ok {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return fmt.Sprintf("%d paths: %v", len(paths), paths[:min(len(paths), 6)])
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// upstream is a Hex repository that changes while it is mirrored.
type upstream struct {
	*hexpmtest.Upstream
	url string

	mu       sync.Mutex
	begun    int           // requests
	waitFor  int           // closes arrived when begun comes to that
	arrived  chan struct{} // nil: nobody waits
	open     map[net.Conn]bool
	closed   *sync.Cond
	versions map[string]int // by package, the minor of the newest one
	names    []string
}

const bigPackage = "big"

// newUpstream makes a repository of packages with three releases each, and one
// package whose releases are large enough to be resumed.
func newUpstream(t *testing.T, packages int, latency time.Duration) *upstream {
	t.Helper()
	up := &upstream{Upstream: hexpmtest.New(), open: map[net.Conn]bool{}, versions: map[string]int{}}
	up.closed = sync.NewCond(&up.mu)
	for i := range packages {
		name := fmt.Sprintf("package_%03d", i)
		up.names = append(up.names, name)
		for range 3 {
			up.publish(name, hexpmtest.Size(int64(i*100)))
		}
	}
	up.publish(bigPackage, hexpmtest.Size(3<<20))
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		up.note()
		time.Sleep(latency)
		if strings.HasPrefix(r.URL.Path, "/tarballs/"+bigPackage) {
			w = slowWriter{w}
		}
		up.ServeHTTP(w, r)
	}))
	server.Config.ConnState = up.connection
	server.Start()
	t.Cleanup(server.Close)
	up.url = server.URL
	return up
}

// publish adds the next version of a package.
func (up *upstream) publish(name string, options ...hexpmtest.ReleaseOption) {
	minor := up.versions[name] + 1
	up.versions[name] = minor
	up.Publish(name, fmt.Sprintf("1.%d.0", minor), append(options, hexpmtest.Stored())...)
}

// slowWriter sends an answer in pieces.
type slowWriter struct{ http.ResponseWriter }

func (w slowWriter) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = w.ResponseWriter.Write(p[n:min(n+128<<10, len(p))])
		n += m
		_ = http.NewResponseController(w.ResponseWriter).Flush()
		time.Sleep(time.Millisecond)
	}
	return n, err
}

// note counts a request.
func (up *upstream) note() {
	up.mu.Lock()
	defer up.mu.Unlock()
	up.begun++
	if up.arrived != nil && up.begun >= up.waitFor {
		close(up.arrived)
		up.arrived = nil
	}
}

// after returns a channel that is closed when n more requests have come.
func (up *upstream) after(n int) <-chan struct{} {
	up.mu.Lock()
	defer up.mu.Unlock()
	c := make(chan struct{})
	if n == 0 {
		close(c)
		return c
	}
	up.waitFor, up.arrived = up.begun+n, c
	return c
}

func (up *upstream) connection(c net.Conn, s http.ConnState) {
	up.mu.Lock()
	defer up.mu.Unlock()
	switch s {
	case http.StateNew:
		up.open[c] = true
	case http.StateClosed, http.StateHijacked:
		delete(up.open, c)
		up.closed.Broadcast()
	}
}

// quiet waits until all connections are closed: whoever asked has ended, and the
// log of requests is complete.
func (up *upstream) quiet() {
	up.mu.Lock()
	defer up.mu.Unlock()
	for len(up.open) > 0 {
		up.closed.Wait()
	}
}

// state returns what a mirror of the whole repository holds.
func (up *upstream) state() state {
	s := state{"public_key": sum(up.PublicKey().PEM())}
	for path := range up.Paths() {
		switch {
		case path == "names", path == "versions", strings.HasPrefix(path, "packages/"):
			data, _ := up.File(path)
			s[path] = sum(data)
			if name, ok := strings.CutPrefix(path, "packages/"); ok {
				for _, r := range up.Package(name).Releases {
					s["tarballs/"+name+"-"+r.Version+".tar"] = r.OuterChecksum.String()
				}
			}
		}
	}
	return s
}

// change does what happens to a repository in a day: releases are published,
// replaced, retired and reverted, and now and then a package is removed.
func (up *upstream) change(random *rand.Rand) {
	some := func() string { return up.names[random.IntN(len(up.names))] }
	newest := func(name string) string {
		releases := up.Package(name).Releases
		return releases[len(releases)-1].Version
	}
	for range 1 + random.IntN(30) {
		up.publish(some(), hexpmtest.Size(random.Int64N(20_000)))
	}
	for range random.IntN(4) {
		name := some()
		up.Replace(name, newest(name), hexpmtest.Size(random.Int64N(20_000)), hexpmtest.Stored())
	}
	for range random.IntN(3) {
		name := some()
		up.Retire(name, newest(name), registry.RetiredSecurity, fmt.Sprintf("see advisory %d", random.Uint32()))
	}
	if name := some(); len(up.Package(name).Releases) > 1 {
		up.Revert(name, newest(name))
		up.publish(name) // an index that went back to what it was could not be told from one that is transferred twice
	}
	if name := some(); random.IntN(5) == 0 && len(up.Package(name).Releases) > 1 {
		up.RemoveRelease(name, up.Package(name).Releases[0].Version)
	}
	if random.IntN(8) == 0 && len(up.names) > 40 {
		i := random.IntN(len(up.names))
		up.RemovePackage(up.names[i])
		up.names = slices.Delete(up.names, i, i+1)
	}
	if random.IntN(3) == 0 {
		up.publish(bigPackage, hexpmtest.Size(2<<20+random.Int64N(2<<20)))
	}
	up.publish(some()) // rebuilds the indexes, so that they show the retirements
}
