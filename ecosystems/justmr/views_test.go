package justmr_test

import (
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/justmr"
	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/layout"
)

func archive(name, content, url string, more ...string) string {
	return `"` + name + `": {"repository": {"type": "archive", "content": "` + content + `", "fetch": "` + url + `"` + strings.Join(more, "") + `}}`
}

// distdirs lists what is in distdirs, with contents.
func (w *world) distdirs() map[string]string {
	found := map[string]string{}
	for path := range w.root.Files() {
		if strings.HasPrefix(path, "distdir") {
			found[path] = string(w.read(path))
		}
	}
	return found
}

func TestDistdirsOfHardNames(t *testing.T) {
	w := newWorld(t)
	var entries []string
	add := func(name, url, body string, more ...string) {
		entries = append(entries, archive(name, w.put(url, body), "URL"+url, more...))
	}
	add("one", "/a/x.tgz", "1")
	add("same name", "/b/x.tgz", "2")
	add("again", "/c/x.tgz", "3")
	add("case", "/d/X.TGZ", "4")
	add("query", "/x.cgi?id=1", "5")
	add("slash in query", "/x.tgz?x=y/z&q", "6")
	add("second name", "/a/x.tgz", "1", `, "distfile": "other.tgz"`)
	add("own name in another case", "/a/x.tgz", "1", `, "distfile": "x.TGZ"`)
	add("climbs", "/e.tgz", "7", `, "distfile": "../evil.tgz"`)
	add("folder", "/f.tgz", "8", `, "distfile": "sub/x.tgz"`)
	add("nothing", "/g.tgz", "9", `, "distfile": ""`)
	add("slash at the end", "/h/", "10")
	add("dots", "/i.tgz", "11", `, "distfile": ".."`)
	add("windows", "/j.tgz", "12", `, "distfile": "NUL"`)
	add("not text", "/k.tgz", "13", `, "distfile": 5`)
	w.config(strings.Join(entries, ","))
	o := w.sync()
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	byContent := map[string][]string{}
	for path, body := range w.distdirs() {
		_, name, _ := strings.Cut(path, "/")
		byContent[body] = append(byContent[body], name)
		slices.Sort(byContent[body])
	}
	want := map[string][]string{
		"1": {"other.tgz", "x.TGZ", "x.tgz"}, "2": {"x.tgz"}, "3": {"x.tgz"}, "4": {"X.TGZ"}, "5": {"x.cgi?id=1"}, "6": {"z&q"}, "13": {"k.tgz"},
	}
	if diff := cmp.Diff(want, byContent); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(w.locations().Distdirs) != 5 { // of x.tgz there are five
		t.Errorf("distdirs %v", w.locations().Distdirs)
	}
	text := ""
	for _, m := range o.Missing {
		text += m.Reason + "\n"
	}
	for _, n := range o.Notices {
		text += n.Text + "\n"
	}
	for _, name := range []string{"climbs", "folder", "nothing", "slash at the end", "dots", "windows"} {
		if !strings.Contains(text, `"`+name+`"`) {
			t.Errorf("%q is not told of:\n%s", name, text)
		}
	}
	// Each is here by its content all the same, and told to clients.
	mirrors := local(t, w.read("just-local.json"))
	for _, url := range []string{"/e.tgz", "/f.tgz", "/g.tgz", "/h/", "/i.tgz", "/j.tgz"} {
		if len(mirrors[w.url+url]) != 1 {
			t.Errorf("%s: %v", url, mirrors[w.url+url])
		}
	}
	if d := w.root.Verify(w.driver()); len(d) > 0 {
		t.Errorf("%+v", d)
	}
}

