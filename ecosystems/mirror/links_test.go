package mirror_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/fetch"
)

func link(path, target string) ecosystems.Item {
	return ecosystems.Item{Path: path, Name: "link " + path, Reason: "a test wants it", Source: ecosystems.Link{Target: target}}
}

// links returns the symbolic links of the published tree.
func (w *world) links() map[string]string {
	w.t.Helper()
	root, links := filepath.Join(w.dir, "toy")+"/", map[string]string{}
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err == nil && d.Type() == os.ModeSymlink {
			links[strings.TrimPrefix(p, root)], err = os.Readlink(p)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return links
}

func TestSyncPublishesLinks(t *testing.T) {
	w := newWorld(t, map[string]string{"dir/a": "alpha"})
	w.driver.extra = []ecosystems.Item{link("dir/name", "a"), link("folder", "dir"), link("dir/up", "../folder"), link("dir/name", "a")}
	r := w.mustSync()
	if r.Files != 5 || r.Bytes != int64(len("alpha")+len(w.index())) || len(r.Missing) != 0 {
		t.Errorf("report %+v", r)
	}
	if diff := cmp.Diff(map[string]string{"dir/name": "a", "folder": "dir", "dir/up": "../folder"}, w.links()); diff != "" {
		t.Error(diff)
	}
	if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 0 || v.Files != 5 {
		t.Errorf("verification %+v", v)
	}
	w.set("dir/b", "beta") // so that there is something to publish
	w.driver.extra = []ecosystems.Item{link("dir/name", "b")}
	if r := w.mustSync(); !r.Published || r.Files != 4 {
		t.Errorf("report %+v", r)
	}
	if diff := cmp.Diff(map[string]string{"dir/name": "b"}, w.links()); diff != "" {
		t.Error(diff)
	}
}

func TestHostileLinksEndTheRun(t *testing.T) {
	for want, items := range map[string][]ecosystems.Item{
		"out of the tree":     {link("x", "../../etc/passwd")},
		"absolute":            {link("x", "/etc/passwd")},
		"two items claim":     {link("x", "a"), link("x", "b")},
		"claim the path a":    {link("a", "b")},
		"needs the file":      {link("x", "a"), {Path: "x/y", Name: "below", Source: ecosystems.Made{Bytes: []byte("y")}}},
		`"x": is also needed`: {{Path: "x/y", Name: "above", Source: ecosystems.Made{Bytes: []byte("y")}}, link("x", "a")},
	} {
		w := newWorld(t, map[string]string{"a": "alpha"})
		w.driver.extra = items
		_, err := w.sync(ecosystems.Selection{})
		if want == `"x": is also needed` {
			want = "needs the file" // whichever comes first, the list is sorted
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want %q", err, want)
		}
		if _, err := os.Lstat(filepath.Join(w.dir, "toy")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: something was published", want)
		}
	}
}

func TestLinksGoWithWhatTheyLeadTo(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	gone := ecosystems.Item{Path: "dir/gone", Name: "gone", Source: download(w.driver.url + "/gone")}
	luxury := ecosystems.Item{Path: "luxury", Name: "luxury", Optional: true, Source: download(w.driver.url + "/luxury")}
	w.driver.extra = []ecosystems.Item{
		gone, luxury, link("name", "dir/gone"), link("folder", "dir"), link("chain", "name"), link("only/that", "../dir/gone"),
		link("to-only", "only"), link("to-luxury", "luxury"), link("good", "a"),
	}
	r := w.mustSync()
	if diff := cmp.Diff(map[string]string{"good": "a"}, w.links()); diff != "" {
		t.Error(diff)
	}
	if len(r.Missing) != 1 || r.Missing[0].Path != "dir/gone" || !r.Missing[0].Absent {
		t.Errorf("missing %+v", r.Missing)
	}
	if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 0 {
		t.Errorf("damage %+v", v.Damage)
	}
}

func TestLinksToNothingAreFailures(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	optional := link("optional", "nothing")
	optional.Optional = true
	w.driver.extra = []ecosystems.Item{
		link("lost", "nothing"), link("round", "about"), link("about", "round"), link("through", "a/x"), optional, link("good", "a"),
	}
	_, err := w.sync(ecosystems.Selection{})
	incomplete, ok := errors.AsType[*mirror.Incomplete](err)
	if !ok {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range incomplete.Failures {
		if f.Absent() || errors.Is(f.Err, fetch.ErrAbsent) {
			t.Errorf("%s is absent for good", f.Item.Path)
		}
		got[f.Item.Path] = f.Item.Name + ": " + f.Err.Error()
	}
	want := map[string]string{
		"lost":    "link lost: links to nothing, but there is no nothing",
		"through": "link through: links to a/x, but there is no a/x",
		"round":   "link round: links to about, which leads in a circle",
		"about":   "link about: links to round, which leads in a circle",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := w.sync(ecosystems.Selection{AllowPartial: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"good": "a"}, w.links()); diff != "" {
		t.Error(diff)
	}
}

func TestPlanShowsLinks(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha"})
	w.driver.extra = []ecosystems.Item{link("name", "a")}
	p := w.plan()
	if it := p.Items[len(p.Items)-1]; it.Link != "a" || !it.Held || it.Size != 0 || it.Path != "name" {
		t.Errorf("item %+v", it)
	}
	if totals := p.Totals(); totals.Unknown+totals.Estimated != 0 || totals.Fetch != 1 {
		t.Errorf("totals %+v", totals)
	}
}

func TestVerifyAndDeepSyncOfLinks(t *testing.T) {
	w := newWorld(t, map[string]string{"a": "alpha", "b": "beta"})
	w.driver.extra = []ecosystems.Item{link("one", "a"), link("three", "a"), link("two", "a")}
	w.mustSync()
	tree := filepath.Join(w.dir, "toy")
	if err := errors.Join(
		os.Remove(tree+"/one"), os.Symlink("b", tree+"/one"),
		os.Remove(tree+"/two"), os.WriteFile(tree+"/two", []byte("alpha"), 0o644),
		os.Remove(tree+"/three"),
	); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range w.verify(mirror.VerifyOptions{Quick: true}).Damage {
		got = append(got, d.Path+" "+d.Error)
	}
	want := []string{
		`one links to "b" instead of a`, "three is missing in the tree", "two is not the symbolic link to a that it should be",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := w.sync(ecosystems.Selection{Deep: true}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"one": "a", "two": "a", "three": "a"}, w.links()); diff != "" {
		t.Error(diff)
	}
	if v := w.verify(mirror.VerifyOptions{}); len(v.Damage) != 0 {
		t.Errorf("damage %+v", v.Damage)
	}
}
