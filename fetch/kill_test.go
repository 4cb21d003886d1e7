package fetch_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

const (
	childRoot = "OFFMIRROR_TEST_ROOT" // set in the process that is killed
	childURL  = "OFFMIRROR_TEST_URL"

	victims = 150 // objects; every fiftieth is large
)

func victim(i int) []byte {
	size := 20_000
	if i%50 == 7 {
		size = large
	}
	return append(noise(size), byte(i))
}

func victimPath(i int) string { return fmt.Sprintf("/%d", i) }

// TestKilledProcess is the process that [TestKillAtAnyTime] kills. On its own it
// does nothing.
func TestKilledProcess(t *testing.T) {
	dir := os.Getenv(childRoot)
	if dir == "" {
		return
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	r := &room{root: root}
	if r.state, err = root.OpenRoot("state"); err != nil {
		t.Fatal(err)
	}
	r.open(t)
	defer r.store.Close()
	e := r.engine(t, nil)
	defer e.Close()
	var wg sync.WaitGroup
	for i := range victims {
		wg.Go(func() {
			body := victim(i)
			want := sha256Of(body)
			if i%2 == 0 { // found again by what the journal knows
				want = sha512Of(body)
			}
			if _, err := e.Fetch(t.Context(), fetch.Request{URL: os.Getenv(childURL) + victimPath(i), Want: []digest.Digest{want}}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestKillAtAnyTime kills a process in the middle of its work, again and again.
// What is in the store after a kill is whole and is not asked for again, and the
// last process ends with everything.
func TestKillAtAnyTime(t *testing.T) {
	files := upstreamtest.Files{}
	for i := range victims {
		files[victimPath(i)] = victim(i)
	}
	up := upstreamtest.New(t, files)
	r := newRoom(t)
	r.store.Close()
	defer r.open(t)
	const rounds = 15
	done := map[string]bool{}
	for round := range rounds + 1 {
		up.Forget()
		started := make(chan *exec.Cmd, 1)
		left := int64(1 + rand.N(2*victims))
		if round == rounds {
			left = -1
		}
		up.Always("*", killAfter(left, started))
		var out bytes.Buffer
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestKilledProcess$")
		cmd.Env = append(os.Environ(), childRoot+"="+r.root.Name(), childURL+"="+up.URL)
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		started <- cmd
		if err := cmd.Wait(); err != nil && (cmd.ProcessState.Exited() || round == rounds) {
			t.Fatalf("%v\n%s", err, out.String())
		}
		for _, req := range up.Requests() {
			if done[req.Path] {
				t.Errorf("round %d: %s was asked for although it is in the store", round, req.Path)
			}
		}
		done = objects(t, r)
	}
	if len(done) != victims {
		t.Errorf("%d objects in the end, want %d", len(done), victims)
	}
}

// killAfter answers well, and kills the process at the given request.
func killAfter(n int64, started <-chan *exec.Cmd) upstreamtest.Step {
	var left atomic.Int64
	left.Store(n)
	return func(x *upstreamtest.Exchange) {
		if left.Add(-1) == 0 {
			_ = (<-started).Process.Kill()
		}
		x.Answer(x.Good)
	}
}

// objects checks everything in the store and names it by its path.
func objects(t *testing.T, r *room) map[string]bool {
	t.Helper()
	r.open(t)
	defer r.store.Close()
	byID := map[store.ID]string{}
	for i := range victims {
		byID[mustID(t, victim(i))] = victimPath(i)
	}
	out := map[string]bool{}
	for info, err := range r.store.All() {
		if err != nil {
			t.Fatal(err)
		}
		if err := r.store.Check(t.Context(), info.ID); err != nil || byID[info.ID] == "" {
			t.Errorf("%s: %v", info.ID, err)
		}
		out[byID[info.ID]] = true
	}
	return out
}
