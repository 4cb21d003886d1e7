package apply_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/apply"
	"github.com/offmirror/offmirror/layout/bundle/bundletest"
	"github.com/offmirror/offmirror/layout/bundle/create"
	"github.com/offmirror/offmirror/layout/bundle/read"
	"github.com/offmirror/offmirror/layout/bundle/trust"
)

// near is a mirror that makes bundles.
type near struct {
	*far
	key trust.Secret
}

func newNear(t testing.TB, dir string) *near {
	t.Helper()
	key, err := trust.Generate()
	must(t, err)
	return &near{openFar(t, dir), key}
}

// publish makes a tree the published snapshot and returns its id.
func (n *near) publish(ecosystem string, tree files, at time.Time) string {
	n.t.Helper()
	h := n.history(ecosystem)
	var entries []layout.Entry
	for path, content := range tree {
		e := bundletest.Entry(path, content)
		if e.Link == "" {
			_, err := n.objects.Put(n.t.Context(), []byte(content))
			must(n.t, err)
		}
		entries = append(entries, e)
	}
	s, err := h.Write(n.t.Context(), layout.Header{Time: at, Config: []byte(`{"a":1}`)}, slices.Values(entries))
	must(n.t, err)
	must(n.t, h.Publish(n.t.Context(), s))
	must(n.t, h.Confirm(s.ID, at))
	return s.ID
}

// bundle makes a signed bundle of what is published.
func (n *near) bundle(out string, base map[string][]string, volumeSize int64) *bundle.Manifest {
	n.t.Helper()
	lock, err := layout.Lock(n.root)
	must(n.t, err)
	defer lock.Unlock()
	r, err := create.Create(n.t.Context(), n.root, n.objects, create.Options{
		Base: base, VolumeSize: volumeSize, Out: []string{out},
		Sign: func(m []byte, comment string) ([]byte, error) { return trust.Sign(n.key, m, comment) },
	})
	must(n.t, err)
	return r.Manifest
}

// drawTree draws a small tree, with files that share content, links, and sometimes one
// that is larger than a volume.
func drawTree(t *rapid.T, label string) files {
	f := files{}
	for i := range rapid.IntRange(0, 12).Draw(t, label+" files") {
		name := fmt.Sprintf("%s/file-%d", rapid.SampledFrom([]string{"a", "b", "b/c"}).Draw(t, "folder"), i)
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			f[name] = "-> other"
		case 1:
			f[name] = ""
		case 2:
			f[name] = fmt.Sprint(i) + counting(rapid.IntRange(60<<10, 200<<10).Draw(t, "large"))
		default:
			f[name] = strings.Repeat(rapid.SampledFrom([]string{"x", "y", "zz"}).Draw(t, "content"), rapid.IntRange(1, 3000).Draw(t, "size"))
		}
	}
	if len(f) == 0 {
		f["only"] = "one"
	}
	return f
}

func folders(t *rapid.T) (string, func()) {
	dir, err := os.MkdirTemp("", "apply-test-")
	if err != nil {
		t.Fatal(err)
	}
	return dir, func() { _ = os.RemoveAll(dir) }
}

