//go:build unix

package apply_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle/apply"
	"github.com/offmirror/offmirror/layout/bundle/bundletest"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

// A child of the test is this program again, told by its environment to apply a bundle and
// to die at the nth step of it, 0 for never.
const childVariable = "APPLY_TEST_CHILD" // "ROOT STEP FOLDER…"

func TestMain(m *testing.M) {
	if order := os.Getenv(childVariable); order != "" {
		if err := child(strings.Fields(order)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(order []string) error {
	step, err := strconv.Atoi(order[1])
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(order[0])
	if err != nil {
		return err
	}
	objects, err := store.Open(root)
	if err != nil {
		return err
	}
	defer objects.Close()
	b, err := read.Open(order[2:], read.Options{Recall: apply.Recall(root)})
	if err != nil {
		return err
	}
	o := unsigned
	o.Trace = func(s apply.Step) {
		fmt.Println(s)
		if step--; step == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	_, err = apply.Apply(context.Background(), root, objects, b, o)
	return err
}

// runChild applies what lies in folders in a child, which dies at a step, or after a time, if that
// is not 0. It returns the steps that were begun.
func (f *far) runChild(step int, kill time.Duration, folders ...string) (steps []string, killed bool) {
	f.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+strings.Join(append([]string{f.dir, strconv.Itoa(step)}, folders...), " "))
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	must(f.t, err)
	must(f.t, cmd.Start())
	if kill > 0 {
		timer := time.AfterFunc(kill, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		steps = append(steps, lines.Text())
	}
	_, _ = io.Copy(io.Discard, out)
	err = cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.Sys().(syscall.WaitStatus).Signaled() {
		return steps, true
	}
	if err != nil {
		f.t.Fatalf("child: %v: %s", err, said.String())
	}
	return steps, false
}

// crashed is a version of two ecosystems, of which one file is larger than a volume.
func crashed(version int) map[string]files {
	toy := files{
		"names": fmt.Sprint(version), "same": "same", "link": "-> same", "huge": fmt.Sprint(version) + counting(70<<10),
		fmt.Sprint("new", version): fmt.Sprint("new", version),
	}
	return map[string]files{"toy": toy, "other": {"index": fmt.Sprint("other ", version), "same": "same"}}
}

func crashedBundle(t *testing.T, version int) (folder string) {
	var all []bundletest.Snapshot
	for _, ecosystem := range []string{"other", "toy"} {
		all = append(all, bundletest.Snapshot{Ecosystem: ecosystem, Files: crashed(version)[ecosystem], Published: day(1).Add(time.Duration(version) * time.Hour)})
	}
	folder, _ = make2(t, bundletest.Maker{VolumeSize: 64 << 10, Snapshots: all})
	return folder
}

// shown returns which version of an ecosystem is shown, whole; otherwise it fails.
func (f *far) shown(ecosystem string, versions ...int) int {
	f.t.Helper()
	got := f.tree(ecosystem)
	for _, v := range versions {
		if reflect.DeepEqual(got, crashed(v)[ecosystem]) {
			return v
		}
	}
	if got != nil {
		f.t.Fatalf("%s shows none of %v: %v", ecosystem, versions, got)
	}
	return -1
}

// A child dies at each step in turn. What is shown is then whole; the next run
// finishes it, be it the same bundle or the next one, and leaves nothing over.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	f := newFar(t)
	version := 1
	apply1 := func(v int) {
		t.Helper()
		_, err := f.apply(unsigned, crashedBundle(t, v))
		must(t, err)
	}
	apply1(version)
	seen := map[string]bool{}
	between := false // one ecosystem was published, and the other one was not
	for step := 1; ; step++ {
		next := version + 1
		folder := crashedBundle(t, next)
		steps, killed := f.runChild(step, 0, folder)
		if !killed {
			if len(steps) >= step {
				t.Fatalf("%d steps, and it was to die at %d", len(steps), step)
			}
			break
		}
		seen[steps[len(steps)-1]] = true
		toy, other := f.shown("toy", version, next), f.shown("other", version, next)
		between = between || toy != other
		if step%2 == 0 { // another one comes, which brings only one of the two
			next++
			folder, _ = make2(t, bundletest.Maker{Snapshots: []bundletest.Snapshot{
				{Ecosystem: "toy", Files: crashed(next)["toy"], Published: day(1).Add(time.Duration(next) * time.Hour)},
			}})
			if _, err := f.apply(unsigned, folder); err != nil {
				t.Fatalf("after step %d, %s: %v", step, steps[len(steps)-1], err)
			}
			if slices.Contains(steps, string(apply.StepSwap)) && f.shown("other", version, next-1) == version {
				t.Fatalf("after step %d, %s: what was about to be published was not", step, steps[len(steps)-1])
			}
			next++
			folder = crashedBundle(t, next)
		}
		if _, err := f.apply(unsigned, folder); err != nil {
			t.Fatalf("after step %d, %s: %v", step, steps[len(steps)-1], err)
		}
		version = next
		if f.shown("toy", version) != version || f.shown("other", version) != version {
			t.Fatalf("after step %d, %s: not everything is published", step, steps[len(steps)-1])
		}
		for _, ecosystem := range []string{"toy", "other"} {
			for path, err := range f.history(ecosystem).CheckTree(t.Context()) {
				t.Errorf("after step %d: %s: %v", step, path, err)
			}
		}
	}
	for _, s := range []apply.Step{
		apply.StepRemember, apply.StepLists, apply.StepVolume, apply.StepObject, apply.StepJoin, apply.StepAdopt,
		apply.StepPrepare, apply.StepCommit, apply.StepSwap, apply.StepForget, apply.StepDone, "swap the trees", "point to the snapshot",
	} {
		if !seen[string(s)] {
			t.Errorf("no child died at %q", s)
		}
	}
	if !between {
		t.Error("no child died between the two ecosystems")
	}
}

// A child dies at any time, again and again, until one comes through.
func TestKilledAtRandom(t *testing.T) {
	t.Parallel()
	f := newFar(t)
	_, err := f.apply(unsigned, crashedBundle(t, 1))
	must(t, err)
	random := rand.New(rand.NewPCG(5, 6))
	kills := 0
	for version := 2; version < 6; version++ {
		folder := crashedBundle(t, version)
		for {
			_, killed := f.runChild(0, time.Duration(1+random.IntN(200))*time.Millisecond, folder)
			f.shown("toy", version-1, version)
			f.shown("other", version-1, version)
			if !killed {
				break
			}
			kills++
		}
		if f.shown("toy", version) != version || f.shown("other", version) != version {
			t.Fatalf("version %d is not published", version)
		}
	}
	t.Log(kills, "kills")
}
