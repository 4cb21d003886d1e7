//go:build unix

package layout

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
)

// A child of the test is this program again, told by its environment to publish
// a version and to die at the nth step of it.
const childVariable = "LAYOUT_TEST_CHILD" // "FOLDER VERSION STEP"

func TestMain(m *testing.M) {
	if order := os.Getenv(childVariable); order != "" {
		if err := child(order); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(order string) error {
	var dir string
	var version, step int
	if _, err := fmt.Sscan(order, &dir, &version, &step); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	lock, err := Lock(root)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	objects, err := store.Open(root)
	if err != nil {
		return err
	}
	defer objects.Close()
	if err := objects.Sweep(); err != nil {
		return err
	}
	h, err := OpenHistory(root, objects, "toy")
	if err != nil {
		return err
	}
	h.Trace = func(at Step) {
		fmt.Println(at)
		if step--; step == 0 {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	var entries []Entry
	f := crashVersion(version)
	var put sync.WaitGroup
	for p, content := range f {
		if target, ok := strings.CutPrefix(content, linkMark); ok {
			entries = append(entries, Entry{Path: p, Link: target})
			continue
		}
		entries = append(entries, Entry{Path: p, Object: object(content), Size: int64(len(content))})
		put.Go(func() { _, _ = objects.Put(context.Background(), []byte(content)) }) // else Publish will miss it
	}
	put.Wait()
	s, err := h.Write(context.Background(), Header{Time: time.Unix(int64(version), 0)}, slices.Values(entries))
	if err != nil {
		return err
	}
	return h.Publish(context.Background(), s)
}

// crashVersion makes trees that differ in every way: files come, go, change,
// become folders and links and back; links come, go and lead elsewhere.
func crashVersion(v int) files {
	f := files{"names": fmt.Sprint("names ", v), "same/file": "same"}
	for i := range 4 {
		f[fmt.Sprintf("tarballs/%d-%d", i, (v+i)%3)] = fmt.Sprint(i, v)
	}
	if v%2 == 0 {
		f["docs"] = "a file"
		f["x/y/z"] = "deep"
		f["latest"] = "-> tarballs/" + fmt.Sprintf("%d-%d", v%4, v%3)
		f["x/up"] = "-> ../same"
		f["x/name"] = "-> y/z"
	} else {
		f["latest"] = "a file"
		f["x"] = "-> docs"
		f["docs/a"] = "in a folder"
		f["docs/b"] = "too"
	}
	return f
}

// runChild publishes a version in a child, which dies at a step (0: never). It
// returns the steps that were begun.
func runChild(t *testing.T, dir string, version, step int, kill time.Duration) (steps []string, killed bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+dir+" "+strconv.Itoa(version)+" "+strconv.Itoa(step))
	var errors strings.Builder
	cmd.Stderr = &errors
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	if kill > 0 {
		time.AfterFunc(kill, func() { cmd.Process.Kill() })
	}
	text, err := io.ReadAll(out)
	must(t, err)
	err = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
		return strings.Split(strings.TrimSpace(string(text)), "\n"), true
	}
	if err != nil {
		t.Fatalf("child: %v: %s", err, errors.String())
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n"), false
}

// checkWhole checks that what is served, as a tree and as a snapshot, is exactly
// the same one of the versions, and returns it; -1 is nothing.
func checkWhole(t *testing.T, dir string, versions ...int) int {
	t.Helper()
	m := openMirror(t, dir)
	asTree, asSnapshot := -1, -1
	if _, err := m.root.Lstat("toy"); err == nil {
		got := m.served()
		asTree = -2
		for _, v := range versions {
			if v >= 0 && maps.Equal(got, crashVersion(v)) {
				asTree = v
			}
		}
	}
	s, err := m.Current()
	must(t, err)
	if s != nil {
		asSnapshot = -2
		got := contents(t, s)
		for _, v := range versions {
			if v >= 0 && maps.Equal(got, crashVersion(v)) {
				asSnapshot = v
			}
		}
	}
	if !slices.Contains(versions, asTree) || asTree != asSnapshot {
		t.Fatalf("served as a tree: version %d, as a snapshot: %d; want one of %v", asTree, asSnapshot, versions)
	}
	return asTree
}

// checkBothTrees checks that the trees hold what their markers say.
func checkBothTrees(t *testing.T, dir string) {
	t.Helper()
	m := openMirror(t, dir)
	for _, tree := range []string{"a", "b"} {
		s, err := m.Load(m.marker(tree))
		must(t, err)
		got := readTree(t, m.root, m.treePath(tree))
		want := contents(t, s)
		if !maps.Equal(got, want) {
			t.Errorf("tree %s is not the snapshot %s that its marker names: %v", tree, s.ID, got)
		}
	}
}

// killAt picks the steps to die at: the first of each row of equal ones.
func killAt(steps []string) []int {
	var at []int
	for i, s := range steps {
		if i == 0 || s != steps[i-1] {
			at = append(at, i+1)
		}
	}
	return at
}

// copyMirror copies a mirror root, hard links as hard links.
func copyMirror(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	copies := map[uint64]string{} // by inode
	must(t, filepath.WalkDir(from, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == from {
			return err
		}
		target := to + strings.TrimPrefix(p, from)
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch inode := info.Sys().(*syscall.Stat_t).Ino; {
		case d.IsDir():
			return os.Mkdir(target, 0o755)
		case d.Type()&fs.ModeSymlink != 0:
			leads, err := os.Readlink(p)
			if err != nil {
				return err
			}
			return os.Symlink(leads, target)
		case copies[inode] != "":
			return os.Link(copies[inode], target)
		default:
			copies[inode] = target
			data, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			return os.WriteFile(target, data, info.Mode())
		}
	}))
	return to
}

// A process that dies at any step leaves a whole tree, and the next one converges.
func TestKilledAtEachStep(t *testing.T) {
	for name, versions := range map[string][]int{ // the last one dies
		"first publication": {4},
		"later publication": {1, 2, 4},
		"rollback":          {2, 4, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, next, old := versions[:len(versions)-1], versions[len(versions)-1], -1
			start := t.TempDir()
			m := openMirror(t, start)
			for _, v := range before {
				m.publish(crashVersion(v))
				old = v
			}
			steps, _ := runChild(t, copyMirror(t, start), next, 0, 0)
			for _, s := range []Step{StepUnmark, StepRemove, StepLink, StepSync, StepMark, StepSwap, StepCurrent, StepDone} {
				if !slices.Contains(steps, string(s)) && !(s == StepRemove && len(before) == 0) {
					t.Errorf("no child will die at the step %q", s)
				}
			}
			for _, step := range killAt(steps) {
				dir := copyMirror(t, start)
				if _, killed := runChild(t, dir, next, step, 0); !killed {
					t.Errorf("survived step %d", step)
				}
				checkWhole(t, dir, old, next)
				if got, at := openMirror(t, dir).Interrupted(), Step(steps[step-1]); got != (at == StepCurrent) {
					t.Errorf("killed at the step %q: interrupted is %v", at, got)
				}
				runChild(t, dir, next, 0, 0)
				checkWhole(t, dir, next)
				checkBothTrees(t, dir)
				if openMirror(t, dir).Interrupted() {
					t.Error("a publication that went on to its end is interrupted")
				}
			}
			if len(before) == 0 {
				return
			}
			must(t, os.Remove(filepath.Join(start, "snapshots/toy/current")))
			if openMirror(t, start).Interrupted() {
				t.Error("a link that somebody removed is no interruption")
			}
		})
	}
}

// One mirror, killed again and again at random steps and instants.
func TestKilledAtRandom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	served := -1
	for round := range 30 {
		next := random.IntN(6)
		var step int
		var kill time.Duration
		if random.IntN(2) == 0 {
			step = 1 + random.IntN(25)
		} else {
			kill = time.Duration(1+random.IntN(30_000)) * time.Microsecond
		}
		runChild(t, dir, next, step, kill)
		got := checkWhole(t, dir, -1, served, next)
		if served >= 0 && got < 0 {
			t.Fatalf("round %d: the tree is gone", round)
		}
		served = got
	}
	runChild(t, dir, 3, 0, 0)
	checkWhole(t, dir, 3)
	checkBothTrees(t, dir)
}
