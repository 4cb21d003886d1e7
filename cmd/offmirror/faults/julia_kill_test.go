package faults

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
)

// A sync of a Julia registry is killed at a random moment, again and again, while the
// registry changes between the runs. After each kill
//
//   - verify, which proves that no list names what is not here, finds nothing;
//   - another snapshot is published only as a whole;
//   - what lies in the store is never transferred again, although nothing but a tree
//     hash names it, be it from the server or recompressed from its origin.
//
// At the end an undisturbed run comes to what upstream has, and one more costs one request.
func TestKillJuliaAtRandom(t *testing.T) {
	k := &juliaKiller{site: emptySite(t), random: newRandom(t), landed: map[string]bool{}}
	k.start()
	for range rounds(t, 8) {
		k.round()
		if t.Failed() {
			t.FailNow()
		}
		if k.fresh == 0 || k.random.IntN(2) == 0 {
			k.change()
		}
	}
	k.converge()
	t.Logf("%d of %d runs killed; %d transfers", k.killed, k.ran, k.transfers)
}

type juliaKiller struct {
	*site
	*juliatest.Upstream
	random *rand.Rand
	begun  atomic.Int64 // requests
	count  int          // versions
	fresh  int          // versions since a run got through

	landed                 map[string]bool
	ran, killed, transfers int
}

func (k *juliaKiller) start() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.begun.Add(1)
		time.Sleep(2 * time.Millisecond)
		k.Upstream.ServeHTTP(w, r)
	}))
	k.t.Cleanup(server.Close)
	k.Upstream = juliatest.New(juliatest.WithBaseURL(server.URL))
	for range 4 {
		k.change()
	}
	k.configure(quick, "[julia]", "upstream = '"+server.URL+"'")
}

// change publishes versions with and without artifacts; the server lacks some of those.
func (k *juliaKiller) change() {
	for range 1 + k.random.IntN(20) {
		k.count++
		k.fresh++
		v := juliatest.Version{Number: fmt.Sprintf("1.%d.0", k.count)}
		for i := range k.random.IntN(3) {
			v.Artifacts = append(v.Artifacts, juliatest.Artifact{
				Name: fmt.Sprintf("data%d", i), Missing: k.random.IntN(3) == 0, Packing: juliatest.XZ,
				Content: juliatest.Tree{Files: map[string]string{"n": fmt.Sprint(k.count, i), "random": randomText(k.random)}},
			})
		}
		k.Publish(fmt.Sprintf("Package%02d", k.random.IntN(20)), v)
	}
}

func randomText(random *rand.Rand) string {
	text := make([]byte, random.IntN(50_000))
	for i := range text {
		text[i] = byte(random.Uint32())
	}
	return string(text)
}

func (k *juliaKiller) round() {
	k.t.Helper()
	cmd := k.command("sync", "julia")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	first := k.begun.Load() + int64(k.random.IntN(2*k.fresh+2))
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	for running := true; running && k.begun.Load() < first; {
		select {
		case <-ended:
			running = false
		case <-time.After(time.Millisecond):
		}
	}
	select {
	case <-ended:
	case <-time.After(time.Duration(k.random.IntN(100)) * time.Millisecond):
		_ = cmd.Process.Kill()
	}
	<-ended
	k.ran++
	when := fmt.Sprintf("round %d, %v", k.ran, cmd.ProcessState)
	if code := cmd.ProcessState.ExitCode(); code > 0 {
		k.t.Fatalf("%s: a run that was not killed failed: %s", when, stderr.String())
	} else if code < 0 {
		k.killed++
	} else {
		k.fresh = 0
	}
	k.account(when)
	if len(k.snapshots()) > 0 {
		if o := k.run("verify", "julia"); o.code != 0 {
			k.t.Fatalf("%s: verify ended with %d\n%s%s", when, o.code, o.stdout, o.stderr)
		}
	}
}

// account wants no transfer of what had arrived before.
func (k *juliaKiller) account(when string) {
	k.t.Helper()
	for _, r := range k.Requests() {
		if r.Method != http.MethodGet || r.Status != http.StatusOK || strings.HasPrefix(r.Path, "registries") {
			continue
		}
		k.transfers++
		data, _ := k.File(r.Path)
		if k.landed[sum(data)] {
			k.t.Errorf("%s: %s was transferred again, although it had arrived", when, r.Path)
		}
	}
	k.ResetLog()
	k.landed, _ = k.site.landed()
}

func (k *juliaKiller) snapshots() string {
	o := k.run("snapshot", "list", "julia")
	if o.code != 0 {
		return ""
	}
	return strings.TrimSpace(o.stdout)
}

func (k *juliaKiller) converge() {
	k.t.Helper()
	k.must(0, "sync", "julia")
	k.account("undisturbed")
	k.must(0, "verify", "julia")
	k.must(0, "sync", "julia")
	if asked := k.Requests(); len(asked) != 1 {
		k.t.Errorf("%d requests when nothing changed, want 1: %+v", len(asked), asked)
	}
	if text := k.must(0, "snapshot", "show", "julia", "current").stdout; !strings.Contains(text, k.Hash().String()) {
		k.t.Errorf("the published registry is not upstream's %s\n%.500s", k.Hash(), text)
	}
}
