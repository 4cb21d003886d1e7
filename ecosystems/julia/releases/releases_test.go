package releases_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

const sum = "c0c8d05315e8948e6fba4854d5e7e96e2da21db5e0cefcf8140abe03ade8db41"

// file writes an entry of the list.
func file(path, triplet, extra string) string {
	extension := path[strings.LastIndexByte(path, '.')+1:]
	if extension == "gz" {
		extension = "tar.gz"
	}
	return fmt.Sprintf(`{"url": "https://julialang-s3.julialang.org/%s", "triplet": %q, "kind": "archive", "extension": %q, "sha256": %q%s}`, path, triplet, extension, sum, extra)
}

// list is a versions.json with two platforms and a few versions.
func list() string {
	var versions []string
	for _, v := range []string{"1.9.4", "1.10.0", "1.10.9", "1.10.12", "1.11.0-alpha1", "1.11.0-beta2", "1.11.0-rc1", "1.11.0", "1.12.7", "1.13.0-beta1", "1.13.0-alpha1"} {
		series := strings.Join(strings.SplitN(v, ".", 3)[:2], ".")
		files := []string{
			file("bin/linux/x64/"+series+"/julia-"+v+"-linux-x86_64.tar.gz", "x86_64-linux-gnu", `, "size": 123, "asc": "-----BEGIN PGP", "git-tree-sha1": "12", "etag": "<&>"`),
			file("bin/musl/x64/"+series+"/julia-"+v+"-musl-x86_64.tar.gz", "x86_64-linux-musl", ``),
			file("bin/mac/aarch64/"+series+"/julia-"+v+"-macaarch64.dmg", "aarch64-apple-darwin14", `, "size": 456`),
		}
		versions = append(versions, fmt.Sprintf(`%q: {"files": [%s], "stable": %v, "note": [1]}`, v, strings.Join(files, ", "), !strings.Contains(v, "-")))
	}
	return "{" + strings.Join(versions, ",\n") + "}"
}

