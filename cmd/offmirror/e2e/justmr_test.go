//go:build e2e

package e2e

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/justmr/justmrtest"
)

// TestJustMR follows the acceptance list of the just-mr driver, with just-mr 1.5 and 1.6. Each user has an
// empty local build root.
func TestJustMR(t *testing.T) {
	t.Run("1_distdir", testJustMRDistdir)
	t.Run("2_two_distdirs", testJustMRTwoDistdirs)
	t.Run("3_two_names", testJustMRTwoNames)
	t.Run("4_just_local", testJustMRLocal)
	t.Run("4_clients", testJustMRInstructions)
	t.Run("5_fall_through", testJustMRFallThrough)
	t.Run("5_corrupted", testJustMRCorrupted)
	t.Run("5_wrong_answers", testJustMRWrongAnswers)
	t.Run("6_git", testJustMRGit)
	t.Run("7_spellings", testJustMRSpellings)
	t.Run("7_paths", testJustMRPaths)
	t.Run("8_rewritten", testJustMRRewritten)
	t.Run("9_preferred_hostnames", testJustMRPreferred)
	t.Run("10_closure", testJustMRClosure)
	t.Run("10_cycle", testJustMRCycle)
	t.Run("11_hostile", testJustMRHostile)
	t.Run("12_real_files", testJustMRRealFiles)
	t.Run("14_merge", testJustMRMerge)
	t.Run("15_project", testJustMRProject)
	t.Run("15_nginx", testJustMRNginx)
	t.Run("15_import_git", testJustMRImportGit)
	t.Run("15_public_shape", testJustMRPublic)
}

// archivesSite has archives of all kinds. No primary URL works, as far as clients are concerned.
func archivesSite(t testing.TB) *justmrSite {
	t.Helper()
	s := newJustMRSite(t)
	file := func(name string) justmrtest.File { return justmrtest.File{Name: name, Text: "text of " + name + "\n"} }
	add := func(name, path string, data []byte, root func(content, url string) justmrtest.Object) justmrtest.Object {
		url, content := s.put(1, path, data)
		o := root(content, deadHost+path).With("mirrors", []string{deadHost + "/too" + path, url})
		s.config.Add(name, o)
		return o
	}
	gz := justmrtest.TarGz(file("a-1/x"), file("a-1/sub/y"))
	add("gz", "/a-1.tar.gz", gz, justmrtest.Archive).With("subdir", "a-1").With("sha256", justmrtest.SHA256(gz)).With("sha512", justmrtest.SHA512(gz))
	add("xz", "/b-1.tar.xz", justmrtest.TarXz(file("b-1/x")), justmrtest.Archive)
	add("bz2", "/sample-1.0.tar.bz2", justmrtest.TarBz2(), justmrtest.Archive).With("subdir", "sample-1.0")
	add("zip", "/c.zip", justmrtest.Zip(file("c/x"), file("c/d/y")), justmrtest.ZipArchive).With("subdir", "c/d")
	add("file", "/config.guess?v=1", []byte("#!/bin/sh\n"), func(content, url string) justmrtest.Object {
		return justmrtest.ForeignFile("guess.sh", content, url).With("executable", true)
	})
	s.config.Add("dist", justmrtest.Distdir("gz", "zip", "file"))
	return s
}

// A repos.json and the distdir are all that is needed.
func testJustMRDistdir(t *testing.T) {
	t.Parallel()
	s := archivesSite(t)
	s.synced()
	withJustMR(t, func(t *testing.T, sys system) {
		s := s.with(t)
		want := s.fromUpstream(sys)
		u := s.user(sys)
		wantRoots(t, u.setup(u.distdirs()...), want)
		u.stayed()

		s.user(sys).justmr("--distdir", filepath.Join(s.folder, "empty"), "setup", "--all").ok() // by the mirror URLs
		if len(s.up.Requests()) == 0 {
			t.Error("without the mirror upstream was not asked either")
		}
		s.up.ResetLog()
	})
	if got, want := s.mirror.holds("distdir"), []string{
		"distdir/a-1.tar.gz", "distdir/b-1.tar.xz", "distdir/c.zip", "distdir/config.guess?v=1", "distdir/sample-1.0.tar.bz2",
	}; !slices.Equal(got, want) {
		t.Errorf("the mirror has %q, want %q", got, want)
	}
}