func TestContentsThatShareAURLAreInDistdirsOnly(t *testing.T) {
	w := newWorld(t)
	first := w.put("/latest.tgz", "first")
	w.config(archive("first", first, "URL/latest.tgz"))
	w.mustSync()
	second := w.put("/latest.tgz", "second")
	w.config(archive("first", first, "URL/latest.tgz") + "," + archive("second", second, "URL/latest.tgz"))
	o := w.mustSync()
	if _, ok := o.Notice("ambiguous-url"); !ok {
		t.Errorf("notices %+v", o.Notices)
	}
	if got := local(t, w.read("just-local.json"))[w.url+"/latest.tgz"]; got != nil {
		t.Errorf("clients would take %v for the other", got)
	}
	bodies := slices.Sorted(maps.Values(w.distdirs()))
	if diff := cmp.Diff([]string{"first", "second"}, bodies); diff != "" {
		t.Error(diff)
	}
}

func TestCredentialsAreNotPublished(t *testing.T) {
	w := newWorld(t)
	body := w.put("/x.tgz?token=SeSaMe1234", "x")
	host := strings.TrimPrefix(w.url, "http://")
	w.config(archive("query", body, "URL/x.tgz?token=SeSaMe1234") + "," + archive("password", w.put("/y.tgz", "y"), "http://user:SeSaMe1234@"+host+"/y.tgz"))
	o := w.sync()
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	for path := range w.root.Files() {
		if !strings.Contains(w.root.Files()[path], "->") && strings.Contains(path+string(w.read(path)), "SeSaMe") {
			t.Errorf("%s holds the credential", path)
		}
	}
	for _, n := range o.Notices {
		if strings.Contains(n.Text, "SeSaMe") {
			t.Errorf("%+v", n)
		}
	}
	if _, ok := o.Notice("credential-in-url"); !ok {
		t.Errorf("notices %+v", o.Notices)
	}
}

func TestFilesForClientsNameTheHostThatWasAsked(t *testing.T) {
	w := newWorld(t)
	w.config(archive("x", w.put("/x.tgz", "x"), "URL/x.tgz"))
	for names, file := range map[string]string{"just": "just-local.json", "jst": "jst-local.json"} {
		w.options.Names, w.options.BaseURL = names, "http://static.example:81/m/"
		w.mustSync()
		static := local(t, w.read(file))[w.url+"/x.tgz"]
		if len(static) != 1 || !strings.HasPrefix(static[0], "http://static.example:81/m/blob/") {
			t.Errorf("%s: %v", file, static)
		}
		served := w.serveMirror()
		current := ""
		w.root.Current(func(v layout.View) { current = v.(*layout.Snapshot).ID })
		for _, base := range []string{served + "/justmr", served + "/justmr/@" + current} {
			got := local(t, []byte(get(t, base+"/"+file)))[w.url+"/x.tgz"]
			if len(got) != 1 || !strings.HasPrefix(got[0], base+"/blob/") {
				t.Errorf("%s: %v", base, got)
				continue
			}
			if body := get(t, got[0]); body != "x" {
				t.Errorf("%s: %q", got[0], body)
			}
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, served+"/justmr/"+file, nil)
		w.must(err)
		req.Host = `evil"<x>`
		resp, err := http.DefaultClient.Do(req)
		w.must(err)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusBadRequest {
			t.Errorf("an odd host: %d", resp.StatusCode)
		}
	}
}

