//go:build e2e

package e2e

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/justmr/justmrtest"
	"github.com/offmirror/offmirror/fetch"
)

// Preferred hosts reorder URLs as the real client prints that it tried them, and as it asks
// those that answer.
func testJustMRPreferred(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	sets := []struct{ urls, preferred []string }{
		{ // of the client's own unit test
			[]string{
				"file://foo/bar", "https://keep.me/here", "https://example.com:420/foo bar", "./testing", "https://example.com:420/foo baz",
				"https://keep.me/second", "http://user@bar.baz/foobar",
			},
			[]string{"bar.baz", "example.com", "bar.baz"},
		},
		{
			[]string{
				"http://127.0.0.99:1/x", "http://LOCALHOST:1/x", "http://localhost:2/x", "http://[::1]:1/x", "http://user:pw@127.0.0.98:1/x",
				"ssh://git@localhost/x", "git@localhost:x", "ftp://127.0.0.97:1/x", "/bare/path", "localhost:1/x", "http://localhost:1/y",
				"http://127.0.0.99:2/%20z", "HTTP://127.0.0.97:1/up",
			},
			[]string{"127.0.0.97", "127.0.0.98", "localhost", "[::1]", "127.0.0.99:1", "::1", "git@localhost"},
		},
		{[]string{"http://127.0.0.99:1/x", "http://127.0.0.98:1/x"}, nil},
	}
	withJustMR(t, func(t *testing.T, sys system) {
		s := s.with(t)
		for _, set := range sets {
			s.config.Repositories = nil
			s.config.Add("x", justmrtest.Archive(strings.Repeat("0", 40), set.urls[0]).With("mirrors", set.urls[1:]))
			s.write()
			local, err := json.Marshal(map[string]any{"preferred hostnames": slices.Concat([]string{}, set.preferred)})
			check(t, err)
			u := s.user(sys)
			var tried []string
			for line := range strings.Lines(u.justmr(append(u.local(string(local)), "setup", "--all")...).exits(71).output) {
				if _, url, ok := strings.Cut(line, "> "); ok {
					tried = append(tried, strings.TrimSpace(url))
				}
			}
			if want := fetch.SortByHost(set.urls, set.preferred); !slices.Equal(tried, want) {
				t.Errorf("with %q just-mr tried\n%s\nwant\n%s", set.preferred, strings.Join(tried, "\n"), strings.Join(want, "\n"))
			}
		}
	})

	// three hosts that answer, and none of them has it: offmirror asks as just-mr does
	var urls []string
	for _, i := range []int{0, 1, 0, 2, 1} {
		urls = append(urls, s.up.Host(i).URL()+"/x"+string(rune('a'+len(urls))))
	}
	s.config.Repositories = nil
	s.config.Add("x", justmrtest.Archive(strings.Repeat("0", 40), urls[0]).With("mirrors", urls[1:4]))
	local, err := json.Marshal(map[string]any{"preferred hostnames": []string{"127.0.0.3", "127.0.0.2"}, "local mirrors": map[string]any{urls[0]: []string{urls[4]}}})
	check(t, err)
	s.write()
	s.up.ResetLog()
	u := s.user(trixie)
	u.justmr(append(u.local(string(local)), "setup", "--all")...).exits(71)
	theirs := asked(s.up)
	s.up.ResetLog()
	s.mirror.update("--just-local", filepath.Join(u.dir, u.name, "just-local.json")).says(`"x"`)
	if ours := asked(s.up); !slices.Equal(ours, theirs) || len(ours) != 5 {
		t.Errorf("offmirror asked\n%s\njust-mr asked\n%s", strings.Join(ours, "\n"), strings.Join(theirs, "\n"))
	}
}

// asked returns the URLs that were asked for with GET, in order.
func asked(up *justmrtest.Upstream) []string {
	var urls []string
	for _, r := range up.Requests() {
		if r.Method == "GET" {
			urls = append(urls, r.Host+r.Path)
		}
	}
	return urls
}

