//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/justmr/justmrtest"
)

// Commits by branch, by tag, two that diverged on one branch, and a folder: by the smart HTTP of offmirror.
// They stay in the local build root when its caches are rotated.
func testJustMRGit(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	r := s.repository(0, "group/rules")
	one := r.commit("master", "one")
	two := r.commit("master", "two")
	side := r.commit("side", "aside")
	check(t, r.AnnotatedTag(t.Context(), "v1", one))
	s.config.Add("head", justmrtest.Git(r.URL(), "master", two))
	s.config.Add("tag", justmrtest.Git(r.URL(), "v1", one))
	s.config.Add("older", justmrtest.Git(r.URL(), "master", one).With("subdir", "rules"))
	s.config.Add("diverged", justmrtest.Git(r.URL(), "master", side).With("subdir", "rules"))
	s.synced()
	want := map[string]string{"head": r.tree(two, ""), "tag": r.tree(one, ""), "older": r.tree(one, "rules"), "diverged": r.tree(side, "rules")}
	withJustMR(t, func(t *testing.T, sys system) {
		s := s.with(t)
		tap, local := s.served()
		u := s.user(sys)
		options := u.local(local)
		wantRoots(t, u.setup(options...), want)
		u.stayed()
		tap.missesOnly()

		dead := u.local(strings.ReplaceAll(local, tap.URL, deadHost))
		for range 2 {
			u.justmr("gc-repo").ok()
			wantRoots(t, u.setup(dead...), want)
		}
		u.stayed()

		clone := filepath.Join(u.dir, u.name, "clone")
		u.run(u.name, nil, "git", "clone", "-q", tap.URL+"/git/"+gitName(r), "clone").ok()
		u.run(u.name, nil, "git", "-C", clone, "fsck", "--strict").ok()
		for _, id := range []string{one, two, side} {
			u.run(u.name, nil, "git", "-C", clone, "cat-file", "-e", id+"^{commit}").ok()
		}
	})
}

// gitName is where a mirror has a repository, below git/.
func gitName(r *gitUpstream) string {
	host, rest, _ := strings.Cut(strings.TrimPrefix(r.URL(), "http://"), "/")
	return host + "/" + rest
}

// check fails the test at an error.
func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// X and X.git are one repository, and just-mr finds it by either.
func testJustMRSpellings(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	r := s.repository(0, "group/toolchains-cc")
	one, two := r.commit("master", "one"), r.commit("master", "two")
	short := strings.TrimSuffix(r.URL(), ".git")
	s.config.Add("with", justmrtest.Git(r.URL(), "master", one))
	s.config.Add("without", justmrtest.Git(short, "master", two))
	s.synced()
	withJustMR(t, func(t *testing.T, sys system) {
		s := s.with(t)
		tap, local := s.served()
		u := s.user(sys)
		wantRoots(t, u.setup(u.local(local)...), map[string]string{"with": r.tree(one, ""), "without": r.tree(two, "")})
		u.stayed()
		tap.missesOnly()
	})
	// also where repos.json has one of them only
	s.config.Repositories = map[string]justmrtest.Object{"other": {"repository": justmrtest.Git(short+".git", "master", one)}}
	s.synced()
	s.config.Repositories = map[string]justmrtest.Object{"other": {"repository": justmrtest.Git(short, "master", one)}}
	s.write()
	u := s.user(trixie)
	u.setup("--checkout-locations", s.mirror.file("just-local.json"))
	u.stayed()
}

// A repository at a path of the machine where the mirror is made: others, who have nothing at that path,
// find it by the absolute path.
func testJustMRPaths(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	r := s.repository(0, "r")
	id := r.commit("master", "one")
	there := filepath.Join(s.folder, "there/r.git")
	copyTree(t, there, r.Path())
	s.config.Add("relative", justmrtest.Git("./there/../there/r.git", "master", id))
	s.config.Add("url", justmrtest.Git("file://"+there, "master", id))
	s.synced()
	remove(t, there)
	withJustMR(t, func(t *testing.T, sys system) {
		s := s.with(t)
		_, local := s.served()
		u := s.user(sys)
		u.write(u.name+"/just-local.json", local)
		words := []string{"just-mr", "--norc", "--plain-log", "--local-build-root", filepath.Join(u.dir, u.name, "root"), "-C", "repos.json",
			"--checkout-locations", u.name + "/just-local.json", "setup", "--all"}
		u.run(".", nil, words...).ok()
		u.stayed()
	})
}

// What upstream rewrites, deletes or moves is still what just-mr gets.
func testJustMRRewritten(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	r := s.repository(0, "r")
	one := r.commit("master", "one")
	gone := r.commit("gone", "of a branch")
	check(t, r.Tag(t.Context(), "v1", one))
	s.config.Add("pushed", justmrtest.Git(r.URL(), "master", one))
	s.config.Add("deleted", justmrtest.Git(r.URL(), "gone", gone))
	s.config.Add("moved", justmrtest.Git(r.URL(), "v1", one))
	want := map[string]string{"pushed": r.tree(one, ""), "deleted": r.tree(gone, ""), "moved": r.tree(one, "")}
	s.synced()

	rewritten, err := r.ForcePush(t.Context(), "master", justmrtest.File{Name: "rules/RULES", Text: "rewritten"})
	check(t, err)
	check(t, r.DeleteBranch(t.Context(), "gone"))
	check(t, r.Tag(t.Context(), "v1", rewritten))
	s.user(trixie).justmr("setup", "--all").exits(71) // upstream has it no more
	s.config.Add("now", justmrtest.Git(r.URL(), "master", rewritten))
	want["now"] = r.tree(rewritten, "")
	s.synced()
	withJustMR(t, func(t *testing.T, sys system) {
		s := s.with(t)
		tap, local := s.served()
		u := s.user(sys)
		wantRoots(t, u.setup(u.local(local)...), want)
		u.stayed()
		tap.missesOnly()
		u.justmr("gc-repo").ok()
		wantRoots(t, u.setup(u.local(strings.ReplaceAll(local, tap.URL, deadHost))...), want)

		u = s.user(sys)
		wantRoots(t, u.setup("--checkout-locations", s.mirror.file("just-local.json")), want)
		u.stayed()
	})
	check(t, r.Remove()) // and when there is no upstream at all
	s.update("--deep")
	s.up.ResetLog()
	u := s.user(sid)
	wantRoots(t, u.setup("--checkout-locations", s.mirror.file("just-local.json")), want)
	u.stayed()
}
