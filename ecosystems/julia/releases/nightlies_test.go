package releases_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/releases"
)

const nightlyList = `{
  "nightly": {"files": [
    {"url": "https://nightlies.example/bin/linux/x86_64/julia-latest-linux-x86_64.tar.gz", "asc-url": "https://nightlies.example/bin/linux/x86_64/julia-latest-linux-x86_64.tar.gz.asc", "size": 12345678901234567890, "os": "linux"},
    {"url": "https://nightlies.example/bin/macos/aarch64/julia-latest-macos-aarch64.tar.gz", "os": "mac"}
  ], "variants": ["debug & more"], "note": null},
  "1.13-nightly": {"files": [{"url": "https://nightlies.example/bin/macos/aarch64/1.13/julia-latest-macos-aarch64.tar.gz"}], "variants": []},
  "pr": {"variants": [{"name": "x", "files": [{"url": "https://nightlies.example/bin/linux/x86_64/julia-latest-linux-x86_64.tar.gz"}]}, {"name": "y", "files": [{"url": "https://nightlies.example/bin/y.tar.gz"}]}]},
  "about": "nothing"
}`

func TestRewriteNightlies(t *testing.T) {
	keep := func(path string) bool { return path == "bin/linux/x86_64/julia-latest-linux-x86_64.tar.gz" }
	const kept = `https://mirror.corp/julia/bin/linux/x86_64/julia-latest-linux-x86_64.tar.gz`
	want := `{"nightly":{"files":[{"os":"linux","size":12345678901234567890,"url":"` + kept + `"}],"note":null,"variants":["debug & more"]},` +
		`"pr":{"variants":[{"files":[{"url":"` + kept + `"}],"name":"x"}]}}` + "\n"
	for _, base := range []string{"https://mirror.corp/julia", "https://mirror.corp/julia/"} {
		got, err := releases.RewriteNightlies([]byte(nightlyList), base, keep)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		again, err := releases.RewriteNightlies(got, base, keep)
		if err != nil || string(again) != string(got) {
			t.Errorf("again: %s, %v", again, err)
		}
	}
	same, err := releases.RewriteNightlies([]byte(nightlyList), "", func(string) bool { return true })
	if err != nil || !strings.Contains(string(same), `"https://nightlies.example/bin/linux/x86_64/julia-latest-linux-x86_64.tar.gz.asc"`) {
		t.Errorf("%s, %v", same, err)
	}
	nothing, err := releases.RewriteNightlies([]byte(nightlyList), "", func(string) bool { return false })
	if err != nil || string(nothing) != "{}\n" {
		t.Errorf("%s, %v", nothing, err)
	}
}

func TestRewriteNightliesRefuses(t *testing.T) {
	all := func(string) bool { return true }
	for _, text := range []string{"", "3", "null", "[]", "{", `{"a": `, "<html>", strings.Repeat("[", 20_000), strings.Repeat(" ", 65<<20)} {
		if got, err := releases.RewriteNightlies([]byte(text), "", all); err == nil {
			t.Errorf("%.20q: %s", text, got)
		} else {
			checkMessage(t, err)
		}
	}
	for _, url := range []string{
		"ftp://x/bin/a", "https://x/been/a", "https://x/bin/../../a", "https://x/bin/a?b", "//x/bin/a", "https://x/bin/versions.json", "",
		`https://x/bin/a\\b`, "https://x/bin/%2e%2e/%2e%2e/a",
	} {
		got, err := releases.RewriteNightlies([]byte(`{"nightly": {"files": [{"url": "`+url+`"}]}}`), "https://mirror.corp", all)
		if err != nil || string(got) != "{}\n" {
			t.Errorf("%s: %s, %v", url, got, err)
		}
	}
}

func FuzzRewriteNightlies(f *testing.F) {
	f.Add(nightlyList, "https://mirror.corp")
	f.Add(`{"a": {"url": {"url": "https://x/bin/a/b"}}}`, "")
	f.Fuzz(func(t *testing.T, text, base string) {
		all := func(string) bool { return true }
		got, err := releases.RewriteNightlies([]byte(text), base, all)
		if err != nil {
			checkMessage(t, err)
			return
		}
		again, err := releases.RewriteNightlies(got, "", all)
		if base == "" && (err != nil || string(again) != string(got)) {
			t.Fatalf("%q becomes %q, then %q: %v", text, got, again, err)
		}
	})
}

// TestPlatforms wants a place for each.
func TestPlatforms(t *testing.T) {
	paths := map[string]bool{}
	for _, p := range releases.Platforms() {
		path, err := releases.NightlyPath("", p, "tar.gz")
		if err != nil || paths[path] {
			t.Errorf("%s: %s, %v", p, path, err)
		}
		paths[path] = true
	}
	if len(paths) != 11 {
		t.Errorf("%d platforms", len(paths))
	}
}