// What the mirror takes for a main repository is what just-mr fetches to set it up.
func testJustMRClosure(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	add := func(name string) justmrtest.Object {
		url, content := s.archive(0, "/"+name+".tar.gz")
		return s.config.Add(name, justmrtest.Archive(content, url))
	}
	r := s.repository(1, "rules")
	unneeded := s.repository(1, "unneeded")
	for _, name := range []string{"lib", "transitive", "layer", "layer-of-lib", "aliased", "member", "unneeded", "needed-by-unneeded"} {
		add(name)
	}
	s.config.Main = "app"
	s.config.Add("app", justmrtest.Folder("src")).With("target_root", "layer").With("bindings", justmrtest.Object{
		"lib": "lib", "alias": "alias", "dist": "dist", "computed": "computed", "structure": "structure",
	})
	s.config.Repositories["lib"].With("bindings", justmrtest.Object{"t": "transitive"}).With("rule_root", "layer-of-lib")
	s.config.Repositories["unneeded"].With("bindings", justmrtest.Object{"n": "needed-by-unneeded", "g": "unneeded-git"})
	s.config.Add("alias", "alias2")
	s.config.Add("alias2", "aliased")
	s.config.Add("dist", justmrtest.Distdir("member", "rules"))
	s.config.Add("rules", justmrtest.Git(r.URL(), "master", r.commit("master", "one")))
	s.config.Add("unneeded-git", justmrtest.Git(unneeded.URL(), "master", unneeded.commit("master", "two")))
	s.config.Add("computed", justmrtest.Computed("rules", "", "all"))
	s.config.Add("structure", justmrtest.TreeStructure("aliased"))
	s.configure(`main = "app"`)
	s.write()

	fetched := func() []string {
		var all []string
		for _, url := range asked(s.up) {
			url, _, _ = strings.Cut(url, "/info/refs")
			all = append(all, strings.TrimPrefix(strings.TrimPrefix(url, s.up.Host(0).URL()), s.up.Host(1).URL()))
		}
		slices.Sort(all)
		s.up.ResetLog()
		return slices.Compact(all)
	}
	want := []string{
		"/aliased.tar.gz", "/git/rules.git", "/layer-of-lib.tar.gz", "/layer.tar.gz", "/lib.tar.gz", "/member.tar.gz", "/transitive.tar.gz",
	}
	withJustMR(t, func(t *testing.T, sys system) {
		s.with(t).user(sys).setups("app")
		if theirs := fetched(); !slices.Equal(theirs, want) {
			t.Errorf("just-mr fetched %q, want %q", theirs, want)
		}
	})
	s.mirror.update().ok()
	if ours := fetched(); !slices.Equal(ours, want) {
		t.Errorf("offmirror fetched %q, want %q", ours, want)
	}
	withJustMR(t, func(t *testing.T, sys system) {
		u := s.with(t).user(sys)
		u.setups("app", "--checkout-locations", s.mirror.file("just-local.json"))
		u.stayed()
	})
}

// References that lead in a circle, with which just-mr does not end, are told of; all else is mirrored.
func testJustMRCycle(t *testing.T) {
	t.Parallel()
	s := newJustMRSite(t)
	url, content := s.archive(0, "/a.tar.gz")
	s.config.Add("a", justmrtest.Archive(content, url)).With("bindings", justmrtest.Object{"one": "one"})
	s.config.Add("one", "two")
	s.config.Add("two", "one")
	s.config.Add("dangling", "nowhere")
	for _, main := range []string{`main = ""`, `main = "a"`} {
		s.configure(main)
		s.update().says(`"one"`, `"two"`)
	}
	s.update().saysNothingOf("panic")
	if !exists(s.mirror.file("distdir/a.tar.gz")) {
		t.Error("what is right with the configuration was not mirrored")
	}
}
