package layout

import (
	"fmt"
	"math"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestListTakesAnyOrder(t *testing.T) {
	a, b, c := Entry{Path: "a", Object: object("1"), Size: 1}, Entry{Path: "b/x", Object: object("2"), Size: 2}, Entry{Path: "b0", Object: object("3"), Size: 3}
	for _, order := range [][]Entry{{a, b, c}, {c, b, a}, {b, a, c, b, a}} {
		l, err := NewList(slices.Values(order))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Entry{a, b, c}, slices.Collect(l.All(""))); diff != "" {
			t.Error(diff)
		}
		if l.Len() != 3 || l.Total() != 6 {
			t.Errorf("%d entries, %d bytes", l.Len(), l.Total())
		}
	}
}

func TestListRefuses(t *testing.T) {
	for want, entries := range map[string][]Entry{
		"as object":  {{Path: "a", Object: object("1"), Size: 1}, {Path: "b", Object: object("1"), Size: 1}, {Path: "a", Object: object("2"), Size: 1}},
		"as objecT":  {{Path: "a", Object: object("1"), Size: 1}, {Path: "a", Object: object("1"), Size: 2}},
		"only":       {{Path: "a/x", Object: object("1"), Size: 1}, {Path: "A/y", Object: object("1"), Size: 1}},
		"element":    {{Path: "a/../b", Object: object("1"), Size: 1}},
		"as link":    {{Path: "b", Link: "x"}, {Path: "a", Object: object("1"), Size: 1}, {Path: "b", Link: "y"}},
		"as link to": {{Path: "a", Object: object("1"), Size: 1}, {Path: "a", Link: "x"}},
		"needs the":  {{Path: "a", Link: "x"}, {Path: "a/b", Object: object("1"), Size: 1}},
		"object or":  {{Path: "a", Link: "x", Object: object("1")}},
		"or a size":  {{Path: "a", Link: "x", Size: 1}},
		"out of":     {{Path: "a/b", Link: "../../a"}},
		"impossible": {{Path: "a", Object: object("1"), Size: -1}},
	} {
		_, err := NewList(slices.Values(entries))
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) {
			t.Errorf("NewList(%v) = %v, want %q", entries, err, want)
		}
	}
}

func TestEmptyList(t *testing.T) {
	l, err := NewList(slices.Values([]Entry{}))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := l.Lookup(""); ok || l.Len() != 0 || len(slices.Collect(l.All(""))) != 0 {
		t.Error("an empty list holds something")
	}
}

