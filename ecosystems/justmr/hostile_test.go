package justmr_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A configuration may be anybody's. What it calls a mirror of its repository is not thereby its.
func TestMirrorsTakeNoURLsFromOthers(t *testing.T) {
	w := newWorld(t)
	g := w.gitHost()
	good, evil := g.repo("good.git"), g.repo("zz/evil.git")
	one, two := good.commit("a", "good"), evil.commit("a", "evil")
	good.push()
	evil.push()
	w.config(gitEntry("good", good.url, "main", one) + `, "evil": {"repository": {"type": "git", "repository": "` + evil.url +
		`", "branch": "main", "commit": "` + two + `", "mirrors": ["", "https:", "https://", "https://elsewhere.example/", "https://elsewhere.example/other", "` + good.url + `"]}}`)
	w.mustSync()
	here := filepath.Join(w.root.Dir, "justmr", "git", strings.ReplaceAll(g.host(), ":", "+"))
	if got := local(t, w.read("just-local.json"))[good.url]; !slices.Equal(got, []string{filepath.Join(here, "good.git")}) {
		t.Errorf("just-mr looks for %s at %q", good.url, got)
	}
	file := filepath.Join(t.TempDir(), "gitconfig")
	if err := os.WriteFile(file, w.read("gitconfig"), 0o600); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		good.url:                          filepath.Join(here, "good.git"),
		evil.url:                          filepath.Join(here, "zz/evil.git"),
		"https://elsewhere.example/other": "https://elsewhere.example/other",
		"https://example.org/any/thing":   "https://example.org/any/thing",
		"relative":                        "relative",
	} {
		if got := w.git("-c", "include.path="+file, "ls-remote", "--get-url", url); got != want {
			t.Errorf("git looks for %s at %s", url, got)
		}
	}
}

// Hosts that no host should be called: their folders are others' here.
func TestReservedHosts(t *testing.T) {
	w := newWorld(t)
	g := w.gitHost()
	r := g.repo("r.git")
	commit := r.commit("a", "a")
	tree := r.git("rev-parse", commit+"^{tree}")
	r.push()
	mirrored := func(name, url string) string {
		return `"` + name + `": {"repository": {"type": "git", "repository": "` + url + `", "branch": "main", "commit": "` + commit + `", "mirrors": ["` + r.url + `"]}}`
	}
	plus := "http://" + strings.ReplaceAll(g.host(), ":", "+") + "/r.git"
	w.config(gitEntry("good", r.url, "main", commit) + "," + mirrored("trees", "http://trees/"+tree+".git") + "," + mirrored("plus", plus))
	o := w.sync()
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	var told []string
	for _, m := range o.Missing {
		told = append(told, m.Reason)
	}
	for _, name := range []string{`"trees"`, `"plus"`} {
		if !slices.ContainsFunc(told, func(line string) bool {
			return strings.Contains(line, "repository "+name) && strings.Contains(line, "repository.repository")
		}) {
			t.Errorf("nothing is said of %s: %q", name, told)
		}
	}
	for p := range w.root.Files() {
		if strings.HasPrefix(p, "git/trees/") || strings.HasPrefix(p, "git/"+strings.ReplaceAll(g.host(), ":", "+")+"/") {
			t.Errorf("%s is published", p)
		}
	}
	w.want("git/" + g.host() + "/r.git/HEAD")
	for _, d := range w.root.Verify(w.driver()) {
		t.Errorf("verify: %+v", d)
	}
}

// A primary URL that is none at all leads to the next, as one that is dead does.
func TestMalformedPrimaryLeadsToMirrors(t *testing.T) {
	w := newWorld(t)
	a, b := w.put("/a.tgz", "a"), w.put("/b.tgz", "b")
	w.config(`"a": {"repository": {"type": "archive", "content": "` + a + `", "fetch": "not a url", "distfile": "a.tgz", "mirrors": ["", "--x", "://", "\u0000", "ftp://e.org/a", "URL/a.tgz"]}},` +
		`"b": {"repository": {"type": "archive", "content": "` + b + `", "fetch": "URL/gone.tgz", "distfile": "b.tgz", "mirrors": ["", "not a url", "URL/b.tgz"]}}`)
	w.mustSync()
	w.want("blob/"+a+"/a.tgz", "blob/"+b+"/b.tgz", "distdir/a.tgz", "distdir/b.tgz")
}
