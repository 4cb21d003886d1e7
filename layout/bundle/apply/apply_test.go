package apply_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle/apply"
	"github.com/offmirror/offmirror/layout/bundle/bundletest"
	"github.com/offmirror/offmirror/layout/bundle/read"
	"github.com/offmirror/offmirror/layout/bundle/trust"
)

// day is the nth day of the sender's calendar.
func day(n int) time.Time { return time.Date(2030, 1, n, 12, 0, 0, 0, time.UTC) }

type files = map[string]string

// far is a mirror root on the far side.
type far struct {
	t       testing.TB
	dir     string
	root    *os.Root
	objects *store.Store
}

func newFar(t testing.TB) *far { return openFar(t, t.TempDir()) }

func openFar(t testing.TB, dir string) *far {
	t.Helper()
	root, err := os.OpenRoot(dir)
	must(t, err)
	objects, err := store.Open(root)
	must(t, err)
	f := &far{t, dir, root, objects}
	t.Cleanup(f.close)
	return f
}

// close lets go of the root, which may be done again.
func (f *far) close() {
	f.objects.Close()
	f.root.Close()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// unsigned takes bundles that nobody has signed.
var unsigned = apply.Options{Trust: trust.Options{AllowUnsigned: true}}

// apply applies what lies in folders.
func (f *far) apply(o apply.Options, folders ...string) (apply.Result, error) {
	f.t.Helper()
	b, err := read.Open(folders, read.Options{Recall: apply.Recall(f.root)})
	must(f.t, err)
	return apply.Apply(context.Background(), f.root, f.objects, b, o)
}

// tree returns what the mirror shows of an ecosystem.
func (f *far) tree(ecosystem string) files {
	f.t.Helper()
	got := files{}
	dir := filepath.Join(f.dir, ecosystem)
	if _, err := os.Lstat(dir); err != nil {
		return nil
	}
	must(f.t, filepath.WalkDir(dir+"/", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if d.Type() == fs.ModeSymlink {
			target, err := os.Readlink(path)
			got[name] = "-> " + target
			return err
		}
		data, err := os.ReadFile(path)
		got[name] = string(data)
		return err
	}))
	return got
}

func (f *far) shows(ecosystem string, want files) {
	f.t.Helper()
	if diff := cmp.Diff(want, f.tree(ecosystem)); diff != "" {
		f.t.Errorf("%s (-want +got):\n%s", ecosystem, diff)
	}
}

// history is for looking at snapshots.
func (f *far) history(ecosystem string) *layout.History {
	f.t.Helper()
	h, err := layout.OpenHistory(f.root, f.objects, ecosystem)
	must(f.t, err)
	return h
}

// quiet checks that nothing is left of an apply that is over.
func (f *far) quiet() {
	f.t.Helper()
	names, err := apply.Applying(f.root)
	must(f.t, err)
	if len(names) > 0 {
		f.t.Errorf("%v wait to be applied", names)
	}
}

func make2(t testing.TB, k bundletest.Maker) (folder string, b *bundletest.Bundle) {
	t.Helper()
	folder = t.TempDir()
	b = k.Make(t)
	b.Write(t, folder)
	return folder, b
}

// site is a tree of some files with a bit of everything.
func site(version int) files {
	f := files{
		"names":        fmt.Sprint("names ", version),
		"a/same":       "same",
		"a/empty":      "",
		"a/again":      "same",
		"link":         "-> a/same",
		"deep/er/file": fmt.Sprint("deep ", version/2),
	}
	for i := range 20 {
		f[fmt.Sprintf("tarballs/%03d-%d", i, (i+version)%3)] = strings.Repeat(fmt.Sprint("tar ", i, (i+version)%3, " "), 100*i)
	}
	return f
}

// lackOf leaves out what other trees have.
func lackOf(trees ...files) func(store.ID) bool {
	have := map[store.ID]bool{}
	for _, tree := range trees {
		for path, content := range tree {
			if e := bundletest.Entry(path, content); e.Link == "" {
				have[e.Object] = true
			}
		}
	}
	return func(id store.ID) bool { return have[id] }
}

