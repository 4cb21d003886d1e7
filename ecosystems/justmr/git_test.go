package justmr_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/justmr"
	"github.com/offmirror/offmirror/layout"
)

// local reads a checkout-locations file.
func local(t testing.TB, data []byte) map[string][]string {
	t.Helper()
	var l struct {
		Mirrors map[string][]string `json:"local mirrors"`
	}
	if err := json.Unmarshal(data, &l); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	return l.Mirrors
}

func (w *world) read(path string) []byte {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.root.Dir, "justmr", filepath.FromSlash(path)))
	if err != nil {
		w.t.Fatal(err)
	}
	return data
}

func (w *world) locations() (l *justmr.Locations) {
	w.t.Helper()
	w.root.Current(func(v layout.View) {
		var err error
		if l, err = justmr.ReadLocations(v); err != nil {
			w.t.Fatal(err)
		}
	})
	return l
}

func TestOneRepositoryForAllSpellings(t *testing.T) {
	w := newWorld(t)
	g := w.gitHost()
	r := g.repo("team/r.git")
	commit := r.commit("a", "a")
	r.push()
	spellings := []string{g.url + "/team/r", r.url, "http://user@" + g.host() + "/team/r.git", g.url + "/team/r/", g.url + "//team/r.git"}
	var entries []string
	for i, u := range spellings {
		entries = append(entries, gitEntry(string(rune('a'+i)), u, "main", commit))
	}
	w.config(strings.Join(entries, ","))
	w.mustSync()
	name := "git/" + g.host() + "/team/r.git"
	l := w.locations()
	if len(l.Git) != 1 || l.Git[0].Path != name {
		t.Fatalf("%+v", l.Git)
	}
	static := local(t, w.read("just-local.json"))
	served := w.serveMirror() + "/justmr"
	dynamic := local(t, []byte(get(t, served+"/just-local.json")))
	here := filepath.Join(w.root.Dir, "justmr", "git", strings.ReplaceAll(g.host(), ":", "+"), "team/r.git")
	for _, u := range spellings {
		if diff := cmp.Diff([]string{here}, static[u]); diff != "" {
			t.Errorf("%s, in the tree: %s", u, diff)
		}
		if diff := cmp.Diff([]string{served + "/" + name}, dynamic[u]); diff != "" {
			t.Errorf("%s, served: %s", u, diff)
		}
	}
	w.reaches(here, "main", commit)
	w.reaches(served+"/"+name, "main", commit)
	w.requests()
	if o := w.sync(); !o.Unchanged {
		t.Errorf("second run: %+v", o.Err)
	}
	if asked := w.requests(); len(asked) > 0 {
		t.Errorf("second run asked for %q", asked)
	}
}

func TestPinnedCommitsCostNoRequest(t *testing.T) {
	w := newWorld(t)
	r := w.gitHost().repo("r.git")
	first := r.commit("a", "a")
	second := r.commit("b", "b")
	r.push()
	w.config(gitEntry("r", r.url, "main", second))
	w.mustSync()
	w.requests()
	w.config(gitEntry("r", r.url, "main", second) + "," + gitEntry("s", r.url, "main", first))
	w.mustSync()
	if asked := w.requests(); len(asked) > 0 {
		t.Errorf("for a commit that is here, %q", asked)
	}
}

func TestPinsSurviveUpstream(t *testing.T) {
	w := newWorld(t)
	r := w.gitHost().repo("r.git")
	one := r.commit("one", "1")
	r.git("tag", "v1")
	r.git("branch", "gone")
	r.push()
	config := gitEntry("main", r.url, "main", one) + "," + gitEntry("gone", r.url, "gone", one) + "," + gitEntry("v1", r.url, "v1", one)
	w.config(config)
	w.mustSync()
	r.git("checkout", "-q", "--orphan", "other")
	two := r.commit("two", "2")
	r.git("branch", "-D", "main", "gone")
	r.git("branch", "-m", "main")
	r.git("tag", "-f", "v1")
	r.push()
	w.config(config + "," + gitEntry("new", r.url, "main", two) + "," + gitEntry("never", r.url, "never/was", one))
	w.mustSync()
	base := w.serveMirror() + "/justmr/"
	for _, g := range w.locations().Git {
		for _, pin := range g.Pins {
			w.reaches(base+g.Path, pin.Branch, pin.Commit)
		}
		if len(g.Pins) != 5 {
			t.Errorf("pins %v", g.Pins)
		}
	}
	tree := w.root.Files()
	if o := w.sync(); !o.Unchanged {
		t.Errorf("nothing changed, yet: %v", o.Err)
	}
	deep := w.root.Sync(w.driver(), ecosystems.Selection{Deep: true})
	if deep.Err != nil {
		t.Fatal(deep.Err)
	}
	if diff := cmp.Diff(tree, w.root.Files()); diff != "" {
		t.Errorf("nothing changed upstream, yet:\n%s", diff)
	}
}

func TestTwoTips(t *testing.T) {
	w := newWorld(t)
	r := w.gitHost().repo("r.git")
	base := r.commit("a", "a")
	left := r.commit("left", "1")
	r.git("checkout", "-q", "-b", "side", base)
	right := r.commit("right", "2")
	r.push()
	w.config(gitEntry("left", r.url, "main", left) + "," + gitEntry("right", r.url, "main", right))
	w.mustSync()
	here := w.serveMirror() + "/justmr/" + w.locations().Git[0].Path
	w.reaches(here, "main", left)
	w.reaches(here, "main", right)
}

