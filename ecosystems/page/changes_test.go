package page_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

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
