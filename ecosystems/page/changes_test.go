package page_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/page"
	"github.com/offmirror/offmirror/layout"
)

type diffPage struct {
	From, To                string
	Added, Removed, Changed int
	Changes                 []struct{ Path, Change string }
	Next                    *int
}

// Pages of a difference, one after the other, have each change once, whether they come from memory or not.
func TestDifferencesByPages(t *testing.T) {
	w := newWorld(t)
	old, fresh := map[string]string{"same": "s"}, map[string]string{"same": "s"}
	want := map[string]string{}
	for i := range 170 {
		a, b, c := fmt.Sprintf("a/%03d", i), fmt.Sprintf("b/%03d", i), fmt.Sprintf("c/%03d", i)
		old[a], fresh[b], old[c], fresh[c] = "old", "new", "old", "new!"
		want[a], want[b], want[c] = "removed", "added", "changed"
	}
	first := w.plain("hex", layout.Header{}, old)
	second := w.plain("hex", layout.Header{}, fresh)
	for _, limit := range []int{200, 7, 199} {
		got, offset := map[string]string{}, 0
		for pages := 0; ; pages++ {
			var p diffPage
			w.json(fmt.Sprintf("/api/v1/ecosystems/hex/diff?from=%s&to=%s&offset=%d&limit=%d", first.ID, second.ID, offset, limit), &p)
			if p.Added != 170 || p.Removed != 170 || p.Changed != 170 || p.From != first.ID || p.To != second.ID || len(p.Changes) > limit {
				t.Fatalf("%+v", p)
			}
			for _, c := range p.Changes {
				if got[c.Path] != "" {
					t.Fatalf("%s twice", c.Path)
				}
				got[c.Path] = c.Change
			}
			if p.Next == nil {
				break
			}
			if offset = *p.Next; pages > 100 {
				t.Fatal("no end")
			}
		}
		if len(got) != len(want) {
			t.Fatalf("by %d: %d changes, want %d", limit, len(got), len(want))
		}
		for path, change := range want {
			if got[path] != change {
				t.Errorf("%s: %q, want %q", path, got[path], change)
			}
		}
	}
	var beyond diffPage
	w.json("/api/v1/ecosystems/hex/diff?offset=510", &beyond)
	if len(beyond.Changes) != 0 || beyond.Next != nil {
		t.Errorf("behind the end: %+v", beyond)
	}
}

func TestDifferencePages(t *testing.T) {
	w := newWorld(t)
	many := map[string]string{}
	for i := range 450 {
		many[fmt.Sprintf("f%03d", i)] = "x"
	}
	first := w.plain("hex", layout.Header{}, map[string]string{"names": "n"})
	second := w.plain("hex", layout.Header{}, many)
	at := "/hex/?" + url.Values{"from": {first.ID}, "to": {second.ID}}.Encode()
	w.shows(at, "450 added", "1 removed", "Changes 1 to 200 of 451", "Further changes", fmt.Sprintf(`value="%s" selected`, first.ID), fmt.Sprintf(`value="%s" selected`, second.ID))
	w.shows(at+"&offset=400", "Changes 401 to 451 of 451", "Earlier changes")
	if text := w.page(at + "&offset=400"); strings.Contains(text, "Further changes") {
		t.Error("there is nothing further")
	}
	w.shows("/hex/?from="+first.ID+"&to="+first.ID, "Both have the same content")
	w.shows("/hex/?from=&to=2026-11-02", "450 added")
	for query, want := range map[string]int{"from=nobody&to=": 404, "from=&to=2000-01-01": 404, "from=&to=&offset=-5": 400} {
		resp := w.get("/hex/?" + query)
		if text := body(t, resp); resp.StatusCode != want || !strings.Contains(text, `role="alert"`) {
			t.Errorf("%s: %d\n%s", query, resp.StatusCode, text)
		}
	}
}

func TestDifferenceOfLinks(t *testing.T) {
	w := newWorld(t)
	w.plain("hex", layout.Header{}, map[string]string{"names": "n"})
	w.link("hex", "names", "elsewhere")
	w.shows("/hex/?from=&to=", "1 changed", `<td class="number">link</td>`)
	w.shows("/hex/?q=names", "leads to elsewhere")
}

// What is read from the disk without being loaded is what the lists in memory differ by.
func TestDifferencesAreThoseOfTheLists(t *testing.T) {
	w := newWorld(t)
	history, err := w.mirror.History("hex")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		var both [2]*layout.Snapshot
		for i := range both {
			content := rapid.MapOfN(rapid.StringMatching(`[ab]{1,3}`), rapid.SampledFrom([]string{"", "x", "y"}), 0, 12).Draw(rt, "content")
			var entries []layout.Entry
			for path, link := range content {
				e := layout.Entry{Path: path, Size: int64(len(path)), Link: link}
				if link != "" {
					e.Size = 0
				}
				entries = append(entries, e)
			}
			if both[i], err = history.Write(context.Background(), layout.Header{Time: w.now}, slices.Values(entries)); err != nil {
				rt.Fatal(err)
			}
		}
		var got []layout.Change
		for c, err := range page.Differences(context.Background(), history, both[0].ID, both[1].ID) {
			if err != nil {
				rt.Fatal(err)
			}
			got = append(got, c)
		}
		if diff := cmp.Diff(slices.Collect(layout.Diff(both[0], both[1])), got); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func TestDifferencesEnd(t *testing.T) {
	w := newWorld(t)
	a := w.plain("hex", layout.Header{}, map[string]string{"a": "1", "b": "2", "c": "3"})
	b := w.plain("hex", layout.Header{}, map[string]string{"d": "1"})
	history, _ := w.mirror.History("hex")
	n := 0
	for _, err := range page.Differences(t.Context(), history, a.ID, b.ID) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 2 {
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var last error
	for _, err := range page.Differences(ctx, history, a.ID, b.ID) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("after the context ended: %v", last)
	}
}