// What is applied is what was created: trees, lists byte for byte, objects. A chain of
// deltas, each against the one before, comes to the same as the full bundle, in whatever order its volumes
// come and whatever interrupts it.
func TestApplyIsTheInverseOfCreate(t *testing.T) {
	t.Parallel()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		must(t, flag.Set("rapid.checks", "15")) // each waits for the disk many times
	}
	rapid.Check(t, func(r *rapid.T) {
		dir, remove := folders(r)
		defer remove()
		sub := func(name string) string {
			must(t, os.MkdirAll(filepath.Join(dir, name), 0o755))
			return filepath.Join(dir, name)
		}
		n := newNear(t, sub("near"))
		chain, whole := openFar(t, sub("chain")), openFar(t, sub("whole"))
		defer func() { n.close(); chain.close(); whole.close() }()
		size := int64(64 << 10 << rapid.IntRange(0, 2).Draw(r, "volume size"))
		tree, shown := map[string]files{}, map[store.ID]bool{}
		var base map[string][]string
		steps := rapid.IntRange(1, 3).Draw(r, "steps")
		for step := range steps {
			for _, ecosystem := range []string{"other", "toy"} {
				if step == 0 || rapid.Bool().Draw(r, "changes "+ecosystem) {
					next := maps.Clone(tree[ecosystem])
					if next == nil || rapid.Bool().Draw(r, "anew") {
						next = files{}
					}
					maps.Copy(next, drawTree(r, ecosystem))
					tree[ecosystem] = next
					for path, content := range next {
						if e := bundletest.Entry(path, content); e.Link == "" {
							shown[e.Object] = true
						}
					}
					n.publish(ecosystem, next, day(step+1))
				}
			}
			out := sub(fmt.Sprint("delta", step))
			m := n.bundle(out, base, size)
			inAnyOrder(t, r, chain, out, m)
			base = map[string][]string{}
			for _, e := range m.Ecosystems {
				base[e.Name] = []string{e.Snapshot}
			}
		}
		out := sub("full")
		n.bundle(out, nil, size)
		_, err := whole.apply(apply.Options{}, out)
		must(t, err)
		for _, ecosystem := range []string{"other", "toy"} {
			id, err := n.history(ecosystem).CurrentID()
			must(t, err)
			want, err := n.root.ReadFile("snapshots/" + ecosystem + "/" + id)
			must(t, err)
			for _, f := range []*far{chain, whole} {
				if diff := cmp.Diff(tree[ecosystem], f.tree(ecosystem)); diff != "" {
					r.Fatalf("%s (-want +got):\n%s", ecosystem, diff)
				}
				got, err := f.root.ReadFile("snapshots/" + ecosystem + "/" + id)
				must(t, err)
				if string(got) != string(want) {
					r.Fatalf("the list of %s is another", ecosystem)
				}
				f.quiet()
			}
		}
		for _, f := range []*far{chain, whole} {
			for o, err := range f.objects.All() {
				must(t, err)
				must(t, f.objects.Check(t.Context(), o.ID))
				if size, ok := n.objects.Has(o.ID); !ok || size != o.Size {
					r.Fatalf("object %s is not of the sender", o.ID)
				}
			}
		}
		if got := objectsOf(t, chain); got != len(shown) { // lists and pieces are gone
			r.Fatalf("%d objects were shown, %d are at the receiver", len(shown), got)
		}
	})
}

func objectsOf(t testing.TB, f *far) (n int) {
	for _, err := range f.objects.All() {
		must(t, err)
		n++
	}
	return n
}

// inAnyOrder applies a bundle on sticks that hold some of its volumes each, in any order,
// and cuts some of the runs short.
func inAnyOrder(t *testing.T, r *rapid.T, f *far, out string, m *bundle.Manifest) {
	t.Helper()
	var numbers []int
	for i := range m.Volumes {
		numbers = append(numbers, i+1)
	}
	order := rapid.Permutation(numbers).Draw(r, "order")
	for len(order) > 0 {
		on := rapid.IntRange(1, len(order)).Draw(r, "on the stick")
		stick := filepath.Join(out, fmt.Sprint("stick", len(order)))
		must(t, os.Mkdir(stick, 0o755))
		files := []string{m.Name + ".manifest", m.Name + ".manifest.minisig"}
		for _, v := range order[:on] {
			files = append(files, bundle.VolumeFile(m.Name, v))
		}
		for _, file := range files {
			must(t, os.Link(filepath.Join(out, file), filepath.Join(stick, file)))
		}
		b, err := read.Open([]string{stick}, read.Options{})
		must(t, err)
		if rapid.Bool().Draw(r, "interrupted") {
			interrupt(t, f, b, rapid.IntRange(1, 40).Draw(r, "step"))
		}
		order = order[on:]
		_, err = apply.Apply(t.Context(), f.root, f.objects, b, apply.Options{})
		incomplete, ok := errors.AsType[*apply.IncompleteError](err)
		switch {
		case err == nil: // perhaps the store had the rest already
			return
		case !ok:
			r.Fatalf("with volumes %v to come: %v", order, err)
		case len(order) == 0:
			r.Fatalf("with all volumes: %v", err)
		}
		slices.Sort(order)
		if !slices.Equal(incomplete.Volumes, order) {
			r.Fatalf("asks for volumes %v, and %v are to come", incomplete.Volumes, order)
		}
		order = rapid.Permutation(order).Draw(r, "order")
	}
}
