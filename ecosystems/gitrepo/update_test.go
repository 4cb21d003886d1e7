package gitrepo_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
)

func TestCloneAndUpdate(t *testing.T) {
	w := newWork(t)
	w.git("tag", "-a", "-m", "one", "v1")
	w.git("branch", "side")
	m := newMirror(t, gitrepo.Options{})

	repo, u := m.update(w.dir)
	if !u.Cloned || !u.Changed || u.From != w.dir || repo.Name() != "git.example.org/team/Toy.jl.git" {
		t.Errorf("%+v, %s", u, repo.Name())
	}
	want := map[string]string{}
	for _, ref := range []string{"refs/heads/main", "refs/heads/side", "refs/tags/v1"} {
		want[ref] = w.git("rev-parse", ref)
	}
	if diff := cmp.Diff(want, refs(t, repo)); diff != "" {
		t.Error(diff)
	}
	if _, u := m.update(w.dir); u != (gitrepo.Update{From: w.dir}) {
		t.Errorf("nothing new: %+v", u)
	}
	want["refs/heads/main"] = w.commit("src/Toy.jl", "module Toy end")
	if _, u := m.update(w.dir); u != (gitrepo.Update{From: w.dir, Changed: true}) {
		t.Errorf("a commit: %+v", u)
	}
	if diff := cmp.Diff(want, refs(t, repo)); diff != "" {
		t.Error(diff)
	}
	head, err := repo.Head(t.Context())
	if err != nil || head != (gitrepo.Ref{Name: "refs/heads/main", ID: want["refs/heads/main"]}) {
		t.Errorf("%v, %v", head, err)
	}
	if err := repo.Verify(t.Context(), false); err != nil {
		t.Error(err)
	}
	if names, err := m.Names(); err != nil || !slices.Equal(names, []string{repo.Name()}) {
		t.Error(names, err)
	}
	again, err := m.Open("https://git.example.org/team/Toy.jl.git")
	if err != nil || again.Dir() != repo.Dir() {
		t.Error(err)
	}
	if _, err := m.Open("https://git.example.org/other"); !errors.Is(err, gitrepo.ErrNoRepo) {
		t.Error(err)
	}
}

// What upstream takes back stays.
func TestNothingIsEverLost(t *testing.T) {
	w := newWork(t)
	w.git("checkout", "-q", "-b", "gone")
	gone := w.commit("gone", "1")
	w.git("checkout", "-q", "main")
	rewritten := w.commit("rewritten", "1")
	w.git("tag", "-a", "-m", "one", "v1")
	tag := w.git("rev-parse", "v1")
	w.git("tag", "light")
	m := newMirror(t, gitrepo.Options{})
	m.update(w.dir)

	w.git("branch", "-q", "-D", "gone")
	w.git("reset", "-q", "--hard", "HEAD~1")
	now := w.commit("rewritten", "2")
	w.git("tag", "-f", "-a", "-m", "two", "v1")
	w.git("tag", "-f", "light")
	repo, u := m.update(w.dir)
	if !u.Changed || u.Cloned || u.Kept != 2 {
		t.Errorf("%+v", u)
	}
	want := map[string]string{
		"refs/heads/main": now, "refs/heads/gone": gone,
		"refs/tags/v1": w.git("rev-parse", "v1"), "refs/tags/light": now,
		"refs/keep/" + rewritten: rewritten, "refs/keep/" + tag: tag,
	}
	if diff := cmp.Diff(want, refs(t, repo)); diff != "" {
		t.Error(diff)
	}
	if _, u := m.update(w.dir); u.Changed {
		t.Errorf("%+v", u)
	}

	// A branch that moves along keeps nothing, one that goes back keeps what it had.
	w.git("reset", "-q", "--hard", "HEAD~1")
	if _, u := m.update(w.dir); u.Kept != 0 {
		t.Errorf("the tag still reaches it: %+v", u)
	}
	w.git("tag", "-d", "light", "v1")
	w.git("branch", "-q", "-f", "gone", "main")
	repo, u = m.update(w.dir)
	if u.Kept != 1 || refs(t, repo)["refs/keep/"+gone] != gone {
		t.Errorf("%+v %v", u, refs(t, repo))
	}
	if ok, err := repo.Has(t.Context(), rewritten, gone, now); !ok || err != nil {
		t.Error(ok, err)
	}
	if err := repo.Verify(t.Context(), true); err != nil {
		t.Error(err)
	}
}

