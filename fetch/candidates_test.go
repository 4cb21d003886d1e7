package fetch_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch"
)

func TestCandidates(t *testing.T) {
	e := newRoom(t).engine(t, func(c *fetch.Config) {
		c.PreferredHostnames = []string{"mirror.corp", "10.0.0.5"}
		c.LocalMirrors = map[string][]string{
			"https://repo.hex.pm/tarballs/a-1.tar": {"http://exact/1", "http://exact/2"},
			"https://repo.hex.pm/":                 {"http://10.0.0.5/hex/", "http://other/hex"},
			"https://repo.hex.pm/tarballs/":        {"http://tarballs/"},
			"https://repo.hex.pm/tar":              {"http://no-prefix-without-slash/"},
			"https://slash/":                       {"http://slash/here/"},
			"git@host:path/r.git":                  {"/srv/git/r.git"},
		}
	})
	for _, c := range []struct {
		primary string
		mirrors []string
		want    []string
	}{
		{"https://repo.hex.pm/tarballs/a-1.tar", []string{"https://m/a", "https://mirror.corp:8443/a"}, []string{
			"http://exact/1", "http://exact/2",
			"http://tarballs/a-1.tar",
			"http://10.0.0.5/hex/tarballs/a-1.tar", "http://other/hex/tarballs/a-1.tar",
			"https://mirror.corp:8443/a",
			"https://repo.hex.pm/tarballs/a-1.tar", "https://m/a",
		}},
		{"https://repo.hex.pm/names", nil, []string{"http://10.0.0.5/hex/names", "http://other/hex/names", "https://repo.hex.pm/names"}},
		{"https://repo.hex.pm", nil, []string{"https://repo.hex.pm"}},
		{"https://repo.hex.pm.evil/x", nil, []string{"https://repo.hex.pm.evil/x"}},
		{"https://slash/", nil, []string{"http://slash/here/", "https://slash/"}},
		{"git@host:path/r.git", []string{"ssh://mirror.corp/r.git", "https://mirror.corp/r.git"}, []string{
			"/srv/git/r.git", "https://mirror.corp/r.git", "git@host:path/r.git", "ssh://mirror.corp/r.git",
		}},
		{"https://a/x", []string{"https://b/x", "https://a/x", "https://b/x"}, []string{"https://a/x", "https://b/x"}},
	} {
		if diff := cmp.Diff(c.want, e.Candidates(c.primary, c.mirrors)); diff != "" {
			t.Errorf("%s:\n%s", c.primary, diff)
		}
	}
}

// What is primary elsewhere has local mirrors of its own, and they come before all that is not local.
func TestPlacesOfAliases(t *testing.T) {
	e := newRoom(t).engine(t, func(c *fetch.Config) {
		c.PreferredHostnames = []string{"b"}
		c.LocalMirrors = map[string][]string{
			"https://a/x": {"http://local/a"}, "https://b/x": {"http://local/b", "http://local/a"}, "https://m/x": {"http://no-alias/"},
		}
	})
	got := e.Places(&fetch.Request{URL: "https://a/x", Mirrors: []string{"https://m/x", "https://b/x"}, Aliases: []string{"https://b/x"}})
	want := []string{"http://local/a", "http://local/b", "https://b/x", "https://a/x", "https://m/x"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The fixture of just-mr's own unit test.
func TestSortByHostFixture(t *testing.T) {
	in := []string{
		"file://foo/bar", "https://keep.me/here", "https://example.com:420/foo bar", "./testing",
		"https://example.com:420/foo baz", "https://keep.me/second", "http://user@bar.baz/foobar",
	}
	want := []string{
		"http://user@bar.baz/foobar", "https://example.com:420/foo bar", "https://example.com:420/foo baz",
		"file://foo/bar", "https://keep.me/here", "./testing", "https://keep.me/second",
	}
	if diff := cmp.Diff(want, fetch.SortByHost(in, []string{"bar.baz", "example.com", "bar.baz"})); diff != "" {
		t.Error(diff)
	}
}

func TestHostOfAURL(t *testing.T) {
	for raw, host := range map[string]string{
		"https://example.com/x":          "example.com",
		"https://example.com":            "example.com",
		"HTTPS://Example.COM/x":          "Example.COM",
		"https://example.com:8443/x":     "example.com",
		"https://example.com:/x":         "example.com",
		"https://u:p@example.com/x":      "example.com",
		"https://example.com?q=@other":   "example.com",
		"https://example.com#@other":     "example.com",
		"https://[::1]/x":                "[::1]",
		"https://[::1]:80/x":             "[::1]",
		"https://[0:0::1%25eth0]/x":      "[::1]",
		"ftp://example.com/x":            "example.com",
		"http:/example.com/x":            "example.com",
		"http:///example.com/x":          "example.com",
		"https://ex%61mple.com/x":        "example.com",
		"http://127.1/x":                 "127.0.0.1",
		"http://0x7f000001/x":            "127.0.0.1",
		"http://1.2.3.4.5/x":             "1.2.3.4.5",
		"http://256.1.1.1/x":             "256.1.1.1",
		"https://a b/x":                  "",
		"https://u@v@example.com/x":      "",
		"https://example.com:99999/x":    "",
		"https://example.com:80a/x":      "",
		"https://example.com:1\t/x":      "",
		"https://[::1/x":                 "",
		"https://[127.0.0.1]/x":          "",
		"https:example.com/x":            "",
		"https:////example.com/x":        "",
		"https://":                       "",
		"ssh://example.com/x":            "",
		"git://example.com/x":            "",
		"git@example.com:x":              "",
		"example.com:1/x":                "",
		"example.com/x":                  "",
		"./x":                            "",
		"/x":                             "",
		"":                               "",
		"https://exam%2fple.com/x":       "",
		"https://exam%zzple.com/x":       "",
		"https://example.com\\@other/x":  "",
		"https://mirror.corp.evil.com/x": "mirror.corp.evil.com",
	} {
		moved := fetch.SortByHost([]string{"first", raw}, []string{host})[0] == raw
		if moved != (host != "") {
			t.Errorf("%q: is of host %q: %v", raw, host, moved)
		}
	}
	if fetch.SortByHost([]string{"first", "https://h:1/x"}, []string{"h:1"})[0] != "first" {
		t.Error("an entry with a port matched")
	}
}

func TestSortByHostIsAStablePermutation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hosts := []string{"a", "b", "c", "d"}
		urls := rapid.SliceOf(rapid.Custom(func(t *rapid.T) string {
			scheme := rapid.SampledFrom([]string{"https", "http", "ssh", "ftp"}).Draw(t, "scheme")
			return fmt.Sprintf("%s://%s/%d", scheme, rapid.SampledFrom(hosts).Draw(t, "host"), rapid.IntRange(0, 999).Draw(t, "path"))
		})).Draw(t, "urls")
		preferred := rapid.SliceOf(rapid.SampledFrom(hosts)).Draw(t, "preferred")
		before := slices.Clone(urls)
		got := fetch.SortByHost(urls, preferred)
		if !slices.Equal(urls, before) {
			t.Fatal("the input was changed")
		}
		rank := func(u string) int {
			if i := slices.Index(preferred, strings.Split(u, "/")[2]); i >= 0 && !strings.HasPrefix(u, "ssh:") {
				return i
			}
			return len(preferred)
		}
		slices.SortStableFunc(before, func(a, b string) int { return rank(a) - rank(b) })
		if !slices.Equal(got, before) {
			t.Fatalf("%q, want %q", got, before)
		}
	})
}