func TestApplyPublishesWhatTheBundleShows(t *testing.T) {
	t.Parallel()
	f := newFar(t)
	other := files{"index": "other"}
	folder, b := make2(t, bundletest.Maker{VolumeSize: 64 << 10, Snapshots: []bundletest.Snapshot{
		{Ecosystem: "other", Files: other, Published: day(2), Checked: day(4)},
		{Ecosystem: "toy", Files: site(1), Published: day(3)},
	}})
	if len(b.Volumes) < 2 {
		t.Fatalf("%d volumes", len(b.Volumes))
	}
	result, err := f.apply(unsigned, folder)
	must(t, err)
	f.shows("toy", site(1))
	f.shows("other", other)
	f.quiet()
	if !result.Published || result.Unchanged || result.Objects != b.Manifest.Objects || result.Bytes != b.Manifest.Bytes {
		t.Errorf("result %+v", result)
	}
	c, err := f.history("other").Confirmed()
	must(t, err)
	if !c.Time.Equal(day(4)) || c.Snapshot != b.Manifest.Ecosystems[0].Snapshot {
		t.Errorf("confirmed %+v", c)
	}
	left := int64(0)
	for _, err := range f.objects.All() {
		must(t, err)
		left++
	}
	if left != b.Manifest.Objects {
		t.Errorf("the store holds %d objects instead of %d: lists are left", left, b.Manifest.Objects)
	}
}

func TestApplyAgainDoesNothingButConfirm(t *testing.T) {
	t.Parallel()
	f := newFar(t)
	snapshot := bundletest.Snapshot{Ecosystem: "toy", Files: site(1), Published: day(3)}
	folder, _ := make2(t, bundletest.Maker{Snapshots: []bundletest.Snapshot{snapshot}})
	_, err := f.apply(unsigned, folder)
	must(t, err)
	result, err := f.apply(unsigned, folder)
	must(t, err)
	if !result.Unchanged || result.Published {
		t.Errorf("result %+v", result)
	}
	snapshot.Published = day(5)
	folder, _ = make2(t, bundletest.Maker{Snapshots: []bundletest.Snapshot{snapshot}})
	result, err = f.apply(unsigned, folder)
	must(t, err)
	if !result.Unchanged {
		t.Errorf("result %+v", result)
	}
	c, err := f.history("toy").Confirmed()
	must(t, err)
	if !c.Time.Equal(day(5)) {
		t.Errorf("confirmed %v", c.Time)
	}
	records, err := apply.LoadApplied(f.root)
	must(t, err)
	if !records["toy"].Published.Equal(day(5)) {
		t.Errorf("remembers %+v", records["toy"])
	}
	folder, _ = make2(t, bundletest.Maker{Snapshots: []bundletest.Snapshot{{Ecosystem: "toy", Files: site(2), Published: day(4)}}})
	_, err = f.apply(unsigned, folder)
	if _, ok := errors.AsType[*apply.ReplayError](err); !ok {
		t.Errorf("a bundle between the two: %v", err)
	}
}

func TestApplyRefusesReplays(t *testing.T) {
	t.Parallel()
	f := newFar(t)
	bundles := map[int]string{}
	for _, v := range []int{1, 2, 3} {
		bundles[v], _ = make2(t, bundletest.Maker{Snapshots: []bundletest.Snapshot{{Ecosystem: "toy", Files: site(v), Published: day(v)}}})
	}
	_, err := f.apply(unsigned, bundles[2])
	must(t, err)
	_, err = f.apply(unsigned, bundles[1])
	replay, ok := errors.AsType[*apply.ReplayError](err)
	if !ok || replay.Ecosystem != "toy" || !strings.Contains(err.Error(), "--allow-rollback") {
		t.Fatalf("replay: %v", err)
	}
	f.shows("toy", site(2))
	back := unsigned
	back.AllowRollback = true
	_, err = f.apply(back, bundles[1])
	must(t, err)
	f.shows("toy", site(1))
	_, err = f.apply(unsigned, bundles[3])
	must(t, err)
	f.shows("toy", site(3))
}

func TestApplyDelta(t *testing.T) {
	t.Parallel()
	f := newFar(t)
	full, first := make2(t, bundletest.Maker{Snapshots: []bundletest.Snapshot{{Ecosystem: "toy", Files: site(1), Published: day(1)}}})
	delta, _ := make2(t, bundletest.Maker{
		Lack:      lackOf(site(1)),
		Snapshots: []bundletest.Snapshot{{Ecosystem: "toy", Files: site(2), Published: day(2), Base: []string{first.Manifest.Ecosystems[0].Snapshot}}},
	})
	_, err := f.apply(unsigned, delta)
	base, ok := errors.AsType[*apply.BaseError](err)
	if !ok || len(base.Lacking) != 1 || !strings.Contains(err.Error(), first.Manifest.Ecosystems[0].Snapshot) || !strings.Contains(err.Error(), "--receipt") {
		t.Fatalf("without the base: %v", err)
	}
	if f.tree("toy") != nil {
		t.Error("something was published")
	}
	for o, err := range f.objects.All() {
		t.Errorf("before the base is known %v was written, %v", o, err)
	}
	_, err = f.apply(unsigned, full)
	must(t, err)
	_, err = f.apply(unsigned, delta)
	must(t, err)
	f.shows("toy", site(2))
	damaged := bundletest.ID([]byte("same"))
	must(t, f.objects.Remove(damaged))
	delta, _ = make2(t, bundletest.Maker{
		Lack:      lackOf(site(1), site(2)),
		Snapshots: []bundletest.Snapshot{{Ecosystem: "toy", Files: site(3), Published: day(3), Base: []string{first.Manifest.Ecosystems[0].Snapshot}}},
	})
	_, err = f.apply(unsigned, delta)
	if base, ok := errors.AsType[*apply.BaseError](err); !ok || len(base.Lacking) != 0 || !strings.Contains(err.Error(), "offmirror verify") {
		t.Fatalf("with a base that is damaged: %v", err)
	}
}

