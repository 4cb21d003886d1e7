package apply_test

import (
	"context"
	"testing"

	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle/apply"
	"github.com/offmirror/offmirror/layout/bundle/bundletest"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

// dies applies what lies in a folder by a run that ends at a step, as if its machine had died there.
func (f *far) dies(at apply.Step, folder string) {
	f.t.Helper()
	type death struct{}
	defer func() {
		if got := recover(); got != (death{}) {
			f.t.Fatalf("at %q it ended with %v instead", at, got)
		}
	}()
	b, err := read.Open([]string{folder}, read.Options{Recall: apply.Recall(f.root)})
	must(f.t, err)
	o := unsigned
	o.Trace = func(s apply.Step) {
		if s == at {
			panic(death{})
		}
	}
	_, _ = apply.Apply(context.Background(), f.root, f.objects, b, o)
}

func toy(t testing.TB, version int) (folder, id string) {
	t.Helper()
	folder, b := make2(t, bundletest.Maker{Snapshots: []bundletest.Snapshot{{Ecosystem: "toy", Files: site(version), Published: day(version)}}})
	return folder, b.Manifest.Ecosystems[0].Snapshot
}

// diesAtTheThird applies two versions of toy, whose snapshots it returns, and dies at a step of applying the
// bundle of the third.
func (f *far) diesAtTheThird(at apply.Step) (ids map[int]string, third string) {
	f.t.Helper()
	ids = map[int]string{}
	for version := 1; version <= 2; version++ {
		var folder string
		folder, ids[version] = toy(f.t, version)
		_, err := f.apply(unsigned, folder)
		must(f.t, err)
	}
	third, _ = toy(f.t, 3)
	f.dies(at, third)
	return ids, third
}

// A run dies while it publishes. Then an older snapshot is published by hand, and after that a bundle
// of another ecosystem comes: what was decided by hand stays.
func TestWhatWasPublishedAfterAnInterruptionStays(t *testing.T) {
	t.Parallel()
	for _, at := range []apply.Step{apply.Step(layout.StepCurrent), apply.Step(layout.StepDone), apply.StepForget} {
		for back := 1; back <= 2; back++ {
			f := newFar(t)
			ids, folder := f.diesAtTheThird(at)
			f.shows("toy", site(3))

			h := f.history("toy")
			old, err := h.Load(ids[back])
			must(t, err)
			must(t, h.Publish(t.Context(), old))
			f.shows("toy", site(back))

			other, _ := make2(t, bundletest.Maker{Snapshots: []bundletest.Snapshot{{Ecosystem: "other", Files: files{"index": "other"}, Published: day(9)}}})
			_, err = f.apply(unsigned, other)
			must(t, err)
			f.shows("other", files{"index": "other"})
			f.shows("toy", site(back))
			f.quiet()

			if _, err := f.apply(unsigned, folder); err != nil { // who applies it again wants it
				t.Fatal(err)
			}
			f.shows("toy", site(3))
			f.quiet()
			if t.Failed() {
				t.Fatalf("died at %q, then back to version %d", at, back)
			}
		}
	}
}

// The same before the trees are swapped: if nothing was published since, the next run finishes it, and
// if something was, it does not.
func TestInterruptedBeforeTheSwap(t *testing.T) {
	t.Parallel()
	for _, at := range []apply.Step{apply.StepCommit, apply.StepSwap, apply.Step(layout.StepSwap)} {
		for _, overtaken := range []bool{false, true} {
			f := newFar(t)
			ids, _ := f.diesAtTheThird(at)
			f.shows("toy", site(2))
			want := 3
			if at == apply.StepCommit {
				want = 2 // it is not remembered as applied yet
			}
			if overtaken {
				want = 2
				for _, version := range []int{1, 2} { // back and forth again
					h := f.history("toy")
					s, err := h.Load(ids[version])
					must(t, err)
					must(t, h.Publish(t.Context(), s))
				}
			}
			other, _ := make2(t, bundletest.Maker{Snapshots: []bundletest.Snapshot{{Ecosystem: "other", Files: files{"index": "other"}, Published: day(9)}}})
			_, err := f.apply(unsigned, other)
			must(t, err)
			f.shows("toy", site(want))
			f.quiet()
			if t.Failed() {
				t.Fatalf("died at %q, overtaken: %v", at, overtaken)
			}
		}
	}
}