func TestCommitsThatNobodyHas(t *testing.T) {
	w := newWorld(t)
	g := w.gitHost()
	r, gone := g.repo("r.git"), g.url+"/gone.git"
	commit := r.commit("a", "a")
	r.push()
	none := strings.Repeat("1", 40)
	w.config(strings.Join([]string{
		gitEntry("good", r.url, "main", commit), gitEntry("bad commit", r.url, "main", none),
		gitEntry("bad branch", r.url, "a..b", commit), gitEntry("gone", gone, "main", commit),
		gitEntry("no branch", r.url, "nowhere", commit),
	}, ","))
	o := w.sync()
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	w.want("git/" + g.host() + "/r.git/HEAD")
	text := ""
	for _, m := range o.Missing {
		text += m.Name + ": " + m.Reason + "\n"
	}
	for _, word := range []string{`repository "bad commit"`, none, `"bad branch": repository.branch`, `repository "gone"`} {
		if !strings.Contains(text, word) {
			t.Errorf("%q is not told:\n%s", word, text)
		}
	}
	if len(o.Missing) != 3 {
		t.Errorf("%d missing:\n%s", len(o.Missing), text)
	}
	here := w.serveMirror() + "/justmr/git/" + g.host() + "/r.git"
	w.reaches(here, "main", commit)
	w.reaches(here, "nowhere", commit) // upstream has no such branch, but the configuration has
}

func TestTheNextPlaceIsAskedForACommit(t *testing.T) {
	w := newWorld(t)
	g := w.gitHost()
	stale, good := g.repo("stale.git"), g.repo("good.git")
	stale.commit("a", "a")
	stale.push()
	commit := good.commit("b", "b")
	good.push()
	w.config(`"r": {"repository": {"type": "git", "repository": "` + stale.url + `", "mirrors": ["` + g.url + `/gone.git", "` + good.url + `"], "branch": "main", "commit": "` + commit + `"}}`)
	w.mustSync()
	w.reaches(w.serveMirror()+"/justmr/git/"+g.host()+"/stale.git", "main", commit)
}

func TestPathsOfThisMachine(t *testing.T) {
	w := newWorld(t)
	r := w.gitHost().repo("r.git")
	commit := r.commit("a", "a")
	r.push()
	w.must(os.MkdirAll(filepath.Join(w.dir, "etc"), 0o755))
	w.must(os.WriteFile(filepath.Join(w.dir, "ROOT"), nil, 0o600))
	w.must(os.Rename(r.dir, filepath.Join(w.dir, "r.git")))
	w.options.Configs[0] = filepath.Join(w.dir, "etc/repos.json")
	abs := filepath.Join(w.dir, "r.git")
	w.config(gitEntry("relative", "./etc/../r.git", "main", commit) + "," + gitEntry("url", "file://"+abs+"/", "main", commit) + "," + gitEntry("absolute", abs, "main", commit))
	w.mustSync()
	l := w.locations()
	if len(l.Git) != 1 || !slices.Contains(l.Git[0].URLs, abs) {
		t.Fatalf("%+v: want the absolute normal path %s as key", l.Git, abs)
	}
	w.reaches(filepath.Join(w.root.Dir, "justmr", l.Git[0].Path), "main", commit)
}

// A configuration from elsewhere cannot publish a repository of this machine.
func TestPathsInConfigurationsFromElsewhere(t *testing.T) {
	w := newWorld(t)
	r := w.gitHost().repo("r.git")
	commit := r.commit("a", "a")
	r.push()
	for _, path := range []string{r.dir, "file://" + r.dir, "./r.git"} {
		w.put("/repos.json", `{"repositories": {`+gitEntry("path", path, "main", commit)+`,
			"mirror": {"repository": {"type": "git", "repository": "`+w.url+`/x.git", "mirrors": ["`+path+`"], "branch": "main", "commit": "`+commit+`"}}}}`)
		w.options.Configs = []string{w.url + "/repos.json"}
		o := w.sync()
		if o.Err != nil || len(o.Missing) != 2 {
			t.Errorf("%s: %v, missing %+v", path, o.Err, o.Missing)
		}
		for name := range w.root.Files() {
			if strings.HasPrefix(name, "git/") {
				t.Errorf("%s: %s is published", path, name)
			}
		}
	}
}

func TestGitConfigLeadsHere(t *testing.T) {
	w := newWorld(t)
	g := w.gitHost()
	r, longer := g.repo("r.git"), g.repo("r.git-two.git")
	commit, other := r.commit("a", "a"), longer.commit("b", "b")
	r.push()
	longer.push()
	w.config(gitEntry("r", g.url+"/r", "main", commit) + "," + gitEntry("s", r.url, "main", commit) + "," + gitEntry("longer", longer.url, "main", other))
	w.mustSync()
	served := w.serveMirror()
	file := filepath.Join(t.TempDir(), "gitconfig")
	for _, text := range []string{get(t, served+"/justmr/gitconfig"), string(w.read("gitconfig"))} {
		w.must(os.WriteFile(file, []byte(text), 0o600))
		w.requests()
		for _, c := range []struct{ url, commit string }{{g.url + "/r", commit}, {r.url, commit}, {longer.url, other}} {
			got := w.git("-c", "include.path="+file, "ls-remote", c.url, "refs/heads/main")
			if !strings.HasPrefix(got, c.commit) {
				t.Errorf("%s: %s, want %s, with\n%s", c.url, got, c.commit, text)
			}
		}
		if asked := w.requests(); len(asked) > 0 {
			t.Errorf("upstream was asked for %q", asked)
		}
	}
	lengths := []int{}
	for line := range strings.Lines(string(w.read("gitconfig"))) {
		if _, url, ok := strings.Cut(line, "insteadOf = "); ok {
			lengths = append(lengths, len(url))
		}
	}
	if !slices.IsSortedFunc(lengths, func(a, b int) int { return b - a }) || len(lengths) < 4 {
		t.Errorf("the longest do not come first: %v", lengths)
	}
}
