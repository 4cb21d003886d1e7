package importgit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/justmr/ordered"
)

const simple = `{"repositories": {"a": {"repository": {"type": "file", "path": "."}}}}`

func TestReadFile(t *testing.T) {
	dir, _ := newForeign(t, map[string]string{
		"a.json": "a", "sub/b.json": "b", "link": "-> sub/b.json", "folder": "-> sub/../sub", "sub/up": "-> ../a.json",
		"out": "-> ../../etc/passwd", "root": "-> /etc/passwd", "loop": "-> loop", "*": "star",
	})
	c, err := Clone(os.Environ(), new(bytes.Buffer))(t.Context(), "file://"+dir, "master")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for name, want := range map[string]string{
		"a.json": "a", "./a.json": "a", "sub//b.json": "b", "link": "b", "folder/b.json": "b", "folder/up": "a", "sub/../a.json": "a", "*": "star",
	} {
		got, err := c.ReadFile(t.Context(), name)
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"b.json", "sub", "", "a.json/x", "?.json", "nowhere/x", "folder/none"} {
		if got, err := c.ReadFile(t.Context(), name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	for name, want := range map[string]string{"out": "leads out", "root": "leads out", "../x": "leads out", "loop": "symbolic links"} {
		if got, err := c.ReadFile(t.Context(), name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
}

func TestCloneLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	left := func() []string {
		list, err := filepath.Glob(os.Getenv("TMPDIR") + "/*")
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	dir, commit := newForeign(t, map[string]string{"a": "a"})
	c, err := Clone(os.Environ(), new(bytes.Buffer))(t.Context(), "file://"+dir, "v1")
	if err != nil || c.Commit != commit || len(left()) == 0 {
		t.Fatalf("%+v, %v, %q", c, err, left())
	}
	c.Close()
	if _, err := Clone(os.Environ(), new(bytes.Buffer))(t.Context(), "file://"+dir, "none"); err == nil || len(left()) != 0 {
		t.Errorf("%v, left: %q", err, left())
	}
}

// Hooks and filters of what is cloned do not run, and variables of a hook that calls do not mislead.
func TestCloneRunsNothing(t *testing.T) {
	touched := filepath.Join(t.TempDir(), "touched")
	dir, commit := newForeign(t, map[string]string{".gitattributes": "* filter=evil\n", "repos.json": simple, ".gitmodules": "[submodule \"x\"]\n\tpath = x\n\turl = /nowhere\n"})
	hooks := t.TempDir()
	write(t, filepath.Join(hooks, "post-checkout"), "#!/bin/sh\ntouch "+touched+"\n")
	if err := os.Chmod(filepath.Join(hooks, "post-checkout"), 0o755); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "GIT_DIR=/nowhere", "GIT_WORK_TREE=/nowhere", "GIT_TEMPLATE_DIR="+hooks,
		"GIT_CONFIG_COUNT=2", "GIT_CONFIG_KEY_0=filter.evil.smudge", "GIT_CONFIG_VALUE_0=touch "+touched, "GIT_CONFIG_KEY_1=core.hooksPath", "GIT_CONFIG_VALUE_1="+hooks)
	c, err := Clone(env, new(bytes.Buffer))(t.Context(), "file://"+dir, "master")
	if err != nil || c.Commit != commit {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := os.Stat(touched); err == nil {
		t.Error("a command of the repository ran")
	}
}

func TestCloneSaysWhatWentWrong(t *testing.T) {
	for _, url := range []string{"", "-u", "--upload-pack=touch /tmp/x"} {
		if _, err := Clone(os.Environ(), new(bytes.Buffer))(t.Context(), url, "master"); err == nil || !strings.Contains(err.Error(), "is no URL") {
			t.Errorf("%q: %v", url, err)
		}
	}
	var said bytes.Buffer
	_, err := Clone(append(os.Environ(), "GIT_TERMINAL_PROMPT=0"), &said)(t.Context(), "http://user:secret@127.0.0.1:1/r.git", "master")
	if err == nil || strings.Contains(err.Error()+said.String(), "secret") || strings.Contains(err.Error(), "\n") || said.Len() == 0 {
		t.Errorf("%v\n%s", err, said.String())
	}
}

// The user's configuration holds: it may lead elsewhere, and has the credentials.
func TestCloneHasTheUsersConfiguration(t *testing.T) {
	dir, commit := newForeign(t, map[string]string{"repos.json": simple})
	config := filepath.Join(t.TempDir(), "config")
	write(t, config, "[url \"file://"+filepath.Dir(dir)+"/\"]\n\tinsteadOf = https://git.example.org/\n")
	c, err := Clone(append(os.Environ(), "GIT_CONFIG_GLOBAL="+config), new(bytes.Buffer))(t.Context(), "https://git.example.org/foreign", "master")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.Commit != commit {
		t.Error(c.Commit)
	}
}

const upstream = "https://git.example.org/group/foreign"

// newMirror makes the root of a mirror that has the repository of upstream in one of its places.
func newMirror(t *testing.T, place string) (root, commit string) {
	t.Helper()
	dir, commit := newForeign(t, map[string]string{"etc/repos.json": simple})
	root = t.TempDir()
	bare := filepath.Join(root, place, "git.example.org", "group", "foreign.git")
	runGit(t, ".", "clone", "-q", "--bare", dir, bare)
	return root, commit
}

func TestFromRoot(t *testing.T) {
	for _, place := range []string{"store/git", "justmr/git"} {
		root, commit := newMirror(t, place)
		for _, url := range []string{upstream, upstream + ".git", "git@git.example.org:group/foreign.git"} {
			for _, branch := range []string{"master", "v1"} {
				base := &ordered.Object{}
				if err := Run(t.Context(), base, Options{URL: url, Branch: branch}, FromRoot(root), new(bytes.Buffer)); err != nil {
					t.Fatal(err)
				}
				want := `{"repositories": {"a": {"repository": {"type": "git", "repository": "` + url + `", "branch": "` + branch + `", "commit": "` + commit + `"}}}}`
				if diff := cmp.Diff(want, string(ordered.Append(nil, base))); diff != "" {
					t.Errorf("%s, %s: %s", place, url, diff)
				}
			}
		}
		for _, branch := range []string{"none", "master~0", "master^{commit}", "@{0}", "../heads/master", ""} {
			_, err := FromRoot(root)(t.Context(), upstream, branch)
			if err == nil || !strings.Contains(err.Error(), "neither a branch nor a tag") {
				t.Errorf("branch %q: %v", branch, err)
			}
		}
		if _, err := FromRoot(root)(t.Context(), "https://git.example.org/other", "master"); !errors.Is(err, gitrepo.ErrNoRepo) || !strings.Contains(err.Error(), root) {
			t.Error(err)
		}
	}
	if _, err := FromRoot(filepath.Join(t.TempDir(), "none"))(t.Context(), upstream, "master"); !errors.Is(err, gitrepo.ErrNoRepo) {
		t.Error(err)
	}
}

func TestFromServer(t *testing.T) {
	root, commit := newMirror(t, "justmr/git")
	git, err := gitrepo.New(t.Context(), gitrepo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	repositories, err := os.OpenRoot(filepath.Join(root, "justmr"))
	if err != nil {
		t.Fatal(err)
	}
	defer repositories.Close()
	handler, err := gitrepo.Handler(git, repositories, gitrepo.ServeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	for _, base := range []string{server.URL, server.URL + "/", "file://" + root + "/justmr"} {
		c, err := FromServer(base, os.Environ(), new(bytes.Buffer))(t.Context(), upstream, "master")
		if err != nil {
			t.Fatal(err)
		}
		if c.Commit != commit {
			t.Errorf("%s: %s", base, c.Commit)
		}
		c.Close()
	}
	var said bytes.Buffer
	if _, err := FromServer(server.URL, os.Environ(), &said)(t.Context(), upstream+"/other", "master"); err == nil || !strings.Contains(err.Error(), upstream+"/other failed") {
		t.Error(err)
	}
	if _, err := FromServer(server.URL, os.Environ(), &said)(t.Context(), "no url", "master"); !errors.Is(err, gitrepo.ErrURL) {
		t.Error(err)
	}
}

// Where a mirror has made a merge so that a branch reaches pinned commits, what is imported is
// upstream's branch.
func TestMergesOfMirrorsAreNotImported(t *testing.T) {
	work, old := newForeign(t, map[string]string{"repos.json": simple})
	runGit(t, work, "checkout", "-q", "--orphan", "new")
	write(t, filepath.Join(work, "repos.json"), `{"repositories": {"b": {"repository": {"type": "file", "path": "."}}}}`)
	runGit(t, work, "add", "-A")
	runGit(t, work, "commit", "-q", "-m", "rewritten")
	tip := runGit(t, work, "rev-parse", "HEAD")
	git, err := gitrepo.New(t.Context(), gitrepo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	store, err := gitrepo.NewStore(git, kept)
	if err != nil {
		t.Fatal(err)
	}
	repo, _, err := store.Update(t.Context(), gitrepo.Source{URL: upstream, Candidates: []string{work}})
	if err != nil {
		t.Fatal(err)
	}
	exported, err := repo.ExportPinned(t.Context(), []gitrepo.Pin{{Branch: "new", Commit: old}, {Branch: "new", Commit: tip}})
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	bare := filepath.Join(root, "justmr", "git", repo.Name())
	for _, f := range exported {
		var b bytes.Buffer
		if text, small := f.Text(); small {
			b.Write(text)
		} else if _, err := f.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(bare, f.Name), b.String())
	}
	if made := runGit(t, ".", "--git-dir="+bare, "rev-parse", "refs/heads/new"); made == tip || made == old {
		t.Fatalf("the mirror made no merge: %s", made)
	}
	for name, source := range map[string]Source{
		"root": FromRoot(root), "server": FromServer("file://"+root+"/justmr", os.Environ(), new(bytes.Buffer)),
		"clone": func(ctx context.Context, _, branch string) (*Checkout, error) {
			return Clone(os.Environ(), new(bytes.Buffer))(ctx, "file://"+bare, branch)
		},
	} {
		base := &ordered.Object{}
		if err := Run(t.Context(), base, Options{URL: upstream, Branch: "new"}, source, new(bytes.Buffer)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := string(ordered.Append(nil, base)); !strings.Contains(got, `"commit": "`+tip+`"`) || !strings.Contains(got, `"b": `) {
			t.Errorf("%s: %s, want commit %s", name, got, tip)
		}
	}
}

func TestFind(t *testing.T) {
	top := t.TempDir()
	p := Places{Folder: filepath.Join(top, "work", "a", "b"), Home: filepath.Join(top, "home"), System: filepath.Join(top, "system")}
	if file, ok := p.Find(); ok {
		t.Fatalf("found %s", file)
	}
	if err := os.MkdirAll(p.Folder, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(top, "work", "repos.json"), "{}")
	for _, step := range []struct{ make, want string }{
		{"work/a/repos.json", ""}, // no workspace yet
		{"system/etc/just-repos.json", "system/etc/just-repos.json"},
		{"home/.just-repos.json", "home/.just-repos.json"},
		{"work/WORKSPACE", "work/repos.json"},
		{"work/a/.git/HEAD", "work/a/repos.json"},
		{"work/a/b/ROOT", "home/.just-repos.json"}, // the nearest workspace counts, which has none
		{"work/a/b/etc/repos.json", "work/a/b/etc/repos.json"},
		{"work/a/b/repos.json", "work/a/b/repos.json"},
	} {
		write(t, filepath.Join(top, step.make), "{}")
		file, _ := p.Find()
		if step.want != "" {
			step.want = filepath.Join(top, step.want)
		}
		if file != step.want {
			t.Errorf("with %s: %q, want %q", step.make, file, step.want)
		}
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	for content, want := range map[string]string{
		"": "line 1, column 1: want a value", "[]": "no JSON object", "{\n\"a\": }": "line 2, column 6", `"x"`: "no JSON object",
	} {
		file := filepath.Join(dir, "c.json")
		write(t, file, content)
		if _, err := ReadFile(file); err == nil || !strings.HasPrefix(err.Error(), file+": ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", content, err)
		}
	}
	if _, err := ReadFile(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestRepr(t *testing.T) {
	for s, want := range map[string]string{
		"": "''", "a": "'a'", "it's": `"it's"`, `"`: `'"'`, `'"`: `'\'"'`, `\`: `'\\'`, "\n\r\t\x00\x7f": `'\n\r\t\x00\x7f'`,
		"ü\u00a0\u00ad": `'ü\xa0\xad'`, "\u2028\ufeff": `'\u2028\ufeff'`, "😀\U000e0001": `'😀\U000e0001'`, "\xed\xa0\xbd": `'\ud83d'`, " ": "' '",
	} {
		if got := repr(s); got != want {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
	}
	if got := reprList([]string{"a", "it's"}); got != `['a', "it's"]` {
		t.Error(got)
	}
}

func TestErrors(t *testing.T) {
	for foreign, want := range map[string]string{
		`{}`:                          "the imported configuration: it has no repositories, so it is unclear what to import",
		`{"repositories": []}`:        `the imported configuration: "repositories" is no object`,
		`{"main": 1}`:                 `the imported configuration: "main" is no name of a repository`,
		`{"main": "a"}`:               `the imported configuration: repository "a": there is none of that name`,
		`{"repositories": {"a": []}}`: `the imported configuration: repository "a": its description is no object`,
		`{"repositories": {"a": {}}}`: `the imported configuration: repository "a": it has no "repository"`,
		`{"repositories": {"a": {"repository": null}}}`:                                     `the imported configuration: repository "a": its root is neither an object nor a name of a repository`,
		`{"repositories": {"a": {"repository": "b"}, "b": {"repository": "b"}}}`:            `the imported configuration: repository "b": it is its own root: a cycle of references`,
		`{"repositories": {"a": {"repository": {}, "bindings": {"x": 1}}}}`:                 `the imported configuration: repository "a": bindings: "x" is bound to something that is no name of a repository`,
		`{"repositories": {"a": {"repository": {}, "bindings": null}}}`:                     `the imported configuration: repository "a": bindings: no object`,
		`{"repositories": {"a": {"repository": {}, "rule_root": 1}}}`:                       `the imported configuration: repository "a": rule_root: no name of a repository`,
		`{"repositories": {"a": {"repository": {}, "rule_root": "b"}}}`:                     `the imported configuration: repository "b": there is none of that name`,
		`{"repositories": {"a": {"repository": {"type": "computed"}}}}`:                     `the imported configuration: repository "a": repository: repo: no name of a repository`,
		`{"repositories": {"a": {"repository": {"type": "computed", "repo": 1}}}}`:          `the imported configuration: repository "a": "repo" is no name of a repository`,
		`{"repositories": {"a": {"repository": {"type": "file", "path": 1}}}}`:              `the imported configuration: repository "a": repository: path: no text`,
		`{"repositories": {"a": {"repository": {"type": "file", "pragma": 1}}}}`:            `the imported configuration: repository "a": repository: pragma: no object`,
		`{"repositories": {"a": {"repository": {"type": "distdir", "repositories": "x"}}}}`: `the imported configuration: repository "a": repository: repositories: no list`,
		`{"repositories": {"a": {"repository": {"type": "distdir", "repositories": [1]}}}}`: `the imported configuration: repository "a": repository: repositories: no name of a repository`,
	} {
		o := Options{URL: randomURL}
		err := merge(&ordered.Object{}, parsed(t, foreign), stub(o, "c"), o, new(bytes.Buffer))
		if err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", foreign, err, want)
		}
	}
	o := Options{URL: randomURL}
	if err := merge(parsed(t, `{"repositories": null}`), parsed(t, simple), stub(o, "c"), o, new(bytes.Buffer)); err == nil || !strings.HasPrefix(err.Error(), "the configuration that is imported into: ") {
		t.Error(err)
	}
}

// A chain of any length ends, and so does one that is deeper than any that is meant.
func TestLongChains(t *testing.T) {
	for length, fails := range map[int]bool{50_000: false, maxDepth + 1: true} {
		var b strings.Builder
		b.WriteString(`{"repositories": {`)
		for i := range length {
			fmt.Fprintf(&b, `"0%d": {"repository": {}, "bindings": {"x": "0%d"}}, `, i, (i+1)%length)
		}
		b.WriteString(`"z": {"repository": {}, "bindings": {"x": "00"}}}}`)
		_, _, err := reach(mustRepositories(t, b.String()), "z", nil)
		if (err != nil) != fails {
			t.Errorf("%d: %v", length, err)
		}
	}
}

func mustRepositories(t *testing.T, config string) *ordered.Object {
	t.Helper()
	o, err := repositories(parsed(t, config))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Two repositories can come to one name, as in the original; that is said.
func TestSameNameTwice(t *testing.T) {
	foreign := parsed(t, `{"main": "m", "repositories": {"m": {"repository": {"type": "file", "path": "."}, "bindings": {"1": "x", "2": "x (1)"}},
		"x": {"repository": {"type": "file", "path": "one"}}, "x (1)": {"repository": {"type": "file", "path": "two"}}}}`)
	base := parsed(t, `{"repositories": {"i/x": {"repository": {"type": "file", "path": "."}}}}`)
	var said bytes.Buffer
	o := Options{URL: randomURL, As: "i", Named: true}
	if err := merge(base, foreign, stub(o, "c"), o, &said); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said.String(), "Warning: 'i/x (1)' takes the place") {
		t.Error(said.String())
	}
	var names []string
	ours, _ := repositories(base)
	for name := range ours.All() {
		names = append(names, name)
	}
	if want := []string{"i/x", "i", "i/x (1)"}; !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
}