// A name cannot be a branch and a folder of branches at once.
func TestBranchesInTheWay(t *testing.T) {
	w := newWork(t)
	w.git("checkout", "-q", "-b", "topic")
	topic := w.commit("topic", "1")
	w.git("checkout", "-q", "-b", "other/deep", "main")
	deep := w.commit("deep", "1")
	w.git("checkout", "-q", "main")
	m := newMirror(t, gitrepo.Options{})
	m.update(w.dir)
	w.git("branch", "-q", "-D", "topic", "other/deep")
	w.git("branch", "topic/new")
	w.git("branch", "other")
	repo, _ := m.update(w.dir)
	main := w.git("rev-parse", "main")
	want := map[string]string{
		"refs/heads/main": main, "refs/heads/topic/new": main, "refs/heads/other": main,
		"refs/keep/" + topic: topic, "refs/keep/" + deep: deep,
	}
	if diff := cmp.Diff(want, refs(t, repo)); diff != "" {
		t.Error(diff)
	}
}

func TestHeadFollowsUpstreams(t *testing.T) {
	w := newWork(t)
	w.git("branch", "trunk")
	m := newMirror(t, gitrepo.Options{})
	m.update(w.dir)
	w.git("checkout", "-q", "trunk")
	repo, u := m.update(w.dir)
	if head, err := repo.Head(t.Context()); err != nil || head.Name != "refs/heads/trunk" || !u.Changed {
		t.Errorf("%v, %v, %+v", head, err, u)
	}
	w.git("checkout", "-q", "--detach", "main")
	w.commit("nowhere", "1")
	m.update(w.dir)
	if head, err := repo.Head(t.Context()); err != nil || head.Name != "refs/heads/trunk" {
		t.Errorf("%v, %v", head, err)
	}
}

func TestEmptyRepository(t *testing.T) {
	dir := t.TempDir()
	(&work{t, dir}).git("init", "-q", "--bare", "-b", "main")
	repo, u := newMirror(t, gitrepo.Options{}).update(dir)
	if _, err := repo.Head(t.Context()); !errors.Is(err, gitrepo.ErrNotFound) || !u.Cloned {
		t.Errorf("%v, %+v", err, u)
	}
	if len(refs(t, repo)) != 0 {
		t.Error(refs(t, repo))
	}
}

func TestSHA256(t *testing.T) {
	w := newWork(t, "--object-format=sha256")
	repo, _ := newMirror(t, gitrepo.Options{}).update(w.dir)
	if head, err := repo.Head(t.Context()); err != nil || len(head.ID) != 64 {
		t.Errorf("%v, %v", head, err)
	}
}

func TestCandidatesInTurn(t *testing.T) {
	w := newWork(t)
	m := newMirror(t, gitrepo.Options{})
	missing := filepath.Join(t.TempDir(), "missing")
	const url = "https://user:s3cr3t@[::1]:1/Toy.jl"
	src := gitrepo.Source{URL: url, Candidates: []string{url, "ext::sh -c true", missing, w.dir}}
	repo, u := m.must(src)
	if u.From != w.dir || repo.Name() != "[::1]:1/Toy.jl.git" {
		t.Errorf("%+v %s", u, repo.Name())
	}

	src.Candidates = src.Candidates[:3]
	_, _, err := m.Update(t.Context(), src)
	var all *fetch.Error
	if !errors.As(err, &all) || len(all.Attempts) != 3 || errors.Is(err, fetch.ErrAbsent) {
		t.Fatal(err)
	}
	for i, want := range []error{nil, gitrepo.ErrURL, fetch.ErrAbsent} {
		if want != nil && !errors.Is(all.Attempts[i].Err, want) {
			t.Errorf("%d: %v", i, all.Attempts[i].Err)
		}
	}
	if text := err.Error(); strings.Contains(text, "s3cr3t") || strings.Contains(text, "\n") || !strings.Contains(text, missing) {
		t.Errorf("%q", text)
	}
	if _, err := m.Open(url); err != nil {
		t.Errorf("what was mirrored before is gone: %v", err)
	}
}