// A list answers like a map and a sorted slice.
func TestListAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-c]{1,3}(/[a-c]{1,2}x)?y`), 0, 30, FoldKey).Draw(t, "paths")
		var entries []Entry
		for i, p := range names {
			if i%3 == 2 {
				entries = append(entries, Entry{Path: p, Link: fmt.Sprint("to/", i)})
				continue
			}
			entries = append(entries, Entry{Path: p, Object: object(p), Size: int64(i)})
		}
		l, err := NewList(slices.Values(entries))
		if err != nil {
			t.Fatal(err)
		}
		ask := rapid.OneOf(rapid.StringMatching(`[a-c]{0,3}(/[a-c]{0,2}x?)?y?`), rapid.SampledFrom(append(names, ""))).Draw(t, "ask")
		var want []Entry
		for _, e := range entries {
			if strings.HasPrefix(e.Path, ask) {
				want = append(want, e)
			}
		}
		slices.SortFunc(want, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
		if diff := cmp.Diff(want, slices.Collect(l.All(ask))); diff != "" {
			t.Fatalf("All(%q): %s", ask, diff)
		}
		at := slices.IndexFunc(entries, func(e Entry) bool { return e.Path == ask })
		got, ok := l.Lookup(ask)
		if ok != (at >= 0) || ok && got != entries[at] {
			t.Fatalf("Lookup(%q) = %v, %v", ask, got, ok)
		}
	})
}

// longPath makes paths that share a lot, with digits in every place, and so do links.
var longPath = rapid.Custom(func(t *rapid.T) string {
	element := rapid.OneOf(
		rapid.SampledFrom([]string{"package", "artifact", "0123456789abcdef", "0123456789abcdee0", "deadbeefdeadbeefq", "p-1", "p", "P.é"}),
		rapid.StringMatching(`[0-9a-f]{0,44}(-[0-9a-f]{4,13})?[gx]`),
	)
	return strings.Join(rapid.SliceOfN(element, 1, 4).Draw(t, "elements"), "/")
})

// Lists of many blocks, made in any order and in batches of any size, answer like a
// sorted slice.
func TestLongListAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var paths Paths
		var want []Entry
		for _, p := range rapid.SliceOfNDistinct(longPath, 0, 120, FoldKey).Draw(t, "paths") {
			if paths.Add(p) != nil {
				continue
			}
			e := Entry{Path: p, Object: object(p), Size: rapid.Int64Range(0, math.MaxInt64/200).Draw(t, "size")}
			if rapid.IntRange(0, 2).Draw(t, "link") == 0 {
				e = Entry{Path: p, Link: longPath.Draw(t, "target")}
			}
			want = append(want, e)
		}
		given := slices.Clone(want)
		for _, i := range rapid.SliceOf(rapid.IntRange(0, max(0, len(want)-1))).Draw(t, "twice") {
			if len(want) > 0 {
				given = append(given, want[i])
			}
		}
		slices.SortFunc(want, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
		b := listBuilder{batch: rapid.IntRange(1, 50).Draw(t, "batch")}
		for _, e := range given {
			if err := b.add(e); err != nil {
				t.Fatal(err)
			}
		}
		l, err := b.finish()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(append([]Entry{}, want...), slices.AppendSeq([]Entry{}, l.All(""))); diff != "" {
			t.Fatal(diff)
		}
		var total int64
		for i, e := range want {
			total += e.Size
			if got := l.At(i); got != e {
				t.Fatalf("At(%d) = %v, want %v", i, got, e)
			}
		}
		if l.Len() != len(want) || l.Total() != total || l.HasLinks() != slices.ContainsFunc(want, Entry.IsLink) {
			t.Fatalf("%d entries, %d bytes, links %v", l.Len(), l.Total(), l.HasLinks())
		}
		asked := []string{"", "package", "zzz", "0"}
		for _, e := range want {
			p := e.Path
			asked = append(asked, p, p[:len(p)-1], p+"0", p[:len(p)/2], p[:len(p)-1]+string(p[len(p)-1]+1), path.Dir(p)+"/", p+"/")
		}
		for _, ask := range asked {
			at, found := slices.BinarySearchFunc(want, ask, func(e Entry, p string) int { return strings.Compare(e.Path, p) })
			got, ok := l.Lookup(ask)
			if ok != found || ok && got != want[at] {
				t.Fatalf("Lookup(%q) = %v, %v", ask, got, ok)
			}
			end := at
			for end < len(want) && strings.HasPrefix(want[end].Path, ask) {
				end++
			}
			i, data, begins := l.find(ask)
			if i != at || (data != nil) != found || begins != (end > at) {
				t.Fatalf("find(%q) = %d, %v, %v, want %d", ask, i, data != nil, begins, at)
			}
			if diff := cmp.Diff(append([]Entry{}, want[at:end]...), slices.AppendSeq([]Entry{}, l.All(ask))); diff != "" {
				t.Fatalf("All(%q): %s", ask, diff)
			}
			if c := l.cursor(at); c.next() != (at < len(want)) || at < len(want) && c.entry() != want[at] {
				t.Fatalf("cursor(%d) comes to %v", at, c.entry())
			}
		}
	})
}

// What is yielded stays what it is when the loop goes on, and a loop may end anywhere.
func TestAllMayBeLeft(t *testing.T) {
	l, err := NewList(realistic(100))
	must(t, err)
	want := slices.Collect(l.All(""))
	for n := range len(want) {
		var got []Entry
		for e := range l.All("") {
			if got = append(got, e); len(got) == n+1 {
				break
			}
		}
		if diff := cmp.Diff(want[:n+1], got); diff != "" {
			t.Fatal(diff)
		}
	}
}

// Batches that are merged refuse what one batch refuses.
func TestContradictionsInAnyBatch(t *testing.T) {
	a, other, link := Entry{Path: "a", Object: object("1"), Size: 1}, Entry{Path: "a", Object: object("2"), Size: 1}, Entry{Path: "a", Link: "b"}
	b := Entry{Path: "b", Object: object("1"), Size: 1}
	for _, second := range []Entry{other, link, {Path: "a", Object: object("1"), Size: 2}} {
		for batch := 1; batch < 6; batch++ {
			for _, order := range [][]Entry{{a, second}, {b, a, second}, {b, a, b, b, second}, {a, b, second}, {second, b, b, a}} {
				builder := listBuilder{batch: batch}
				var err error
				for _, e := range order {
					err = earlier(err, builder.add(e))
				}
				_, finished := builder.finish()
				if err = earlier(err, finished); err == nil || !strings.Contains(err.Error(), "occurs twice") {
					t.Errorf("batches of %d: %v, then %v", batch, order, err)
				}
			}
		}
	}
}

func earlier(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// The size of a list is that of what cannot be told from its neighbours.
func TestListIsCompact(t *testing.T) {
	l, err := NewList(realistic(50_000))
	must(t, err)
	text := 0
	for e := range l.All("") {
		text += len(e.Path)
	}
	if got := l.footprint() / l.Len(); got > 60 {
		t.Errorf("%d bytes an entry, of which 32 are the object's, want at most 60; all paths have %d", got, text/l.Len())
	}
	for i, slab := range l.slabs {
		if cap(slab) > slabSize*5/4 {
			t.Errorf("slab %d has room for %d bytes", i, cap(slab))
		}
	}
}

// A difference leads from one list to the other.
func TestDiffAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		contents := rapid.MapOfN(rapid.StringMatching(`[a-c]{1,3}`), rapid.SampledFrom([]string{"1", "2", "-> x", "-> y"}), 0, 60)
		list := func(f map[string]string) *Snapshot {
			l, err := NewList(func(yield func(Entry) bool) {
				for p, content := range f {
					e := Entry{Path: p, Object: object(content), Size: 1}
					if target, ok := strings.CutPrefix(content, linkMark); ok {
						e = Entry{Path: p, Link: target}
					}
					if !yield(e) {
						return
					}
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			return &Snapshot{List: l}
		}
		from, to := contents.Draw(t, "from"), contents.Draw(t, "to")
		a, b := list(from), list(to)
		last := ""
		for c := range Diff(a, b) {
			old, hadOld := a.Lookup(c.Path)
			fresh, hasNew := b.Lookup(c.Path)
			if c.Old != old || c.New != fresh || c.Added() == hadOld || c.Removed() == hasNew || from[c.Path] == to[c.Path] || c.Path <= last {
				t.Fatalf("%v after %q", c, last)
			}
			last = c.Path
			if hasNew {
				from[c.Path] = to[c.Path]
			} else {
				delete(from, c.Path)
			}
		}
		if diff := cmp.Diff(to, from); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestDiff(t *testing.T) {
	a := mustSnapshot(t, Entry{Path: "changed", Object: object("1"), Size: 1}, Entry{Path: "gone", Object: object("2"), Size: 1}, Entry{Path: "same", Object: object("3"), Size: 1})
	b := mustSnapshot(t, Entry{Path: "changed", Object: object("4"), Size: 1}, Entry{Path: "new", Object: object("2"), Size: 1}, Entry{Path: "same", Object: object("3"), Size: 1})
	want := []Change{
		{Path: "changed", Old: a.At(0), New: b.At(0)},
		{Path: "gone", Old: a.At(1)},
		{Path: "new", New: b.At(1)},
	}
	if diff := cmp.Diff(want, slices.Collect(Diff(a, b))); diff != "" {
		t.Error(diff)
	}
	c := mustSnapshot(t, Entry{Path: "changed", Link: "same"}, Entry{Path: "gone", Link: "same"}, Entry{Path: "same", Object: object("3"), Size: 1})
	d := mustSnapshot(t, Entry{Path: "changed", Link: "gone"}, Entry{Path: "gone", Link: "same"}, Entry{Path: "same", Object: object("3"), Size: 1})
	want = []Change{{Path: "changed", Old: c.At(0), New: d.At(0)}}
	if diff := cmp.Diff(want, slices.Collect(Diff(c, d))); diff != "" {
		t.Errorf("another target: %s", diff)
	}
	want = []Change{{Path: "changed", Old: a.At(0), New: c.At(0)}, {Path: "gone", Old: a.At(1), New: c.At(1)}}
	if diff := cmp.Diff(want, slices.Collect(Diff(a, c))); diff != "" {
		t.Errorf("links instead of files: %s", diff)
	}
	if n := len(slices.Collect(Diff(a, a))); n != 0 {
		t.Errorf("%d changes to itself", n)
	}
	if got := slices.Collect(Diff(nil, a)); len(got) != 3 || !got[0].Added() || got[0].Removed() {
		t.Errorf("from nothing: %v", got)
	}
	if got := slices.Collect(Diff(a, nil)); len(got) != 3 || got[0].Added() || !got[0].Removed() {
		t.Errorf("to nothing: %v", got)
	}
}