func TestApplyVolumeByVolumeInAnyOrder(t *testing.T) {
	t.Parallel()
	tree := maps.Clone(site(1))
	tree["huge"] = strings.Repeat("0123456789abcdef", 20<<10) // several volumes
	k := bundletest.Maker{VolumeSize: 64 << 10, Snapshots: []bundletest.Snapshot{{Ecosystem: "toy", Files: tree, Published: day(1)}}}
	b := k.Make(t)
	if len(b.Volumes) < 5 || len(b.Manifest.Splits) == 0 {
		t.Fatalf("%d volumes, %d splits", len(b.Volumes), len(b.Manifest.Splits))
	}
	up := make([]int, len(b.Volumes))
	for i := range up {
		up[i] = i + 1
	}
	down := slices.Clone(up)
	slices.Reverse(down)
	mixed := slices.Clone(up)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	for _, order := range [][]int{up, down, mixed} {
		f := newFar(t)
		left := len(b.Volumes)
		for _, n := range order {
			stick := t.TempDir()
			b.Write(t, stick, n)
			if left < len(b.Volumes) { // the manifest is remembered
				must(t, os.Remove(filepath.Join(stick, b.Manifest.Name+".manifest")))
			}
			left--
			result, err := f.apply(unsigned, stick)
			incomplete, ok := errors.AsType[*apply.IncompleteError](err)
			if left > 0 && (!ok || len(incomplete.Volumes) != left || slices.Contains(incomplete.Volumes, n)) {
				t.Fatalf("volume %d alone: %v", n, err)
			}
			if left == 0 {
				must(t, err)
			} else if f.tree("toy") != nil || result.Published {
				t.Fatal("published before everything was here")
			}
		}
		f.shows("toy", tree)
		f.quiet()
		objects := map[string]bool{}
		for o, err := range f.objects.All() {
			must(t, err)
			objects[o.ID.String()] = true
		}
		if int64(len(objects)) != b.Manifest.Objects {
			t.Errorf("order %v: the store holds %d objects instead of %d: pieces are left", order, len(objects), b.Manifest.Objects)
		}
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	t.Parallel()
	f := newFar(t)
	folder, b := make2(t, bundletest.Maker{Snapshots: []bundletest.Snapshot{{Ecosystem: "toy", Files: site(1), Published: day(1)}}})
	dry := unsigned
	dry.DryRun = true
	result, err := f.apply(dry, folder)
	must(t, err)
	if entries, err := os.ReadDir(f.dir); err != nil || len(entries) > 0 {
		t.Fatalf("the root holds %v, %v", entries, err)
	}
	want := []apply.Change{{
		Ecosystem: "toy", Snapshot: b.Manifest.Ecosystems[0].Snapshot, Known: true,
		Added: int64(len(site(1))), Bytes: b.Manifest.Ecosystems[0].Bytes,
	}}
	if diff := cmp.Diff(want, result.Changes); diff != "" {
		t.Error(diff)
	}
	if result.Objects != b.Manifest.Objects || result.Bytes != b.Manifest.Bytes || result.Published {
		t.Errorf("result %+v", result)
	}
	_, err = f.apply(unsigned, folder)
	must(t, err)
	folder, _ = make2(t, bundletest.Maker{Snapshots: []bundletest.Snapshot{{Ecosystem: "toy", Published: day(2), Files: files{
		"names": "new names", "a/same": "same", "new": "new",
	}}}})
	result, err = f.apply(dry, folder)
	must(t, err)
	c := result.Changes[0]
	if c.Added != 1 || c.Changed != 1 || c.Removed != int64(len(site(1)))-2 || c.Bytes != int64(len("new names")+len("new")) {
		t.Errorf("change %+v", c)
	}
	f.shows("toy", site(1))
}