func parse(t testing.TB, text string) *releases.Index {
	t.Helper()
	ix, err := releases.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

func TestParse(t *testing.T) {
	ix := parse(t, list())
	if len(ix.Problems) > 0 {
		t.Fatal(ix.Problems)
	}
	var order []string
	for _, r := range ix.Releases {
		if r.Stable == r.Version.IsPre() || len(r.Files) != 3 {
			t.Errorf("%s: stable %v, %d files", r.Version, r.Stable, len(r.Files))
		}
		order = append(order, r.Version.String())
	}
	if diff := cmp.Diff("1.9.4 1.10.0 1.10.9 1.10.12 1.11.0-alpha1 1.11.0-beta2 1.11.0-rc1 1.11.0 1.12.7 1.13.0-alpha1 1.13.0-beta1", strings.Join(order, " ")); diff != "" {
		t.Error(diff)
	}
	f := ix.Releases[3].Files[0]
	got := []string{f.Path, f.URL, f.Triplet, f.Kind, f.Extension, f.SHA256.String(), fmt.Sprint(f.Size), f.Signature}
	want := []string{
		"bin/linux/x64/1.10/julia-1.10.12-linux-x86_64.tar.gz", "https://julialang-s3.julialang.org/bin/linux/x64/1.10/julia-1.10.12-linux-x86_64.tar.gz",
		"x86_64-linux-gnu", "archive", "tar.gz", "sha256:" + sum, "123", "-----BEGIN PGP",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if f := ix.Releases[3].Files[1]; f.Size != 0 || f.Signature != "" {
		t.Errorf("%+v", f)
	}
	sums := ix.Releases[3].Checksums()
	if diff := cmp.Diff([]string{"bin/checksums/julia-1.10.12.sha256", "bin/checksums/julia-1.10.12.md5"}, sums); diff != "" {
		t.Error(diff)
	}
}

// TestProblems holds what is passed over.
func TestProblems(t *testing.T) {
	good := file("bin/linux/x64/1.1/julia-1.1.0-linux-x86_64.tar.gz", "x86_64-linux-gnu", "")
	one := func(files string) string { return `{"1.1.0": {"stable": true, "files": [` + files + `]}}` }
	replace := func(old, new string) string { return one(strings.Replace(good, old, new, 1) + "," + good) }
	for text, want := range map[string]string{
		`{"next": {"stable": true, "files": []}}`: `version "next" has no number`,
		`{"1.1.0": []}`:                            "1.1.0 is not an object with stable and files",
		`{"1.1.0": {"files": []}}`:                 "1.1.0 is not an object with stable and files",
		`{"1.1.0": {"stable": true}}`:              "1.1.0 is not an object with stable and files",
		`{"1.1.0": {"Stable": true, "files": []}}`: "1.1.0 is not an object with stable and files",
		`{"1.1.0": {"stable": null, "files": []}}`: "1.1.0 is not an object with stable and files",
		`{"1.1": {"stable": true, "files": []}, "1.1.0": {"stable": true, "files": []}}`: "1.1.0 is there twice",
		one("3," + good):                                  "1.1.0, file 1: it is not an object",
		one("null," + good):                               "1.1.0, file 1: it is not an object",
		one(good + "," + good):                            "1.1.0, file 2: its path is that of another file",
		replace(`"url"`, `"uri"`):                         "1.1.0, file 1: it has no url",
		replace(`"sha256"`, `"sha512"`):                   "1.1.0, file 1: it has no sha256",
		replace(sum, "12"):                                "1.1.0, file 1: sha256: ",
		replace(`"kind": "archive"`, `"kind": 3`):         "1.1.0, file 1: it has no kind",
		replace(`"kind"`, `"size": -1, "kind"`):           "1.1.0, file 1: size is not",
		replace(`"kind"`, `"size": "1", "kind"`):          "1.1.0, file 1: size is not",
		replace(`"kind"`, `"asc": 1, "kind"`):             "1.1.0, file 1: asc is not",
		replace(`https`, `ftp`):                           `1.1.0, file 1: url "ftp://`,
		replace(`https://julialang-s3.julialang.org`, ``): `1.1.0, file 1: url "/bin/`,
		replace(`.tar.gz"`, `.tar.gz?x=1"`):               "without a query",
		replace(`/bin/`, `/been/`):                        "is not below bin/",
		replace(`/x64/`, `/../../`):                       "is not that of a release",
		replace(`/x64/`, `/%2e%2e/%2e%2e/`):               "is not that of a release",
		replace(`/x64/`, `//`):                            "is not that of a release",
		replace(`/x64/`, `/a b/`):                         "is not that of a release",
		replace(`/x64/`, `/é/`):                           "is not that of a release",
		replace(`/linux/x64/1.1/julia-1.1.0-linux-x86_64.tar.gz`, `/versions.json`): "is not that of a release",
		replace(`/x64/`, strings.Repeat("/x", 9)+"/"):                               "is not that of a release",
	} {
		ix := parse(t, text)
		if len(ix.Problems) != 1 || !strings.Contains(ix.Problems[0].Error(), want) {
			t.Errorf("%s:\n%v, want %s", text, ix.Problems, want)
			continue
		}
		checkMessage(t, ix.Problems[0])
		if strings.Contains(text, good) && (len(ix.Releases) != 1 || len(ix.Releases[0].Files) != 1) {
			t.Errorf("%s: the good file is lost", text)
		}
	}
	if ix := parse(t, one(strings.Repeat("3,", 1000)+"3")); len(ix.Problems) != 100 {
		t.Errorf("%d problems", len(ix.Problems))
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "[]", "3", "{", "<html>", `{"1.0.0": `, strings.Repeat(" ", 65<<20), `{"1.0.0": {"stable": true, "files": [` + strings.Repeat("3,", 200_000) + "3]}}"} {
		ix, err := releases.Parse([]byte(text))
		if err == nil || ix != nil {
			t.Errorf("%.30q: no error", text)
			continue
		}
		checkMessage(t, err)
	}
}

func checkMessage(t *testing.T, err error) {
	t.Helper()
	s := err.Error()
	if len(s) > 1500 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Fatalf("not a message for one line: %q", s)
	}
}

func TestFor(t *testing.T) {
	files := parse(t, list()).Releases[0].Files
	for _, c := range []struct{ platforms, want string }{
		{"", "0 1 2"},
		{"x86_64-linux-gnu", "0"},
		{"x86_64-linux-gnu-libgfortran5-cuda+12.1", "0"},
		{"x86_64-linux-musl", "1"},
		{"aarch64-apple-darwin", "2"},
		{"aarch64-apple-darwin22 x86_64-linux-gnu", "0 2"},
		{"x86_64-apple-darwin", ""},
		{"aarch64-linux-gnu", ""},
	} {
		var platforms []artifacts.Platform
		for s := range strings.FieldsSeq(c.platforms) {
			platforms = append(platforms, platform(t, s))
		}
		var got []string
		for i, f := range files {
			if f.For(platforms) {
				got = append(got, fmt.Sprint(i))
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q: %q, want %q", c.platforms, got, c.want)
		}
	}
	odd := releases.File{Triplet: "vax-vms"}
	if !odd.For(nil) || odd.For([]artifacts.Platform{platform(t, "x86_64-linux-gnu")}) {
		t.Error("a platform that nobody knows")
	}
}

func platform(t testing.TB, s string) artifacts.Platform {
	t.Helper()
	p, err := artifacts.ParsePlatform(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRewrite reads back what was written.
func TestRewrite(t *testing.T) {
	ix := parse(t, list())
	keep := func(r releases.Release, f releases.File) bool {
		return r.Version.Minor == 10 && f.Triplet == "x86_64-linux-gnu" || r.Version.String() == "1.12.7"
	}
	data, err := ix.Rewrite("https://mirror.corp/julia/", keep)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := ix.Rewrite("https://mirror.corp/julia", keep); err != nil || string(again) != string(data) {
		t.Errorf("%v, or other bytes", err)
	}
	back := parse(t, string(data))
	if len(back.Problems) > 0 || len(back.Releases) != 4 {
		t.Fatalf("%v, %d releases", back.Problems, len(back.Releases))
	}
	for _, r := range back.Releases {
		if n := map[string]int{"1.12.7": 3}[r.Version.String()]; len(r.Files) != max(n, 1) || !r.Stable {
			t.Errorf("%s has %d files", r.Version, len(r.Files))
		}
		for _, f := range r.Files {
			if f.URL != "https://mirror.corp/julia/"+f.Path {
				t.Errorf("%s is at %s", f.Path, f.URL)
			}
		}
	}
	// All other keys are what they were.
	var before, after map[string]map[string]any
	if err := json.Unmarshal([]byte(list()), &before); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &after); err != nil {
		t.Fatal(err)
	}
	forget := func(m map[string]any) map[string]any {
		for _, f := range m["files"].([]any) {
			delete(f.(map[string]any), "url")
		}
		return m
	}
	if diff := cmp.Diff(forget(before["1.12.7"]), forget(after["1.12.7"])); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(string(data), `"<&>"`) {
		t.Error("characters are escaped")
	}
	if data, err := ix.Rewrite("", func(releases.Release, releases.File) bool { return false }); err != nil || string(data) != "{}\n" {
		t.Errorf("nothing is %q, %v", data, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(list()))
	f.Add([]byte(`{"1.1": {"stable": true, "files": [{"url": "https://x/bin/a"}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		ix, err := releases.Parse(data)
		if err != nil {
			checkMessage(t, err)
			return
		}
		for _, err := range ix.Problems {
			checkMessage(t, err)
		}
		all := 0
		for _, r := range ix.Releases {
			for _, file := range r.Files {
				all++
				if !strings.HasPrefix(file.Path, "bin/") || strings.Contains("/"+file.Path+"/", "/../") {
					t.Fatalf("path %q", file.Path)
				}
			}
		}
		out, err := ix.Rewrite("https://mirror.corp", func(releases.Release, releases.File) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		back, err := releases.Parse(out)
		if err != nil || len(back.Problems) > 0 {
			t.Fatalf("%q became %q: %v", data, out, err)
		}
		for _, r := range back.Releases {
			all -= len(r.Files)
		}
		if all != 0 {
			t.Fatalf("%d files are lost", all)
		}
	})
}

func TestPaths(t *testing.T) {
	for triplet, want := range map[string][2]string{
		"x86_64-linux-gnu":       {"bin/linux/x64/1.10/julia-1.10.5-linux-x86_64.tar.gz", "bin/linux/x86_64/julia-latest-linux-x86_64.tar.gz"},
		"i686-linux-gnu":         {"bin/linux/x86/1.10/julia-1.10.5-linux-i686.tar.gz", "bin/linux/i686/julia-latest-linux-i686.tar.gz"},
		"aarch64-linux-gnu":      {"bin/linux/aarch64/1.10/julia-1.10.5-linux-aarch64.tar.gz", "bin/linux/aarch64/julia-latest-linux-aarch64.tar.gz"},
		"armv7l-linux-gnueabihf": {"bin/linux/armv7l/1.10/julia-1.10.5-linux-armv7l.tar.gz", "bin/linux/armv7l/julia-latest-linux-armv7l.tar.gz"},
		"powerpc64le-linux-gnu":  {"bin/linux/ppc64le/1.10/julia-1.10.5-linux-ppc64le.tar.gz", "bin/linux/ppc64le/julia-latest-linux-ppc64le.tar.gz"},
		"x86_64-linux-musl":      {"bin/musl/x64/1.10/julia-1.10.5-musl-x86_64.tar.gz", "bin/musl/x86_64/julia-latest-musl-x86_64.tar.gz"},
		"x86_64-apple-darwin14":  {"bin/mac/x64/1.10/julia-1.10.5-mac64.tar.gz", "bin/macos/x86_64/julia-latest-macos-x86_64.tar.gz"},
		"aarch64-apple-darwin":   {"bin/mac/aarch64/1.10/julia-1.10.5-macaarch64.tar.gz", "bin/macos/aarch64/julia-latest-macos-aarch64.tar.gz"},
		"x86_64-w64-mingw32":     {"bin/winnt/x64/1.10/julia-1.10.5-win64.tar.gz", "bin/winnt/x64/julia-latest-win64.tar.gz"},
		"i686-w64-mingw32":       {"bin/winnt/x86/1.10/julia-1.10.5-win32.tar.gz", "bin/winnt/x86/julia-latest-win32.tar.gz"},
		"x86_64-unknown-freebsd": {"bin/freebsd/x64/1.10/julia-1.10.5-freebsd-x86_64.tar.gz", "bin/freebsd/x86_64/julia-latest-freebsd-x86_64.tar.gz"},
	} {
		path, err := releases.Path(version.MustParse("1.10.5"), platform(t, triplet), "tar.gz")
		if err != nil || path != want[0] {
			t.Errorf("%s: %q, %v", triplet, path, err)
		}
		path, err = releases.NightlyPath("", platform(t, triplet), "tar.gz")
		if err != nil || path != want[1] {
			t.Errorf("%s: %q, %v", triplet, path, err)
		}
	}
	if path, err := releases.NightlyPath("1.13", platform(t, "i686-w64-mingw32"), "exe"); err != nil || path != "bin/winnt/x86/1.13/julia-latest-win32.exe" {
		t.Errorf("%q, %v", path, err)
	}
	if path, err := releases.Path(version.MustParse("1.13.0-rc3"), platform(t, "aarch64-apple-darwin"), "dmg"); err != nil || path != "bin/mac/aarch64/1.13/julia-1.13.0-rc3-macaarch64.dmg" {
		t.Errorf("%q, %v", path, err)
	}
	for _, triplet := range []string{"riscv64-linux-gnu", "aarch64-linux-musl", "aarch64-w64-mingw32", "x86_64-unknown-openbsd"} {
		if path, err := releases.Path(version.MustParse("1.10.5"), platform(t, triplet), "tar.gz"); err == nil || path != "" {
			t.Errorf("%s: %q", triplet, path)
		}
		if path, err := releases.NightlyPath("", platform(t, triplet), "tar.gz"); err == nil || path != "" {
			t.Errorf("%s: %q", triplet, path)
		}
	}
}
