package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/layout"
)

// A tag that is moved, and a snapshot that becomes the newest of a day, are seen a moment later.
func TestTimeTravel(t *testing.T) {
	m := newMirror(t)
	h := m.history("hex")
	one := m.publish("hex", files{"names": "one"})
	two := m.publish("hex", files{"names": "two"})
	if err := h.Tag("release-1", one.ID); err != nil {
		t.Fatal(err)
	}
	site := m.site()
	expect(t, ask(t, site, "GET", "/hex/@release-1/names"), 200, "one")
	expect(t, ask(t, site, "GET", "/hex/@"+one.ID[:6]+"/names"), 200, "one")
	expect(t, ask(t, site, "GET", "/hex/@"+two.ID+"/names"), 200, "two")
	day := taken.Format(time.DateOnly) // both are of that time: the id decides
	want := "one"
	if two.ID > one.ID {
		want = "two"
	}
	expect(t, ask(t, site, "GET", "/hex/@"+day+"/names"), 200, want)
	expect(t, ask(t, site, "GET", "/hex/@2000-01-01/names"), 404, "not found\n")
	expect(t, ask(t, site, "GET", "/hex/@2000-13-01/names"), 404, "not found\n")
	expect(t, ask(t, site, "GET", "/hex/@/names"), 404, "not found\n")

	if err := h.Tag("release-1", two.ID); err != nil {
		t.Fatal(err)
	}
	site.mount("hex").references.known["release-1"] = reference{one.ID, time.Now()}
	expect(t, ask(t, site, "GET", "/hex/@release-1/names"), 200, "two")
}

// First digits that several snapshots have are a mistake of the client, and no fault of the mirror that its
// log would be filled with.
func TestAmbiguousReference(t *testing.T) {
	m := newMirror(t)
	one := m.publish("hex", files{"names": "one"})
	digits := one.ID[:4]
	other := "snapshots/hex/" + digits + strings.Repeat("0", len(one.ID)-len(digits))
	if err := m.root.WriteFile(other, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := m.history("hex").Resolve(digits); !errors.Is(err, layout.ErrAmbiguous) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s of two: %v", digits, err)
	}
	expect(t, ask(t, m.site(), "GET", "/hex/@"+digits+"/names"), 404, "not found\n")
	expect(t, ask(t, m.site(), "GET", "/hex/@"+one.ID+"/names"), 200, "one")
}

func TestReferencesAreBounded(t *testing.T) {
	m := newMirror(t)
	s := m.publish("hex", files{"names": "one"})
	r := references{known: make(map[string]reference)}
	for i := range maxReferences {
		r.known[fmt.Sprint("tag-", i)] = reference{}
	}
	if id, err := r.resolve(m.history("hex"), s.ID[:8]); id != s.ID || err != nil || len(r.known) != 1 {
		t.Errorf("%s, %v, %d are remembered", id, err, len(r.known))
	}
	if _, err := r.resolve(m.history("hex"), "nothing"); err == nil || len(r.known) != 1 {
		t.Errorf("%v, %d are remembered", err, len(r.known))
	}
	if err := m.history("hex").Tag("gone", s.ID); err != nil {
		t.Fatal(err)
	}
	r.known["gone"] = reference{id: s.ID}
	if err := m.history("hex").Untag("gone"); err != nil {
		t.Fatal(err)
	}
	if id, err := r.resolve(m.history("hex"), "gone"); err == nil {
		t.Errorf("a tag that is gone means %s", id)
	}
}
