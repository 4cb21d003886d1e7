//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/justmr/justmrtest"
)

// samples are real configurations.
const samples = "../../../ecosystems/justmr/repos/testdata/"

// Names that lead elsewhere, are none, or differ by case only.
func testJustMRHostile(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	add := func(name, path, distfile string) {
		url, content := s.archive(0, path)
		o := justmrtest.Archive(content, url)
		if distfile != "-" {
			o.With("distfile", distfile)
		}
		s.config.Add(name, o)
	}
	add("up", "/up.tar.gz", "../evil.tgz")
	add("sub", "/sub.tar.gz", "a/b.tgz")
	add("empty", "/empty.tar.gz", "")
	add("slash", "/slash/", "-")
	add("query", "/q.tar.gz?x=y/z&q", "-")
	add("case", "/Case.tar.gz", "-")
	add("CASE", "/case/case.tar.gz", "-")
	add("", "/of-the-empty-name.tar.gz", "-")
	add("with (1) / spaces", "/spaces%20.tar.gz", "-")
	for name, root := range map[string]any{
		"short":    justmrtest.Git(s.up.Host(0).URL()+"/r.git", "master", "abc"),
		"mirrors":  justmrtest.Archive(strings.Repeat("0", 40), "http://127.0.0.1:1/x").With("mirrors", "http://127.0.0.1:1/y"),
		"unknown":  justmrtest.Object{"type": "svn"},
		"number":   7,
		"git tree": justmrtest.GitTree(strings.Repeat("a", 40), "false", "--at", "all"),
	} {
		s.config.Add(name, root)
	}
	s.update().says(`"up"`, `"sub"`, `"empty"`, `"slash"`, `"short"`, `"mirrors"`, `"unknown"`, `"number"`, `"git tree"`, "--at").saysNothingOf("panic", "goroutine")
	s.mirror.offmirror("verify").ok()
	s.up.ResetLog()
	if got, want := append(s.mirror.holds("distdir"), s.mirror.holds("distdir-2")...), []string{
		"distdir/case.tar.gz", "distdir/of-the-empty-name.tar.gz", "distdir/spaces%20.tar.gz", "distdir/z&q", "distdir-2/Case.tar.gz",
	}; !sameNames(got, want) {
		t.Errorf("the mirror has %q, want %q", got, want)
	}
	if exists(filepath.Join(s.mirror.file("distdir"), "../evil.tgz")) || exists(filepath.Join(s.mirror.root, "evil.tgz")) {
		t.Error("a name led out of the distdir")
	}
	for _, name := range []string{"short", "mirrors", "unknown", "number", "git tree"} {
		delete(s.config.Repositories, name)
	}
	s.write()
	withJustMR(t, func(t *testing.T, sys system) {
		s := s.with(t)
		u := s.user(sys)
		if got := u.setup("--checkout-locations", s.mirror.file("just-local.json")); len(got) != 9 {
			t.Errorf("just-mr set up %v", got)
		}
		u.stayed()
	})
}

// sameNames compares names regardless of which of two that differ by case came first.
func sameNames(got, want []string) bool {
	fold := func(names []string) []string {
		var all []string
		for _, n := range names {
			all = append(all, strings.ToLower(n))
		}
		slices.Sort(all)
		return all
	}
	return slices.Equal(fold(got), fold(want))
}

// Real configurations are read, and planned without any network.
func testJustMRRealFiles(t *testing.T) {
	t.Parallel()
	for file, counts := range map[string][3]int{ // repositories, archives and other files, git roots
		"hello-nix.repos.json":                  {18, 8, 2},
		"jst-imports.repos.json":                {17, 2, 2},
		"rules-rust-getting-started.repos.json": {2, 0, 1},
		"bootstrappable-toolchain.repos.json":   {100, 35, 0},
	} {
		text := readFile(t, samples+file)
		var config struct {
			Repositories map[string]struct{ Repository any }
		}
		if err := json.Unmarshal([]byte(text), &config); err != nil {
			t.Fatal(err)
		}
		var files, gits []string
		for _, r := range config.Repositories {
			if o, ok := r.Repository.(map[string]any); ok {
				if id, ok := o["content"].(string); ok {
					files = append(files, id)
				}
				if o["type"] == "git" {
					gits = append(gits, fmt.Sprint(o["repository"]))
				}
			}
		}
		if got := [3]int{len(config.Repositories), len(files), len(gits)}; got != counts {
			t.Errorf("%s has %v repositories, files and git roots, want %v", file, got, counts)
		}
		s := newJustMRSite(t)
		writeFile(t, filepath.Join(s.folder, "repos.json"), text)
		said := s.mirror.offmirror("plan", "justmr", "--config", s.configure(), "--json").ok().output
		for _, id := range files {
			if !strings.Contains(said, id) {
				t.Errorf("the plan of %s lacks %s", file, id)
			}
		}
		for _, url := range gits {
			if !strings.Contains(said, strings.TrimPrefix(url, "https://")) {
				t.Errorf("the plan of %s lacks %s", file, url)
			}
		}
	}
}

