package gitrepo_test

import (
	"errors"
	"path"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
)

func TestName(t *testing.T) {
	for url, want := range map[string]string{
		"https://github.com/JuliaIO/JSON.jl.git":       "github.com/JuliaIO/JSON.jl.git",
		"https://GitHub.com/JuliaIO/JSON.jl":           "github.com/JuliaIO/JSON.jl.git",
		"https://user:pw@git.corp:8443/a/b.git?x=y#z":  "git.corp:8443/a/b.git",
		"http://[2001:db8::1]:80/a":                    "[2001:db8::1]:80/a.git",
		"https://git.corp//a/./b/../c/":                "git.corp/a/%2E/b/%2E%2E/c.git",
		"https://git.corp/a%2Fb":                       "git.corp/a%2Fb.git",
		"https://git.corp/~me/x+y_z-1,2=3@4":           "git.corp/~me/x+y_z-1,2=3@4.git",
		"https://git.corp/a.git/b":                     "git.corp/a%2Egit/b.git",
		"https://git.corp/A.GIT/b.git":                 "git.corp/A%2EGIT/b.git",
		"https://git.corp/.git":                        "git.corp/%2Egit.git",
		"https://git.corp/a/.git/b":                    "git.corp/a/%2Egit/b.git",
		"https://git.corp/-x":                          "git.corp/%2Dx.git",
		"https://git.corp/a:b":                         "git.corp/a%3Ab.git",
		"https://git.corp/ä":                           "git.corp/%C3%A4.git",
		"https://x.git/a":                              "x%2Egit/a.git",
		"ssh://git@git.corp:22/a/b.git":                "git.corp:22/a/b.git",
		"git@github.com:JuliaIO/JSON.jl.git":           "github.com/JuliaIO/JSON.jl.git",
		"github.com:a/b":                               "github.com/a/b.git",
		"git://git.corp/a":                             "git.corp/a.git",
		"/srv/git/a.git":                               "localhost/srv/git/a.git",
		"/srv/git/../b":                                "localhost/srv/b.git",
		"file:///srv/git/a":                            "localhost/srv/git/a.git",
		"https://git.corp/" + strings.Repeat("a", 240): "git.corp/" + strings.Repeat("a", 240) + ".git",
		"https://git.corp/a.lock":                      "git.corp/a.lock.git",
		"https://git.corp/cgit.cgi/a?p=b":              "git.corp/cgit.cgi/a.git",
	} {
		if got, err := gitrepo.Name(url); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", url, got, err, want)
		}
	}
	for _, url := range []string{
		"", "a", "a/b", "https://", "https:///a", "https://git.corp", "https://git.corp/", "https://git.corp//", "https://?/",
		"https://git.corp/a\nb", "https://git.corp/\x00", "https://git corp/a", "https://%zz/a", "ext::sh -c 'true'",
		"https://git.corp/" + strings.Repeat("a", 241), "https://git.corp/" + strings.Repeat("a/", 600), strings.Repeat("x", 5000),
	} {
		if got, err := gitrepo.Name(url); !errors.Is(err, gitrepo.ErrURL) {
			t.Errorf("%.60q: %q, %v", url, got, err)
		} else if strings.ContainsAny(err.Error(), "\n\x00") {
			t.Errorf("%q", err)
		}
	}
}

// No name leads out of the store, none is that of the staging folder, and none lies within
// another repository.
func TestNamesAreSafe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"..", ".", "a", ".git", "a.git", "A.Git", "refs", "-", " ", "\\", "%2e%2e", "x.lock", "ü", ""}), 0, 5).Draw(t, "parts")
		host := rapid.SampledFrom([]string{"h", "..", ".incoming", "h:1", "H", "-h", "h.git", "[::1]", "."}).Draw(t, "host")
		prefix := rapid.SampledFrom([]string{"https://", "ssh://u@", "file://", "", "u@"}).Draw(t, "scheme")
		sep := rapid.SampledFrom([]string{"/", ":"}).Draw(t, "separator")
		name, err := gitrepo.Name(prefix + host + sep + strings.Join(parts, "/"))
		if err != nil {
			return
		}
		if path.Clean(name) != name || path.IsAbs(name) || strings.HasPrefix(name, ".") || strings.ContainsAny(name, "\\ \n") {
			t.Fatalf("%q", name)
		}
		folders := strings.Split(name, "/")
		for i, f := range folders {
			isRepo := strings.HasSuffix(strings.ToLower(f), ".git")
			if isRepo != (i == len(folders)-1) || f[0] == '-' || f == "" {
				t.Fatalf("%q", name)
			}
		}
		if again, err := gitrepo.Name("https://" + name); !strings.Contains(name, "%") && (err != nil || again != name) {
			t.Fatalf("%q becomes %q, %v", name, again, err)
		}
	})
}

func FuzzName(f *testing.F) {
	f.Add("https://github.com/JuliaIO/JSON.jl.git")
	f.Add("git@host:a/b")
	f.Add("/a/../b")
	f.Fuzz(func(t *testing.T, url string) {
		name, err := gitrepo.Name(url)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r\x00") {
				t.Errorf("%q", err)
			}
			return
		}
		if path.Clean("/"+name) != "/"+name || !strings.HasSuffix(name, ".git") || strings.Contains(name, "/.") || name[0] == '.' {
			t.Errorf("%q: %q", url, name)
		}
	})
}
