package justmr_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatMainNeeds(t *testing.T) {
	w := newWorld(t)
	put := func(name string) string { return w.put("/"+name, name) }
	w.config(`
		"main": {"repository": "shared", "bindings": {"x": "bound"}, "target_root": "layer"},
		"shared": {"repository": {"type": "archive", "content": "` + put("shared") + `", "fetch": "URL/shared"}},
		"bound": {"repository": {"type": "distdir", "repositories": ["member"]}},
		"member": {"repository": {"type": "zip", "content": "` + put("member") + `", "fetch": "URL/member"}},
		"layer": {"repository": {"type": "archive", "content": "` + put("layer") + `", "fetch": "URL/layer", "pragma": {"absent": true}}},
		"other": {"repository": {"type": "archive", "content": "` + put("other") + `", "fetch": "URL/other"}}`)
	names := func() (names []string) {
		for path := range w.distdirs() {
			names = append(names, strings.TrimPrefix(path, "distdir/"))
		}
		slices.Sort(names)
		return names
	}
	for _, c := range []struct {
		main   string
		absent bool
		want   []string
	}{
		{"", true, []string{"layer", "member", "other", "shared"}},
		{"main", true, []string{"layer", "member", "shared"}},
		{"main", false, []string{"member", "shared"}},
		{"other", true, []string{"other"}},
	} {
		w.options.Main, w.options.Absent = c.main, c.absent
		w.mustSync()
		if diff := cmp.Diff(c.want, names()); diff != "" {
			t.Errorf("main %q, absent %v: -want +got:\n%s", c.main, c.absent, diff)
		}
	}
	w.options.Main = "nothing"
	if o := w.sync(); o.Err == nil || !strings.Contains(o.Err.Error(), `justmr.main: no configuration has a repository "nothing"`) {
		t.Errorf("%v", o.Err)
	}
	w.want("distdir/other") // what was published stays
}

func TestCirclesAreTold(t *testing.T) {
	w := newWorld(t)
	w.config(archive("good", w.put("/x.tgz", "x"), "URL/x.tgz") + `,
		"a": {"repository": "b"}, "b": {"repository": "a"}, "lost": {"repository": "nowhere"}`)
	o := w.sync()
	text := ""
	for _, m := range o.Missing {
		text += m.Reason + "\n"
	}
	if o.Err != nil || strings.Count(text, "\n") != 3 || !strings.Contains(text, "circle") || !strings.Contains(text, `"nowhere"`) {
		t.Errorf("%v\n%s", o.Err, text)
	}
	w.want("distdir/x.tgz")
}

func TestGitCanBeLeftOut(t *testing.T) {
	w := newWorld(t)
	r := w.gitHost().repo("r.git")
	commit := r.commit("a", "a")
	r.push()
	w.options.Git = false
	w.config(gitEntry("r", r.url, "main", commit) + "," + archive("x", w.put("/x.tgz", "x"), "URL/x.tgz"))
	w.mustSync()
	for path := range w.root.Files() {
		if strings.HasPrefix(path, "git/") {
			t.Errorf("%s is published", path)
		}
	}
	for _, asked := range w.requests() {
		if strings.Contains(asked, "r.git") {
			t.Errorf("%s", asked)
		}
	}
}

func TestRCFile(t *testing.T) {
	w := newWorld(t)
	w.config(archive("a", w.put("/a/x.tgz", "1"), "URL/a/x.tgz") + "," + archive("b", w.put("/b/x.tgz", "2"), "URL/b/x.tgz"))
	w.mustSync()
	type location struct{ Root, Path string }
	var rc struct {
		Distdirs []location
		Checkout location `json:"checkout locations"`
	}
	w.must(json.Unmarshal(w.read("rc.json"), &rc))
	if rc.Distdirs[0] != (location{"home", ".distfiles"}) || len(rc.Distdirs) != 3 {
		t.Errorf("%+v", rc.Distdirs)
	}
	for _, l := range append(rc.Distdirs[1:], rc.Checkout) {
		if _, err := os.Stat("/" + l.Path); l.Root != "system" || filepath.IsAbs(l.Path) || err != nil {
			t.Errorf("%+v: %v", l, err)
		}
	}
}

// All files together are the candidates of a content, and each name of it is in a distdir.
func TestSeveralConfigurations(t *testing.T) {
	w := newWorld(t)
	id := w.put("/alive.tgz", "x")
	w.config(archive("x", id, "URL/dead.tgz"))
	w.put("/second.json", `{"repositories": {`+archive("y", id, w.url+"/alive.tgz")+`}}`)
	w.options.Configs = append(w.options.Configs, w.url+"/second.json")
	w.mustSync()
	w.want("distdir/dead.tgz", "distdir/alive.tgz")
	mirrors := local(t, w.read("just-local.json"))
	for _, u := range []string{"/dead.tgz", "/alive.tgz"} {
		if len(mirrors[w.url+u]) != 1 {
			t.Errorf("%s: %v", u, mirrors[w.url+u])
		}
	}
	w.requests()
	if o := w.sync(); !o.Unchanged {
		t.Errorf("%v", o.Err)
	}
	if asked := w.requests(); !slices.Equal(asked, []string{"GET /second.json"}) {
		t.Errorf("a second run asked for %q", asked)
	}
}