// A user's own file of locations keeps what is in it.
func testJustMRMerge(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	url, content := s.archive(0, "/a.tar.gz")
	s.config.Add("a", justmrtest.Archive(content, url))
	gone := s.up.Host(0).URL() + "/own.tar.gz"
	foreign := s.up.Host(1).Put("/own.tar.gz", justmrtest.TarGz(justmrtest.File{Name: "x", Text: "own"}))
	s.config.Add("own", justmrtest.Archive(justmrtest.Content(justmrtest.TarGz(justmrtest.File{Name: "x", Text: "own"})), gone))
	s.update().says(`"own"`)
	u := s.user(trixie)
	const own = `{
  "checkouts": {"git": {"https://example.org/r.git": "/home/me/r"}},
  "extra inherit env": ["SSH_AUTH_SOCK"],
  "preferred hostnames": ["example.org"],
  "local mirrors": {"GONE": ["FOREIGN"], "https://example.org/x": ["https://example.net/x"]}
}
`
	u.write(".just-local.json", strings.NewReplacer("FOREIGN", foreign, "GONE", gone).Replace(own))
	for range 2 {
		s.mirror.offmirror("justmr", "local", "--url", "file://"+s.mirror.root, "--merge", filepath.Join(u.dir, ".just-local.json")).ok()
	}
	merged := u.read(".just-local.json")
	for _, kept := range []string{"/home/me/r", "SSH_AUTH_SOCK", `"example.org"`, "https://example.net/x"} {
		if strings.Count(merged, kept) != 1 {
			t.Errorf("the merged file has %q %d times:\n%s", kept, strings.Count(merged, kept), merged)
		}
	}
	s.up.ResetLog()
	u.setup()
	if got := asked(s.up); len(got) != 1 || got[0] != foreign {
		t.Errorf("just-mr asked for %q, want only the user's own %q", got, foreign)
	}
}

// A whole project, as it is published, from a mirror alone: its files from the distdirs, its repositories as
// folders; then all of it by HTTP.
func testJustMRProject(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	gits := map[string]*gitUpstream{}
	var config struct {
		Main         string
		Repositories map[string]justmrtest.Object
	}
	if err := json.Unmarshal([]byte(readFile(t, samples+"hello-nix.repos.json")), &config); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for name, r := range config.Repositories {
		o, ok := r["repository"].(map[string]any)
		if !ok {
			continue
		}
		switch o["type"] {
		case "archive": // the same URL, with what we have in the place of what it is
			top := o["subdir"].(string)
			path := strings.TrimPrefix(o["fetch"].(string), "https://crates.io")
			_, o["content"] = s.put(0, path, justmrtest.TarGz(justmrtest.File{Name: top + "/Cargo.toml", Text: name + "\n"}))
		case "git":
			url := o["repository"].(string)
			if gits[url] == nil {
				gits[url] = s.repository(1, strings.TrimPrefix(url, "https://github.com/"))
			}
			id := gits[url].commit("master", name)
			o["commit"] = id
			want[name] = gits[url].tree(id, "rules")
		}
	}
	s.config.Main, s.config.Repositories = config.Main, config.Repositories
	s.configure("", "[fetch.local_mirrors]", fmt.Sprintf("%q = [%q]", "https://crates.io/", s.up.Host(0).URL()+"/"),
		fmt.Sprintf("%q = [%q]", "https://github.com/", s.up.Host(1).URL()+"/git/"))
	s.synced()
	s.up.Down(true)
	withJustMR(t, func(t *testing.T, sys system) {
		s := s.with(t)
		check := func(u *justmrUser, roots map[string]string) {
			t.Helper()
			for name, tree := range want {
				if roots[name] != tree {
					t.Errorf("%s has the root %s, want %s", name, roots[name], tree)
				}
			}
			u.stayed()
		}
		u := s.user(sys)
		local, err := json.Marshal(map[string]any{"local mirrors": onlyGit(locations(t, readFile(t, s.mirror.file("just-local.json"))))})
		if err != nil {
			t.Fatal(err)
		}
		check(u, u.setup(append(u.distdirs(), u.local(string(local))...)...))

		tap, text := s.served()
		u = s.user(sys)
		check(u, u.setup(u.local(text)...))
		tap.missesOnly()

		u = s.user(sys) // by the rc file of the mirror
		argv := []string{"just-mr", "--rc", s.mirror.file("rc.json"), "--plain-log", "--local-build-root", filepath.Join(u.dir, u.name, "root"),
			"-C", filepath.Join(u.dir, "repos.json"), "setup", "--all"}
		u.run(u.name, nil, argv...).ok()
		u.stayed()
	})
}