func TestJustLocal(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	name := filepath.Join(home, ".just-local.json")
	for _, c := range []struct {
		json string
		want []string // candidates of https://p/ with the mirror https://m/
		err  string
	}{
		{`{"local mirrors": {"https://p/x": ["http://l/1", "http://l/2"]}, "preferred hostnames": ["m"], "checkouts": {}}`,
			[]string{"http://config/1", "http://l/1", "http://l/2", "https://m/x", "https://p/x"}, ""},
		{`{"local mirrors": {"https://p/": ["http://prefix/"]}}`, []string{"http://config/1", "https://p/x", "https://m/x"}, ""},
		{`{}`, []string{"http://config/1", "https://p/x", "https://m/x"}, ""},
		{`{"local mirrors": {"https://p/x": "http://l/1"}}`, []string{"http://config/1", "https://p/x", "https://m/x"}, ""},
		{`{"local mirrors": {"https://p/x": ["http://l/1", 7]}}`, []string{"http://config/1", "https://p/x", "https://m/x"}, ""},
		{`{"local mirrors": {"https://p/x": ["http://l/1", null]}}`, []string{"http://config/1", "https://p/x", "https://m/x"}, ""},
		{`{"local mirrors": [], "preferred hostnames": "m"}`, []string{"http://config/1", "https://p/x", "https://m/x"}, ""},
		{`{"preferred hostnames": ["m", 1]}`, []string{"http://config/1", "https://p/x", "https://m/x"}, ""},
		{`[]`, nil, "want a JSON object"},
		{`null`, nil, "want a JSON object"},
		{`{`, nil, "want a JSON object"},
	} {
		if err := os.WriteFile(name, []byte(c.json), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg := fetch.DefaultConfig()
		cfg.JustLocal = "~/.just-local.json"
		cfg.LocalMirrors = map[string][]string{"https://p/x": {"http://config/1"}}
		r := newRoom(t)
		e, err := fetch.New(cfg, r.store, r.state)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "fetch.just_local") {
				t.Errorf("%s: %v", c.json, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.json, err)
			continue
		}
		if diff := cmp.Diff(c.want, e.Candidates("https://p/x", []string{"https://m/x"})); diff != "" {
			t.Errorf("%s:\n%s", c.json, diff)
		}
		e.Close()
	}
	cfg := fetch.DefaultConfig()
	cfg.JustLocal = filepath.Join(home, "none.json")
	if _, err := fetch.New(cfg, nil, nil); err == nil {
		t.Error("a file that is not there is no error")
	}
}