func TestLinkHealth(t *testing.T) {
	w := newWorld(t)
	body := w.put("/good.tgz", "x")
	w.put("/page.tgz", "<html>sorry</html>")
	w.put("/unused.tgz", "x")
	w.config(archive("x", body, "URL/dead.tgz", `, "mirrors": ["URL/page.tgz", "URL/good.tgz", "URL/unused.tgz", "URL/unused-dead.tgz"]`))
	w.mustSync()
	if d := w.remarks(); len(d) != 1 || !strings.Contains(d[0].Text, "/dead.tgz: absent since 2026-11-20") || !strings.HasPrefix(d[0].Path, "blob/") {
		t.Errorf("%+v", d)
	}
	asked := w.requests()
	for _, want := range []string{"GET /dead.tgz", "GET /page.tgz", "GET /good.tgz", "HEAD /unused.tgz", "HEAD /unused-dead.tgz"} {
		if !slices.Contains(asked, want) {
			t.Errorf("%q is not among %q", want, asked)
		}
	}
	// It comes back, and is seen to in the next deep run.
	w.put("/dead.tgz", "x")
	w.root.Pass(8 * 24 * time.Hour)
	w.mustSync()
	for _, r := range w.requests() {
		if !strings.HasPrefix(r, "HEAD ") {
			t.Errorf("for what is here, %q", r)
		}
	}
	if d := w.remarks(); len(d) != 0 {
		t.Errorf("%+v", d)
	}
	w.mu.Lock()
	delete(w.files, "/dead.tgz")
	w.mu.Unlock()
	if o := w.root.Sync(w.driver(), ecosystems.Selection{Deep: true}); o.Err != nil {
		t.Fatal(o.Err)
	}
	if d := w.remarks(); len(d) != 1 || !strings.Contains(d[0].Text, "absent since 2026-11-28") {
		t.Errorf("%+v", d)
	}
}

func (w *world) remarks() []ecosystems.Notice {
	w.t.Helper()
	m, err := mirror.Open(w.root.Dir, w.root.Config)
	w.must(err)
	defer m.Close()
	notices, err := m.Remarks("justmr", w.driver())
	w.must(err)
	return notices
}

