package justmr_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestArchivesInAllViews(t *testing.T) {
	w := newWorld(t)
	zlib, other := w.put("/zlib-1.3.tar.gz", "zlib"), w.put("/other/zlib-1.3.tar.gz?x=1", "another")
	w.config(`
		"zlib": {"repository": {"type": "archive", "content": "` + zlib + `", "fetch": "URL/dead.tar.gz", "mirrors": ["URL/zlib-1.3.tar.gz"], "distfile": "zlib-1.3.tar.gz"}},
		"same": {"repository": {"type": "zip", "content": "` + zlib + `", "fetch": "URL/zlib-1.3.tar.gz", "distfile": "again.tgz"}},
		"other": {"repository": {"type": "foreign file", "name": "x", "content": "` + other + `", "fetch": "URL/other/zlib-1.3.tar.gz?x=1", "distfile": "zlib-1.3.tar.gz"}}`)
	w.mustSync()
	w.want("blob/"+zlib+"/again.tgz", "blob/"+other+"/zlib-1.3.tar.gz", "distdir/again.tgz", "distdir/zlib-1.3.tar.gz", "distdir-2/zlib-1.3.tar.gz", "just-local.json")
	w.requests()
	if o := w.sync(); !o.Unchanged {
		t.Errorf("a second run: %+v", o.Err)
	}
	if asked := w.requests(); len(asked) > 0 {
		t.Errorf("a second run asked for %v", asked)
	}
}

func TestGitBesideArchives(t *testing.T) {
	w := newWorld(t)
	repo := filepath.Join(w.dir, "r.git")
	w.git("init", "-q", "-b", "main", repo)
	w.git("-C", repo, "commit", "-q", "--allow-empty", "-m", "one")
	commit := w.git("-C", repo, "rev-parse", "HEAD")
	w.config(`"r": {"repository": {"type": "git", "repository": "` + repo + `", "branch": "main", "commit": "` + commit + `"}}`)
	w.mustSync()
	dir := "git/localhost" + repo
	w.want(dir+"/HEAD", dir+"/packed-refs")
	clone := filepath.Join(t.TempDir(), "clone")
	w.git("clone", "-q", filepath.Join(w.root.Dir, "justmr", filepath.FromSlash(dir)), clone)
	if diff := cmp.Diff(commit, w.git("-C", clone, "rev-parse", "HEAD")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestMissingThingsAreReportedAndTheRestGoesOn(t *testing.T) {
	w := newWorld(t)
	good := w.put("/good.tgz", "good")
	w.put("/page.html", "<html>sorry</html>")
	w.config(`
		"good": {"repository": {"type": "archive", "content": "` + good + `", "fetch": "URL/good.tgz"}},
		"gone": {"repository": {"type": "archive", "content": "` + blobID("gone") + `", "fetch": "URL/gone.tgz"}},
		"short": {"repository": {"type": "git", "repository": "URL/r.git", "branch": "main", "commit": "abc"}},
		"made": {"repository": {"type": "git tree", "id": "` + blobID("x") + `", "cmd": ["make", "it"]}}`)
	o := w.sync()
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	w.want("distdir/good.tgz")
	text := ""
	for _, m := range o.Missing {
		text += m.Name + ": " + m.Reason + "\n"
	}
	for _, word := range []string{`"gone"`, `"short": repository.commit`, `"make" "it"`} {
		if !strings.Contains(text, word) {
			t.Errorf("%q is not told:\n%s", word, text)
		}
	}
}

// One commit that nobody has does not take the others of its repository with it, not even
// when the repository is new.
func TestOneMissingCommitLosesNoOther(t *testing.T) {
	w := newWorld(t)
	repo := filepath.Join(w.dir, "r.git")
	w.git("init", "-q", "-b", "main", repo)
	w.git("-C", repo, "commit", "-q", "--allow-empty", "-m", "one")
	commit := w.git("-C", repo, "rev-parse", "HEAD")
	root := func(name, id string) string {
		return `"` + name + `": {"repository": {"type": "git", "repository": "` + repo + `", "branch": "main", "commit": "` + id + `"}}`
	}
	w.config(root("good", commit) + "," + root("lost", strings.Repeat("1", 40)))
	o := w.sync()
	if o.Err != nil {
		t.Fatal(o.Err)
	}
	w.want("git/localhost" + repo + "/HEAD")
	if len(o.Missing) != 1 || !strings.Contains(o.Missing[0].Name, `"lost"`) {
		t.Errorf("missing are %+v", o.Missing)
	}
}

func TestListByHostIsAPageToo(t *testing.T) {
	w := newWorld(t)
	zlib := w.put("/zlib.tgz?a=1&b=<script>", "zlib")
	w.config(`"zlib": {"repository": {"type": "archive", "content": "` + zlib + `", "fetch": "URL/zlib.tgz?a=1&b=<script>", "distfile": "zlib.tgz"}}`)
	w.mustSync()
	page, err := os.ReadFile(filepath.Join(w.root.Dir, "justmr", "by-host.html"))
	if err != nil {
		t.Fatal(err)
	}
	if text := string(page); !strings.Contains(text, `href="blob/`+zlib+`/zlib.tgz"`) || strings.Contains(text, "<script>") {
		t.Errorf("the page is\n%s", text)
	}
}

func TestSectionWithoutConfigurationsEmptiesNoMirror(t *testing.T) {
	w := newWorld(t)
	zlib := w.put("/zlib.tgz", "zlib")
	w.config(`"zlib": {"repository": {"type": "archive", "content": "` + zlib + `", "fetch": "URL/zlib.tgz"}}`)
	w.mustSync()
	before := w.root.Files()
	w.options.Configs = nil
	if o := w.sync(); o.Err == nil || !strings.Contains(o.Err.Error(), "justmr.configs") {
		t.Errorf("got %v", o.Err)
	}
	if diff := cmp.Diff(before, w.root.Files()); diff != "" {
		t.Errorf("the mirror was touched:\n%s", diff)
	}
}
