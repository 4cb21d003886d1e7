package layout

import (
	"fmt"
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
