package mirror_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/ecosystems/mirror/salvage"
	"github.com/offmirror/offmirror/fetch"
)

// A child of the test is this program again: it repairs a mirror and dies at the nth step.
const childVariable = "MIRROR_TEST_CHILD"

type childOrder struct {
	Root, URL string
	Step      int
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		var order childOrder
		err := json.Unmarshal([]byte(text), &order)
		if err == nil {
			err = order.run()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func (o childOrder) run() error {
	m, err := mirror.Open(o.Root, mirror.Config{Fetch: fetch.DefaultConfig()})
	if err != nil {
		return err
	}
	defer m.Close()
	site, err := salvage.NewSite(o.URL)
	if err != nil {
		return err
	}
	steps := make(chan struct{}, 1<<16)
	_, err = m.Repair(context.Background(), mirror.Job{Ecosystem: ecosystems.Ecosystem{Name: "toy"}, Driver: &toy{}}, mirror.RepairOptions{
		Offline: true, Sources: []salvage.Source{site},
		Trace: func(string) {
			steps <- struct{}{}
			if len(steps) == o.Step {
				_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
				select {}
			}
		},
	})
	return err
}

// Wherever a repair dies, nothing is worse than before, and the next one ends the work.
func TestRepairMayBeKilledAnywhere(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "beta", "dir/c": "gamma", "dir/d": "delta", "e": "epsilon"})
	w.mustSync()
	server := httptest.NewServer(http.FileServerFS(os.DirFS(w.copyOf())))
	defer server.Close()
	for step, ended := 1, false; !ended; step++ {
		overwrite(t, w.object("alpha"), "alphA")
		if err := errors.Join(os.Remove(w.object("beta")), os.Remove(filepath.Join(w.dir, "toy/dir/d")), os.Truncate(w.object("gamma"), 2)); err != nil {
			t.Fatal(err)
		}
		for _, tree := range []string{"a", "b"} { // these are no help
			_ = os.Remove(filepath.Join(w.dir, "state/trees/toy", tree, "b"))
		}
		before := damagedPaths(w.verify(mirror.VerifyOptions{}))
		order, err := json.Marshal(childOrder{w.dir, server.URL, step})
		if err != nil {
			t.Fatal(err)
		}
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), childVariable+"="+string(order))
		out, err := child.CombinedOutput()
		if ended = err == nil; !ended && !strings.Contains(err.Error(), "killed") {
			t.Fatalf("step %d: %v: %s", step, err, out)
		}
		for path := range damagedPaths(w.verify(mirror.VerifyOptions{})) {
			if !before[path] {
				t.Errorf("step %d: %s was right before", step, path)
			}
			if ended {
				t.Errorf("step %d: %s is not repaired", step, path)
			}
		}
		site, err := salvage.NewSite(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if v := w.repair(mirror.RepairOptions{Offline: true, Sources: []salvage.Source{site}}); len(v.Damage) != 0 {
			t.Fatalf("step %d: %+v", step, v.Damage)
		}
		if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 0 {
			t.Fatalf("step %d: %+v", step, v.Damage)
		}
		if step > 200 {
			t.Fatal("it never ends: " + strconv.Itoa(step))
		}
		t.Logf("step %d: ended %v", step, ended)
	}
}

func damagedPaths(v *mirror.Verification) map[string]bool {
	paths := map[string]bool{}
	for _, d := range v.Damage {
		paths[d.Path] = true
	}
	return paths
}