// Two contents of one name are in two distdirs, and just-mr takes both.
func testJustMRTwoDistdirs(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	for _, name := range []string{"one", "two"} {
		url, content := s.archive(0, "/"+name+"/v1.tar.gz")
		s.config.Add(name, justmrtest.Archive(content, url))
	}
	s.synced()
	withJustMR(t, func(t *testing.T, sys system) {
		s := s.with(t)
		want := s.fromUpstream(sys)
		s.up.Down(true)
		defer s.up.Down(false)
		s.user(sys).justmr("--distdir", s.mirror.file("distdir"), "setup", "--all").fails("provided remotes")
		s.up.ResetLog()
		u := s.user(sys)
		wantRoots(t, u.setup(u.distdirs()...), want)
		u.stayed()
	})
}

// One content under two names: both are there, each enough for a project that knows it.
func testJustMRTwoNames(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	url, content := s.archive(0, "/zlib.tar.gz")
	s.config.Add("plain", justmrtest.Archive(content, url))
	s.config.Add("named", justmrtest.Archive(content, url).With("distfile", "zlib-1.3.tar.gz"))
	s.synced()
	if got, want := s.mirror.holds("distdir"), []string{"distdir/zlib-1.3.tar.gz", "distdir/zlib.tar.gz"}; !slices.Equal(got, want) {
		t.Fatalf("the mirror has %q, want %q", got, want)
	}
	for _, name := range []string{"plain", "named"} {
		s.config.Repositories = map[string]justmrtest.Object{"only": s.config.Repositories[name]}
		s.write()
		u := s.user(trixie)
		u.setup(u.distdirs()...)
		u.stayed()
		s.config.Repositories = map[string]justmrtest.Object{"plain": {"repository": justmrtest.Archive(content, url)},
			"named": {"repository": justmrtest.Archive(content, url).With("distfile", "zlib-1.3.tar.gz")}}
	}
}

// The file that the server gives leads just-mr to the server alone, and the one for a
// folder to that.
func testJustMRLocal(t *testing.T) {
	t.Parallel()
	s := archivesSite(t)
	r := s.repository(0, "group/rules")
	s.config.Add("rules", justmrtest.Git(r.URL(), "master", r.commit("master", "one")).With("subdir", "rules"))
	s.synced()
	withJustMR(t, func(t *testing.T, sys system) {
		s := s.with(t)
		want := s.fromUpstream(sys)
		tap, local := s.served()
		u := s.user(sys)
		wantRoots(t, u.setup(u.local(local)...), want)
		u.stayed()
		tap.missesOnly()
		for _, x := range tap.exchanges() {
			if !strings.HasPrefix(x.path, "/justmr/blob/") && !strings.HasPrefix(x.path, "/justmr/git/") && x.path != "/justmr/just-local.json" {
				t.Errorf("just-mr asked for %s", x.path)
			}
		}

		u = s.user(sys)
		wantRoots(t, u.setup("--checkout-locations", s.mirror.file("just-local.json")), want)
		u.stayed()

		// as fetch into a distdir of one's own
		u = s.user(sys)
		u.write(u.name+"/out/here", "")
		u.justmr(append(u.local(local), "fetch", "--all", "-o", filepath.Join(u.dir, u.name, "out"))...).ok()
		if got, want := u.read(u.name+"/out/a-1.tar.gz"), readFile(t, s.mirror.file("distdir/a-1.tar.gz")); got != want {
			t.Error("just-mr fetch got another archive")
		}
		u.stayed()
	})
}

// What `offmirror clients justmr` prints, word for word.
func testJustMRInstructions(t *testing.T) {
	t.Parallel()
	s := archivesSite(t)
	r := s.repository(0, "group/rules")
	s.config.Add("rules", justmrtest.Git(r.URL(), "master", r.commit("master", "one")))
	s.synced()
	want := s.fromUpstream(trixie)
	served := newTap(t, s.mirror.start())
	setups := instructions(t, s.mirror, "--url", served.URL)
	script := paste(t, setups, "just-mr", func(code string) bool { return strings.HasPrefix(code, "curl ") })
	u := s.user(trixie)
	u.run(u.name, nil, "sh", "-ec", script).ok()
	if got := u.setup(); len(got) == 0 {
		t.Error("nothing was set up")
	} else {
		wantRoots(t, got, want)
	}
	u.stayed()
	if len(served.find(".tar.gz")) == 0 {
		t.Error("just-mr did not ask the mirror")
	}

	// with nothing but git
	script = paste(t, setups, "git,", func(string) bool { return true })
	u = s.user(trixie)
	u.run(u.name, nil, "sh", "-ec", script+"git clone -q "+r.URL()+" clone && cat clone/rules/RULES").ok("one")
	u.stayed()
}

