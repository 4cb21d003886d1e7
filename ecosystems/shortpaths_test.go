package ecosystems

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShortPathsSayNothingOfFolders(t *testing.T) {
	got := ShortPaths([]string{
		"", "/", "file:///", "General", "plug ~> 1.15", "./mix.lock", "a/mix.lock", "https://host/home/x.lock", "-----BEGIN PUBLIC KEY-----\n/a/b\n",
		"/home/alice/secret/mix.lock", "/home/bob/secret/mix.lock", "/home/alice/secret/rebar.lock", "~/keys/hex.pem",
		"/srv/git/R.git", "file:///srv/git/R.git", "file:///srv/other/S.git/", `C:\Users\carol\Manifest.toml`, `\\host\share\Project.toml`, "/top",
	})
	want := map[string]string{
		"/home/alice/secret/mix.lock":   "alice/secret/mix.lock",
		"/home/bob/secret/mix.lock":     "bob/secret/mix.lock",
		"/home/alice/secret/rebar.lock": "rebar.lock",
		"~/keys/hex.pem":                "hex.pem",
		"/srv/git/R.git":                "R.git",
		"file:///srv/git/R.git":         "R.git",
		"file:///srv/other/S.git/":      "S.git",
		`C:\Users\carol\Manifest.toml`:  "Manifest.toml",
		`\\host\share\Project.toml`:     "Project.toml",
		"/top":                          "top",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestShortPathsOfOneInsideAnother(t *testing.T) {
	got := ShortPaths([]string{"/a/b", "/b", "/x/a/b"})
	for text, short := range got {
		for other, same := range got {
			if text != other && short == same {
				t.Errorf("%s and %s are both %s", text, other, short)
			}
		}
	}
}