func TestAFailedCloneLeavesNothing(t *testing.T) {
	m := newMirror(t, gitrepo.Options{})
	broken := newWork(t)
	lost := broken.git("rev-parse", "HEAD^{tree}")
	if err := os.Remove(filepath.Join(broken.dir, ".git", "objects", lost[:2], lost[2:])); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{filepath.Join(t.TempDir(), "missing"), broken.dir} {
		_, _, err := m.Update(t.Context(), gitrepo.Source{URL: "https://git.example.org/a", Candidates: []string{from}})
		if err == nil {
			t.Errorf("%s: no error", from)
		}
	}
	if left := files(t, m.dir); len(left) != 0 {
		t.Error(left)
	}
	if names, err := m.Names(); len(names) != 0 || err != nil {
		t.Error(names, err)
	}
}

// An index of somebody else's must not make the mirror publish what lies on its machine.
func TestLocalRepositoriesOnlyIfNamedByTheUser(t *testing.T) {
	w := newWork(t)
	m := newMirror(t, gitrepo.Options{})
	for _, url := range []string{w.dir, "file://" + w.dir, "file://localhost" + w.dir} {
		if _, _, err := m.Update(t.Context(), gitrepo.Source{URL: url}); !errors.Is(err, gitrepo.ErrLocal) {
			t.Errorf("%s: %v", url, err)
		}
		repo, _ := m.must(gitrepo.Source{URL: url, Local: true})
		if !strings.HasPrefix(repo.Name(), "localhost/") {
			t.Error(repo.Name())
		}
	}
}

func TestRefsCanBeChosen(t *testing.T) {
	w := newWork(t)
	w.git("update-ref", "refs/pull/1/head", "HEAD")
	m := newMirror(t, gitrepo.Options{})
	repo, _ := m.must(gitrepo.Source{URL: "https://git.example.org/a", Candidates: []string{w.dir}, Refs: func(name string) bool {
		return strings.HasPrefix(name, "refs/heads/")
	}})
	if got := slices.Collect(maps.Keys(refs(t, repo))); !slices.Equal(got, []string{"refs/heads/main"}) {
		t.Error(got)
	}
	repo, _ = m.must(gitrepo.Source{URL: "https://git.example.org/a", Candidates: []string{w.dir}})
	if refs(t, repo)["refs/pull/1/head"] == "" {
		t.Error(refs(t, repo))
	}
}

func TestCommitsMustBeThere(t *testing.T) {
	stale, w := newWork(t), newWork(t)
	pinned := w.commit("pinned", "1")
	w.git("reset", "-q", "--hard", "HEAD~1") // no ref reaches it any more
	m := newMirror(t, gitrepo.Options{})
	src := gitrepo.Source{URL: "https://git.example.org/a", Candidates: []string{stale.dir, w.dir}, Commits: []string{pinned}}
	w.git("config", "uploadpack.allowAnySHA1InWant", "true")
	repo, u := m.must(src)
	if u.From != w.dir || refs(t, repo)["refs/keep/"+pinned] != pinned {
		t.Errorf("%+v %v", u, refs(t, repo))
	}
	src.Candidates = []string{stale.dir}
	if _, u := m.must(src); u.From != stale.dir {
		t.Errorf("the commit is here: %+v", u)
	}
	src.Commits = []string{strings.Repeat("1", 40)}
	if _, _, err := m.Update(t.Context(), src); !errors.Is(err, gitrepo.ErrLacks) {
		t.Error(err)
	}
	src.Commits = []string{"main\ndelete refs/heads/main"}
	if _, _, err := m.Update(t.Context(), src); err == nil || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}

