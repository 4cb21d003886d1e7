package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/all"
	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
)

// TestKilledAtRandomPoints ends syncs with SIGKILL, at a random request or a
// random moment after it. After each kill what is published is whole, and the
// next run asks for no tarball that the store holds. OFFMIRROR_FAULT_ROUNDS says
// how many kills there are.
func TestKilledAtRandomPoints(t *testing.T) {
	rounds := 6
	if text := os.Getenv("OFFMIRROR_FAULT_ROUNDS"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	w := newKillWorld(t)
	killed := 0
	for round := range rounds {
		w.publish(round)
		stored := w.stored()
		w.up.ResetLog()
		if w.syncKilled() {
			killed++
		}
		w.mustNotHaveAsked(stored)
		w.mustBeWhole()
	}
	t.Logf("%d of %d syncs were killed", killed, rounds)
	stored := w.stored()
	w.up.ResetLog()
	w.offmirror(exitComplete, "sync", "--quiet")
	w.mustNotHaveAsked(stored)
	w.mustBeWhole()
	if got, want := len(w.stored()), len(w.checksums); got != want {
		t.Errorf("in the end the mirror has %d of %d tarballs", got, want)
	}
}

// killWorld is an upstream, and a folder with a configuration for it.
type killWorld struct {
	t         *testing.T
	folder    string
	up        *hexpmtest.Upstream
	random    *rand.Rand
	requests  atomic.Int64
	checksums map[string]string // of every tarball, by path
}

func newKillWorld(t *testing.T) *killWorld {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	w := &killWorld{t: t, folder: t.TempDir(), up: hexpmtest.New(), random: rand.New(rand.NewPCG(seed, 1)), checksums: map[string]string{}}
	w.up.Intercept(func(http.ResponseWriter, *http.Request) bool {
		w.requests.Add(1)
		return false
	})
	server := httptest.NewServer(w.up)
	t.Cleanup(server.Close)
	w.write("hexpm.pem", string(w.up.PublicKey().PEM()))
	w.write("offmirror.toml", fmt.Sprintf("[fetch]\nconcurrency = 4\n[hex]\nupstream = %q\npublic_key = \"hexpm.pem\"\ninstalls = \"none\"\n", server.URL))
	for i := range 20 {
		w.add(fmt.Sprintf("base_%d", i), "1.0.0")
	}
	return w
}

func (w *killWorld) write(name, text string) {
	if err := os.WriteFile(filepath.Join(w.folder, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// publish adds a few packages and releases, so that every round has something to do.
func (w *killWorld) publish(round int) {
	for i := range 4 {
		w.add(fmt.Sprintf("round_%d_%d", round, i), "1.0.0")
	}
	w.add("base_0", fmt.Sprintf("1.%d.0", round+1))
}

func (w *killWorld) add(name, version string) {
	w.up.Publish(name, version, hexpmtest.Size(int64(w.random.IntN(200_000))))
	release, _ := w.up.Package(name).Release(version)
	w.checksums["tarballs/"+name+"-"+version+".tar"] = release.OuterChecksum.String()
}

// stored is the tarballs that the store holds.
func (w *killWorld) stored() map[string]bool {
	held := map[string]bool{}
	for path, sum := range w.checksums {
		if _, err := os.Stat(filepath.Join(w.folder, "mirror/store/sha256", sum[:2], sum)); err == nil {
			held[path] = true
		}
	}
	return held
}

func (w *killWorld) mustNotHaveAsked(stored map[string]bool) {
	w.t.Helper()
	for _, r := range w.up.Requests() {
		if r.Method == http.MethodGet && stored[r.Path] {
			w.t.Errorf("%s was asked for, although the store held it", r.Path)
		}
	}
}

// mustBeWhole verifies what is published; before the first publication there is no tree.
func (w *killWorld) mustBeWhole() {
	w.t.Helper()
	if _, err := os.Stat(filepath.Join(w.folder, "mirror/snapshots/hex/current")); err != nil {
		if _, err := os.Stat(filepath.Join(w.folder, "mirror/hex")); err == nil {
			w.offmirror(exitComplete, "verify", "--quiet") // killed between tree and link: whole all the same
		}
		return
	}
	w.offmirror(exitComplete, "verify", "--quiet")
}

// offmirror runs a command in this process.
func (w *killWorld) offmirror(want int, args ...string) {
	w.t.Helper()
	var stderr strings.Builder
	p := newTestProgram(w.t)
	p.folder, p.stdout, p.stderr, p.ecosystems = w.folder, io.Discard, &stderr, all.Ecosystems()
	if code := p.run(context.Background(), args); code != want {
		w.t.Fatalf("offmirror %s ended with %d: %s", args[0], code, stderr.String())
	}
}

// syncKilled starts a sync in a process of its own and kills it. It reports false
// if the sync was quicker.
func (w *killWorld) syncKilled() bool {
	cmd := exec.CommandContext(w.t.Context(), "offmirror", "sync", "--quiet")
	cmd.Dir = w.folder
	var stderr strings.Builder
	cmd.Stderr = &stderr
	begin := w.requests.Load()
	at := begin + int64(w.random.IntN(50))
	after := time.Duration(w.random.IntN(20)) * time.Millisecond
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for w.requests.Load() < at {
		select {
		case err := <-ended:
			return w.survived(err, stderr.String())
		case <-time.After(time.Millisecond):
		}
	}
	time.Sleep(after)
	_ = cmd.Process.Kill()
	return w.survived(<-ended, stderr.String())
}

// survived judges how a process ended: killed, or complete.
func (w *killWorld) survived(err error, stderr string) bool {
	if err == nil {
		return false
	}
	if !strings.Contains(err.Error(), "killed") {
		w.t.Fatalf("the sync ended by itself: %v: %s", err, stderr)
	}
	return true
}