// What the mirror does not have is answered by 404, and just-mr goes on to the primary.
func testJustMRFallThrough(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	url, content := s.archive(0, "/a.tar.gz")
	s.config.Add("a", justmrtest.Archive(content, url))
	s.synced()
	tap, local := s.served()
	gone := strings.ReplaceAll(local, content, strings.Repeat("0", 40))
	if gone == local {
		t.Fatalf("just-local.json does not name %s:\n%s", content, local)
	}
	u := s.user(trixie)
	u.setup(u.local(gone)...)
	missed := false
	for _, x := range tap.exchanges() {
		missed = missed || x.status == 404
	}
	if asked := s.up.Requests(); !missed || len(asked) != 1 {
		t.Errorf("the mirror was asked: %v, then upstream: %v", missed, asked)
	}
}

// A damaged file of the mirror is found by verify. just-mr would take it for the answer.
func testJustMRCorrupted(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	url, content := s.archive(0, "/a.tar.gz")
	s.config.Add("a", justmrtest.Archive(content, url))
	s.synced()
	s.mirror.tamper("blob/" + content + "/a.tar.gz")
	said := s.mirror.offmirror("verify").exits(4, "blob/"+content+"/a.tar.gz").output
	u := s.user(trixie)
	u.justmr("--checkout-locations", s.mirror.file("just-local.json"), "setup", "--all").exits(71, content)
	u.stayed() // there was no second try

	_, rest, _ := strings.Cut(said, "object ")
	object, _, _ := strings.Cut(rest, " ")
	s.mirror.removeObject(object)
	s.mirror.update("--deep").ok()
	s.up.ResetLog()
	s.mirror.offmirror("verify").ok()
	u = s.user(trixie)
	u.setup("--checkout-locations", s.mirror.file("just-local.json"))
	u.stayed()
}

// Upstreams that answer 200 with pages or with damaged files, where just-mr gives up: the mirror goes on to the
// next place, and says what it cannot find.
func testJustMRWrongAnswers(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	url, content := s.archive(0, "/a.tar.gz")
	_, _ = s.archive(1, "/a.tar.gz")
	s.up.Host(2).Put("/a.tar.gz", []byte("other"))
	s.up.Host(0).Page("/a.tar.gz")
	s.config.Add("a", justmrtest.Archive(content, url).With("mirrors", []string{s.up.Host(2).URL() + "/a.tar.gz", s.up.Host(1).URL() + "/a.tar.gz"}))
	s.write()
	s.user(trixie).justmr("setup", "--all").exits(71, content)
	s.synced()
	u := s.user(trixie)
	u.setup(u.distdirs()...)
	u.stayed()

	lost := justmrtest.Content([]byte("nobody has it"))
	s.config.Add("lost", justmrtest.Archive(lost, url+"?lost"))
	r := s.repository(0, "r")
	id := r.commit("master", "one")
	s.config.Add("branchless", justmrtest.Git(r.URL(), "no-such-branch", id))
	s.config.Add("commitless", justmrtest.Git(r.URL(), "master", strings.Repeat("1", 40)))
	s.update().says(`"lost"`, `"commitless"`, strings.Repeat("1", 40))
	s.mirror.offmirror("verify").ok()
	s.up.ResetLog()
	delete(s.config.Repositories, "lost")
	delete(s.config.Repositories, "commitless")
	s.write()
	u = s.user(trixie)
	if roots := u.setup("--checkout-locations", s.mirror.file("just-local.json")); roots["branchless"] != r.tree(id, "") {
		t.Errorf("a commit of a branch that upstream lacks has the root %q", roots["branchless"])
	}
	u.stayed()
}

// removeObject removes an object of the store by its name.
func (m mirror) removeObject(name string) {
	m.t.Helper()
	removed := false
	err := filepath.WalkDir(m.root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, name[2:]) {
			removed = true
			err = os.Remove(path)
		}
		return err
	})
	if err != nil || !removed {
		m.t.Fatalf("object %s: removed %v, %v", name, removed, err)
	}
}

// locations reads a file of locations.
func locations(t testing.TB, text string) map[string][]string {
	t.Helper()
	var l struct {
		Mirrors map[string][]string `json:"local mirrors"`
	}
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		t.Fatal(err)
	}
	return l.Mirrors
}

// exists reports whether there is a file.
func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