func TestStrategies(t *testing.T) {
	w := newWork(t)
	m := newMirror(t, gitrepo.Options{})
	src := gitrepo.Source{URL: "https://git.example.org/a", Candidates: []string{w.dir}}
	m.must(src)
	old := w.commit("old", "1")
	m.must(src)
	w.git("reset", "-q", "--hard", "HEAD~1")
	now := w.commit("new", "1")

	src.Strategy = gitrepo.Always
	repo, u := m.must(src)
	if !u.Cloned || refs(t, repo)["refs/heads/main"] != now || refs(t, repo)["refs/keep/"+old] != old {
		t.Errorf("%+v %v", u, refs(t, repo))
	}

	// Damage that git notices when it looks at its refs.
	damage := func() {
		t.Helper()
		if err := os.WriteFile(filepath.Join(repo.Dir(), "packed-refs"), []byte("nonsense\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	damage()
	src.Strategy = gitrepo.IfMissing
	if _, _, err := m.Update(t.Context(), src); err == nil {
		t.Error("no error")
	}
	src.Strategy = gitrepo.OnFailure
	repo, u = m.must(src)
	if !u.Cloned || refs(t, repo)["refs/heads/main"] != now {
		t.Errorf("%+v %v", u, refs(t, repo))
	}
	if _, u = m.must(src); u.Cloned {
		t.Errorf("%+v", u)
	}
	damage()
	src.Candidates = []string{filepath.Join(t.TempDir(), "missing")}
	if _, _, err := m.Update(t.Context(), src); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(repo.Dir()); err != nil {
		t.Error("given up although upstream is not there:", err)
	}
	if left, _ := filepath.Glob(filepath.Join(m.dir, ".incoming", "*")); len(left) != 0 {
		t.Error(left)
	}
}

// An update that was killed leaves refs that the next one clears away.
func TestAfterAnInterruption(t *testing.T) {
	w := newWork(t)
	m := newMirror(t, gitrepo.Options{})
	repo, _ := m.update(w.dir)
	if _, err := repo.Run(t.Context(), nil, "update-ref", "refs/incoming/heads/main/x", "HEAD"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(m.dir, ".incoming", "half"), 0o755); err != nil {
		t.Fatal(err)
	}
	now := w.commit("more", "1")
	repo, _ = m.update(w.dir)
	if diff := cmp.Diff(map[string]string{"refs/heads/main": now}, refs(t, repo)); diff != "" {
		t.Error(diff)
	}
	if names, err := m.Names(); len(names) != 1 || err != nil {
		t.Error(names, err)
	}
	if err := m.Sweep(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(m.dir, ".incoming")); err == nil {
		t.Error("still there")
	}
}

// A program that ends between the two steps of replacing a repository has lost nothing.
func TestAfterAnInterruptedReplacement(t *testing.T) {
	w := newWork(t)
	m := newMirror(t, gitrepo.Options{})
	repo, _ := m.update(w.dir)
	aside := filepath.Join(m.dir, ".replaced", repo.Name())
	away := func() {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(aside), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(repo.Dir(), aside); err != nil {
			t.Fatal(err)
		}
	}
	away()
	if err := m.Sweep(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(m.dir, ".replaced")); err == nil || len(refs(t, repo)) != 1 {
		t.Error(refs(t, repo))
	}
	away()
	if _, u := m.update(w.dir); u.Cloned || u.Changed {
		t.Errorf("%+v", u)
	}

	// Before the last step: both are there, and the new one counts.
	away()
	fresh := newMirror(t, gitrepo.Options{})
	other, _ := fresh.update(w.dir)
	if err := os.Rename(other.Dir(), repo.Dir()); err != nil {
		t.Fatal(err)
	}
	if names, err := m.Names(); len(names) != 1 || err != nil {
		t.Error(names, err)
	}
	if _, u := m.update(w.dir); u.Cloned || u.Changed {
		t.Errorf("%+v", u)
	}
	if _, err := os.Stat(aside); err == nil {
		t.Error("still aside")
	}
}

func TestCancelledUpdate(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m := newMirror(t, gitrepo.Options{})
	if _, _, err := m.Update(ctx, gitrepo.Source{URL: "https://git.example.org/a"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Several at once, of one repository and of many.
func TestUpdatesAtOnce(t *testing.T) {
	w := newWork(t)
	m := newMirror(t, gitrepo.Options{})
	errs := make(chan error)
	for i := range 6 {
		go func() {
			url := "https://git.example.org/" + string(rune('a'+i%2))
			_, _, err := m.Update(context.Background(), gitrepo.Source{URL: url, Candidates: []string{w.dir}})
			errs <- err
		}()
	}
	for range 6 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if names, err := m.Names(); err != nil || len(names) != 2 {
		t.Error(names, err)
	}
}