// onlyGit drops what is not a repository.
func onlyGit(mirrors map[string][]string) map[string][]string {
	kept := map[string][]string{}
	for url, list := range mirrors {
		if strings.Contains(list[0], "/git/") {
			kept[url] = list
		}
	}
	return kept
}

// A project takes another one in by just-import-git, and builds with it: both by the mirror.
func testJustMRImportGit(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	url, content := s.archive(0, "/zlib.tar.gz")
	foreign := &justmrtest.Config{Main: "app"}
	foreign.Add("app", justmrtest.Folder("src")).With("bindings", justmrtest.Object{"zlib": "zlib"})
	foreign.Add("zlib", justmrtest.Archive(content, url))
	r := s.repository(1, "group/app")
	id, err := r.Commit(t.Context(), "master", justmrtest.File{Name: "repos.json", Text: string(foreign.JSON())}, justmrtest.File{Name: "src/TARGETS", Text: "{}"})
	check(t, err)
	s.config.Add("app", justmrtest.Git(r.URL(), "master", id))
	s.config.Add("zlib", justmrtest.Archive(content, url))
	s.synced()
	withJustMR(t, func(t *testing.T, sys system) {
		s := s.with(t)
		tap := s.mirror.serve()
		u := s.user(sys)
		u.write(u.name+"/base.json", `{"repositories": {"": {"repository": {"type": "file", "path": "."}}}}`)
		u.write(u.name+"/gitconfig", get(t, tap.URL+"/gitconfig"))
		u.run(u.name, []string{"GIT_CONFIG_GLOBAL=" + filepath.Join(u.dir, u.name, "gitconfig")}, "sh", "-ec",
			"just-import-git -C base.json --as theirs -b master "+r.URL()+" >imported.json").ok()
		u.stayed()

		root := u.run(u.name, nil, "just-mr", "--norc", "--plain-log", "--local-build-root", filepath.Join(u.dir, u.name, "root"), "-C", "imported.json",
			"--checkout-locations", s.mirror.file("just-local.json"), "setup", "--all").ok()
		root.saysNothingOf("WARN")
		u.stayed()
		if got := u.read(u.name + "/imported.json"); !strings.Contains(got, `"theirs/zlib"`) || !strings.Contains(got, id) {
			t.Errorf("imported was %s", got)
		}
	})
}

// The shape of all public configurations: nothing is asked of upstream the second time, a dead
// primary behind a mirror that works is told of, and just-mr sets up all of it.
func testJustMRPublic(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	config, err := s.up.Public(t.Context(), 2000)
	check(t, err)
	*s.config = *config
	s.synced()
	s.mirror.update().ok()
	if asked := s.up.Requests(); len(asked) > 0 {
		t.Errorf("the second sync asked %v", asked)
	}
	u := s.user(sid)
	tap, local := s.served()
	if got := u.setup(u.local(local)...); len(got) != justmrtest.PublicArchives+justmrtest.PublicCommits {
		t.Errorf("just-mr set up %d repositories", len(got))
	}
	u.stayed()
	tap.missesOnly()
	s.mirror.offmirror("status").ok("/releases/dep00-1.0")
}

// nginx with the configuration in examples does all that just-mr needs.
func testJustMRNginx(t *testing.T) {
	t.Parallel()
	s := archivesSite(t)
	r := s.repository(0, "group/rules")
	s.config.Add("rules", justmrtest.Git(r.URL(), "master", r.commit("master", "one")).With("subdir", "rules"))
	s.configure(fmt.Sprintf("base_url = %q", "http://"+justmrNginxAddress+"/justmr"))
	s.synced()
	want := s.fromUpstream(trixie)
	s.mirror.nginx(justmrNginxAddress)
	withJustMR(t, func(t *testing.T, sys system) {
		s := s.with(t)
		u := s.user(sys)
		wantRoots(t, u.setup("--checkout-locations", s.mirror.file("just-local.json")), want)
		u.stayed()
	})
	u := s.user(trixie)
	u.run(u.name, nil, "git", "clone", "-q", "http://"+justmrNginxAddress+"/justmr/git/"+gitName(r), "clone").ok()
}