// The order of just-mr: local mirrors, then the primary URL and its mirrors, those of preferred
// hosts in front.
func TestPlanTellsAllPlacesInOrder(t *testing.T) {
	w := newWorld(t)
	id, commit := strings.Repeat("a", 40), strings.Repeat("b", 40)
	const urls = `"git@pref.example:m", "http://a.example:1/m", "ftp://pref.example/m", "ssh://pref.example/m", "http://pref.example:2/m", "http://u@[::1]:3/m", "http://PREF.example/m"`
	w.root.Config.Fetch.PreferredHostnames = []string{"[::1]", "pref.example"}
	w.root.Config.Fetch.LocalMirrors = map[string][]string{
		"http://127.0.0.9:1/x": {"http://127.0.0.8:1/local"}, "http://127.0.0.9:1/x.git": {"/local/x.git"}, "http://127.0.0.9:1/y": {"http://127.0.0.8:1/local-y"},
		"http://a.example:1/m": {"http://no-primary"},
	}
	w.config(archive("x", id, "http://127.0.0.9:1/x", `, "mirrors": [`+urls+`]`) + "," + archive("y", id, "http://127.0.0.9:1/y") +
		`, "g": {"repository": {"type": "git", "repository": "http://127.0.0.9:1/x.git", "branch": "main", "commit": "` + commit + `", "mirrors": [` + urls + `]}}`)
	w.root.Config.Fetch.Retries = 0
	p, err := w.root.Plan(w.driver(), ecosystems.Selection{})
	w.must(err)
	sorted := []string{"http://u@[::1]:3/m", "ftp://pref.example/m", "http://pref.example:2/m"}
	rest := []string{"git@pref.example:m", "http://a.example:1/m", "ssh://pref.example/m", "http://PREF.example/m"}
	want := map[string][]string{
		"blob/" + id + "/x":                  slices.Concat([]string{"http://127.0.0.8:1/local", "http://127.0.0.8:1/local-y"}, sorted, []string{"http://127.0.0.9:1/x"}, rest, []string{"http://127.0.0.9:1/y"}),
		"git/127.0.0.9:1/x.git/objects/pack": slices.Concat([]string{"/local/x.git"}, sorted, []string{"http://127.0.0.9:1/x.git"}, rest),
	}
	got := map[string][]string{}
	for _, it := range p.Items {
		if len(it.Candidates) > 0 {
			got[it.Path] = it.Candidates
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDamageIsNamed(t *testing.T) {
	w := newWorld(t)
	r := w.gitHost().repo("r.git")
	one := r.commit("one", "1")
	r.push()
	w.config(archive("x", w.put("/x.tgz", "x"), "URL/x.tgz") + "," + gitEntry("r", r.url, "main", one))
	w.mustSync()
	driver := w.driver().(ecosystems.Prover)
	for name, c := range map[string]struct {
		change func(l map[string][]byte)
		at     string
	}{
		"another content": {func(f map[string][]byte) { f["distdir/x.tgz"] = []byte("y") }, "distdir/x.tgz"},
		"a wrong blob":    {func(f map[string][]byte) { f["blob/"+blobID("x")+"/x.tgz"] = []byte("y") }, "blob/" + blobID("x") + "/x.tgz"},
		"a stranger":      {func(f map[string][]byte) { f["distdir/y.tgz"] = []byte("x") }, "distdir/y.tgz"},
		"no locations":    {func(f map[string][]byte) { delete(f, justmr.LocationsFile) }, justmr.LocationsFile},
		"other mirrors":   {func(f map[string][]byte) { f["just-local.json"] = []byte(`{"local mirrors": {"u": ["v"]}}`) }, "just-local.json"},
		"refs that lost a pin": {func(f map[string][]byte) {
			for name := range f {
				if strings.HasSuffix(name, "/packed-refs") {
					f[name] = []byte("# pack-refs with: peeled fully-peeled sorted \n" + one + " refs/heads/other\n")
				}
			}
		}, w.locations().Git[0].Path},
		"a pack": {func(f map[string][]byte) {
			for name, data := range f {
				if strings.HasSuffix(name, ".pack") {
					f[name] = append(slices.Clone(data[:len(data)-1]), data[len(data)-1]^1)
				}
			}
		}, ".pack"},
	} {
		w.root.Current(func(v layout.View) {
			files := memoryView{links: map[string]string{}, files: map[string][]byte{}}
			for e := range v.All("") {
				if e.IsLink() {
					files.links[e.Path] = e.Link
				} else {
					files.files[e.Path] = w.read(e.Path)
				}
			}
			for at, err := range driver.Prove(t.Context(), files) {
				t.Fatalf("before anything is wrong: %s: %v", at, err)
			}
			c.change(files.files)
			found := []string{}
			for at, err := range driver.Prove(t.Context(), files) {
				found = append(found, at+": "+err.Error())
			}
			if !slices.ContainsFunc(found, func(s string) bool { return strings.Contains(s, c.at) }) {
				t.Errorf("%s: found %q, want %s", name, found, c.at)
			}
		})
	}
}

func TestByHost(t *testing.T) {
	w := newWorld(t)
	host := strings.ReplaceAll(strings.TrimPrefix(w.url, "http://"), ":", "_")
	w.config(archive("a", w.put("/gnu//gcc/a.tgz", "a"), "URL/gnu//gcc/a.tgz") + "," + archive("b", w.put("/gnu", "b"), "URL/gnu") + "," +
		archive("c", w.put("/x?id=1", "c"), "URL/x?id=1"))
	w.mustSync()
	for path, want := range map[string]string{"gnu/gcc/a.tgz": "a", "x_id_1": "c"} {
		if got := string(w.read(filepath.Join("by-host", host, path))); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestLocationsThatAreNone(t *testing.T) {
	for _, text := range []string{
		"", "[]", "null", `{"format": 0, "names": "just"}`, `{"format": 1, "names": "perl"}`,
		`{"format": 1, "names": "just", "files": [{"path": "../x"}]}`, `{"format": 1, "names": "just", "files": [{"path": "etc/x"}]}`,
		`{"format": 1, "names": "just", "git": [{"path": "git/../../x"}]}`, `{"format": 1, "names": "just", "distdirs": ["/etc"]}`,
		`{"format": 1, "names": "just", "trees": [{"path": "blob/x"}]}`,
	} {
		view := memoryView{files: map[string][]byte{justmr.LocationsFile: []byte(text)}}
		if l, err := justmr.ReadLocations(view); err == nil {
			t.Errorf("%s: %+v", text, l)
		}
	}
	if _, err := justmr.ReadLocations(memoryView{}); err == nil {
		t.Error("nothing is read")
	}
}
