package justmr

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSpellingsOfOneRepository(t *testing.T) {
	for want, spellings := range map[string][]string{
		"e.org/team/r.git": {
			"https://e.org/team/r", "https://e.org/team/r.git", "http://e.org/team/r", "https://user@e.org/team/r.git", "https://user:word@E.org/team/r.git",
			"https://e.org:443/team/r", "http://e.org:80/team/r", "https://e.org/team/r/", "https://e.org//team//r.git", "git@e.org:team/r.git", "e.org:team/r",
			"ssh://git@e.org/team/r", "ssh://git@e.org:22/team/r.git", "git://e.org:9418/team/r", "https://e.org/team/r.git?x=y",
		},
		"e.org:8443/team/r.git": {"https://e.org:8443/team/r", "http://u@e.org:8443/team/r.git"},
		"e.org:80/team/r.git":   {"https://e.org:80/team/r"},
		"[::1]:81/r.git":        {"http://[::1]:81/r"},
		"[::1]/r.git":           {"http://[::1]:80/r"},
		"localhost/srv/r.git":   {"/srv/r", "/srv/r.git", "file:///srv/r.git"},
	} {
		for _, u := range spellings {
			if got, err := repositoryName(u); err != nil || got != want {
				t.Errorf("%s: %q, %v, want %q", u, got, err, want)
			}
			g := &gitSource{name: want}
			if got, err := repositoryName(g.identity()); err != nil || got != want {
				t.Errorf("%s: the store would call it %q, %v", u, got, err)
			}
		}
	}
	for _, u := range []string{"", "r.git", "../r.git", "x/y", "https://e.org", "https:///r", "://"} {
		if got, err := repositoryName(u); err == nil {
			t.Errorf("%q has the name %q", u, got)
		}
	}
}

func TestKeysOfRepositories(t *testing.T) {
	for u, want := range map[string][]string{
		"https://e.org/r":      {"https://e.org/r", "https://e.org/r.git"},
		"https://e.org/r.git":  {"https://e.org/r.git", "https://e.org/r"},
		"https://e.org/r.git/": {"https://e.org/r.git/", "https://e.org/r.git", "https://e.org/r"},
		"git@e.org:r":          {"git@e.org:r", "git@e.org:r.git"},
		"https://e.org/r?x":    {"https://e.org/r?x"},
		"/srv/r.git":           {"/srv/r.git", "file:///srv/r.git"},
		"file:///srv/./r.git/": {"/srv/r.git", "file:///srv/./r.git/", "file:///srv/r.git"},
	} {
		if diff := cmp.Diff(want, gitKeys(u)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", u, diff)
		}
	}
}

func TestPathsAreNormal(t *testing.T) {
	for raw, want := range map[string]string{
		"/a/../b/": "/b", "./x/./y": "/root/x/y", "file:///a//b": "/a/b", "./../x": "/x", "file://./x": "/root/x",
	} {
		if got, err := normalPath(raw, "/root"); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", raw, got, err, want)
		}
	}
	if _, err := normalPath("./x", ""); err == nil {
		t.Error("a relative path without a folder")
	}
}

func TestSecrets(t *testing.T) {
	for u, want := range map[string]bool{
		"https://user:word@e.org/x":             true,
		"https://0123456789abcdef01234@e.org/x": true,
		"https://e.org/x?token=abcdef":          true,
		"ssh://git:word@e.org/x":                true,
		"https://user@e.org/x":                  false,
		"ssh://git@e.org/x":                     false,
		"git@e.org:x":                           false,
		"https://e.org/x?h=1&b=2":               false,
		"https://e.org/a b":                     false,
		"/srv/x":                                false,
	} {
		if hasSecret(u) != want {
			t.Errorf("%s: %v", u, !want)
		}
	}
}

// A shell gives back what was quoted for it.
func TestShellQuote(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.StringMatching(`[ -~é\n]{0,12}`).Draw(rt, "word")
		quoted := shellQuote(word)
		if strings.ContainsAny(word, " '\"$`\\;&|<>()*?#~\n") && quoted[0] != '\'' {
			rt.Fatalf("%q is not quoted", word)
		}
	})
	const word = `it's $HOME "and" \n * `
	out, err := exec.Command("sh", "-c", "printf %s "+shellQuote(word)).Output()
	if err != nil || string(out) != word {
		t.Errorf("%q, %v", out, err)
	}
}

// git reads back what was quoted for it.
func TestGitQuote(t *testing.T) {
	l := &Locations{Names: "just", Git: []GitLocation{{Path: `git/e.org/a%22b%5Cc%20.git`, URLs: []string{`https://e.org/a"b\c #;`, `http://e.org/a"b\c `}}}}
	file := filepath.Join(t.TempDir(), "gitconfig")
	writeFile := exec.Command("sh", "-c", "cat >"+shellQuote(file))
	writeFile.Stdin = strings.NewReader(string(l.GitConfig(Base{folder: `/mnt/o"d\d`})))
	if out, err := writeFile.CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	key := `url./mnt/o"d\d/git/e.org/a%22b%5Cc%20.git.insteadOf`
	out, err := exec.Command("git", "config", "--file", file, "--get-all", key).CombinedOutput()
	if want := "https://e.org/a\"b\\c #;\nhttp://e.org/a\"b\\c \n"; err != nil || string(out) != want {
		t.Errorf("%v: %q, want %q", err, out, want)
	}
}

func TestClientsAreReadyToPaste(t *testing.T) {
	for names, want := range map[string]string{
		"just": "curl -fo ~/.just-local.json 'http://m:1/it'\\''s/just-local.json'",
		"jst":  "curl -fo ~/.jst-local.json 'http://m:1/it'\\''s/jst-local.json'",
	} {
		o := defaults()
		o.Names = names
		d, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for _, c := range d.Clients("http://m:1/it's") {
			for _, s := range c.Steps {
				all.WriteString(s.Code + "\n")
			}
		}
		if !strings.Contains(all.String(), want+"\n") {
			t.Errorf("%s: no %s in\n%s", names, want, all.String())
		}
	}
}

func TestOptionsThatAreWrong(t *testing.T) {
	for key, set := range map[string]func(*Options){
		"justmr.configs":    func(o *Options) { o.Configs = []string{""} },
		"justmr.names":      func(o *Options) { o.Names = "bazel" },
		"justmr.base_url":   func(o *Options) { o.BaseURL = "ftp://m" },
		"justmr.deep_every": func(o *Options) { o.DeepEvery = -1 },
	} {
		o := defaults()
		set(o)
		if _, err := New(o); err == nil || !strings.HasPrefix(err.Error(), key+": ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", key, err)
		}
	}
}
