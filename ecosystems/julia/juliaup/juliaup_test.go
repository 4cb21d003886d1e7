package juliaup_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/juliaup"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// database has two platforms, and channels in the form of the real one.
const database = `{
    "AvailableVersions": {
        "1.9.4+0.x64.linux.gnu": {"UrlPath": "bin/linux/x64/1.9/julia-1.9.4-linux-x86_64.tar.gz"},
        "1.10.9+0.x64.linux.gnu": {"UrlPath": "bin/linux/x64/1.10/julia-1.10.9-linux-x86_64.tar.gz"},
        "1.10.12+0.x86.linux.gnu": {"UrlPath": "bin/linux/x86/1.10/julia-1.10.12-linux-i686.tar.gz"},
        "1.10.12+0.x64.linux.gnu": {"UrlPath": "bin/linux/x64/1.10/julia-1.10.12-linux-x86_64.tar.gz", "Future": [1]},
        "1.12.7+0.x64.linux.gnu": {"UrlPath": "bin/linux/x64/1.12/julia-1.12.7-linux-x86_64.tar.gz"},
        "1.13.0-rc3+0.x64.linux.gnu": {"UrlPath": "bin/linux/x64/1.13/julia-1.13.0-rc3-linux-x86_64.tar.gz"}
    },
    "AvailableChannels": {
        "release": {"Version": "1.12.7+0.x64.linux.gnu"},
        "release~x64": {"Version": "1.12.7+0.x64.linux.gnu"},
        "lts": {"Version": "1.10.12+0.x64.linux.gnu"},
        "lts~x86": {"Version": "1.10.12+0.x86.linux.gnu"},
        "rc": {"Version": "1.13.0-rc3+0.x64.linux.gnu", "Note": "<new>"},
        "1": {"Version": "1.12.7+0.x64.linux.gnu"},
        "1.9": {"Version": "1.9.4+0.x64.linux.gnu"},
        "1.10": {"Version": "1.10.12+0.x64.linux.gnu"},
        "1.12": {"Version": "1.12.7+0.x64.linux.gnu"},
        "1.10.9": {"Version": "1.10.9+0.x64.linux.gnu"},
        "1.10.12": {"Version": "1.10.12+0.x64.linux.gnu"},
        "1.12.7~x64": {"Version": "1.12.7+0.x64.linux.gnu"},
        "odd name": {"Version": "1.12.7+0.x64.linux.gnu"}
    },
    "Version": "1.0.91",
    "More": {"a": null}
}`

func parse(t testing.TB, text string) *juliaup.Database {
	t.Helper()
	d, err := juliaup.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParse(t *testing.T) {
	d := parse(t, database)
	if d.Version.String() != "1.0.91" || len(d.Channels) != 13 {
		t.Errorf("%s with %d channels", d.Version, len(d.Channels))
	}
	var builds []string
	for _, b := range d.Builds {
		builds = append(builds, fmt.Sprintf("%s %s %s", b.Version, b.Platform, b.Path))
	}
	want := []string{
		"1.9.4 x64.linux.gnu bin/linux/x64/1.9/julia-1.9.4-linux-x86_64.tar.gz",
		"1.10.9 x64.linux.gnu bin/linux/x64/1.10/julia-1.10.9-linux-x86_64.tar.gz",
		"1.10.12 x64.linux.gnu bin/linux/x64/1.10/julia-1.10.12-linux-x86_64.tar.gz",
		"1.10.12 x86.linux.gnu bin/linux/x86/1.10/julia-1.10.12-linux-i686.tar.gz",
		"1.12.7 x64.linux.gnu bin/linux/x64/1.12/julia-1.12.7-linux-x86_64.tar.gz",
		"1.13.0-rc3 x64.linux.gnu bin/linux/x64/1.13/julia-1.13.0-rc3-linux-x86_64.tar.gz",
	}
	if diff := cmp.Diff(want, builds); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefuses(t *testing.T) {
	replace := func(old, new string) string { return strings.Replace(database, old, new, 1) }
	for text, want := range map[string]string{
		"":                         "not an object",
		"null":                     "not an object",
		"[]":                       "not an object",
		"{}":                       "no version",
		replace(`"1.0.91"`, `"x"`): `no version such as 1.0.91, but "x"`,
		replace(`"1.0.91"`, `3`):   "no version",
		replace(`"AvailableVersions"`, `"availableVersions"`):                                         "no AvailableVersions",
		replace(`"AvailableChannels"`, `"Channels"`):                                                  "no AvailableVersions and AvailableChannels",
		replace(`"1.9.4+0.x64.linux.gnu": {`, `"1.9.4": {`):                                           `version "1.9.4" is not of the form`,
		replace(`"1.9.4+0.x64.linux.gnu": {`, `"1.9.4+0": {`):                                         `version "1.9.4+0" is not of the form`,
		replace(`"1.9.4+0.x64.linux.gnu": {`, `"x+0.x64": {`):                                         `version "x+0.x64" is not of the form`,
		replace(`"UrlPath": "bin/linux/x64/1.9/`, `"UrlPath": "../linux/`):                            `has the path "../linux/`,
		replace(`"UrlPath": "bin/linux/x64/1.9/`, `"UrlPath": "bin/../../x/`):                         `has the path "bin/../../x/`,
		replace(`"UrlPath": "bin/linux/x64/1.9/`, `"UrlPath": "bin/a b/`):                             `has the path "bin/a b/`,
		replace(`"UrlPath": "bin/linux/x64/1.9/`, `"urlpath": "bin/linux/`):                           `has the path ""`,
		replace(`"1.9": {"Version": "1.9.4+0.x64.linux.gnu"}`, `"1.9": {}`):                           `channel "1.9" leads to no version`,
		replace(`"1.9": {"Version": "1.9.4+0.x64`, `"1.9": {"Version": "1.9.5`):                       `channel "1.9" leads to no version`,
		strings.Repeat(" ", 17<<20):                                                                   "bytes",
		`{"Version": "1.0.0", "AvailableChannels": {}, "AvailableVersions": {` + many(100_001) + `}}`: "more than",
	} {
		_, err := juliaup.Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", text, err, want)
			continue
		}
		checkMessage(t, err)
	}
}

// many are so many members of an object.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "\"%d\": {},", i)
	}
	return strings.TrimSuffix(b.String(), ",")
}

func checkMessage(t *testing.T, err error) {
	t.Helper()
	s := err.Error()
	if len(s) > 1500 || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Fatalf("not a message for one line: %q", s)
	}
}

// TestEncode holds that nothing is lost, and that the bytes are always the same.
func TestEncode(t *testing.T) {
	d := parse(t, database)
	data, err := d.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var before, after any
	if err := json.Unmarshal([]byte(database), &before); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &after); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
	if again, err := parse(t, string(data)).Encode(); err != nil || string(again) != string(data) {
		t.Errorf("%v, or other bytes", err)
	}
	if !strings.Contains(string(data), "<new>") {
		t.Error("characters are escaped")
	}
}

func TestFilter(t *testing.T) {
	d := parse(t, database)
	for _, c := range []struct{ keep, want string }{
		{
			"1.10.9+0.x64.linux.gnu 1.9.4+0.x64.linux.gnu",
			"1=1.10.9 1.10=1.10.9 1.10.9=1.10.9 1.9=1.9.4 lts=1.10.9 rc=1.10.9 release=1.10.9 release~x64=1.10.9",
		},
		{
			"1.12.7+0.x64.linux.gnu",
			"1=1.12.7 1.12=1.12.7 1.12.7~x64=1.12.7 odd name=1.12.7 rc=1.12.7 release=1.12.7 release~x64=1.12.7",
		},
		{"1.13.0-rc3+0.x64.linux.gnu", "rc=1.13.0-rc3"},
		{"1.10.12+0.x86.linux.gnu", "lts~x86=1.10.12"},
		{"", ""},
	} {
		filtered := d.Filter(version.MustParse("1.0.92000"), func(b juliaup.Build) bool {
			return slices.Contains(strings.Fields(c.keep), b.Key)
		})
		data, err := filtered.Encode()
		if err != nil {
			t.Fatal(err)
		}
		// Whoever reads it finds a build for every channel.
		back := parse(t, string(data))
		var got []string
		for _, ch := range back.Channels {
			number, _, _ := strings.Cut(ch.Key, "+")
			got = append(got, ch.Name+"="+number)
		}
		if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" || back.Version.String() != "1.0.92000" || len(back.Builds) != len(strings.Fields(c.keep)) {
			t.Errorf("%q: version %s, %d builds\n%s", c.keep, back.Version, len(back.Builds), diff)
		}
	}
	if len(d.Builds) != 6 || d.Channels[0].Key != "1.12.7+0.x64.linux.gnu" {
		t.Error("Filter changed what it was given")
	}
	all, err := d.Filter(d.Version, func(juliaup.Build) bool { return true }).Encode()
	if same, _ := d.Encode(); err != nil || string(all) != string(same) {
		t.Errorf("%v, or keeping everything changes something", err)
	}
}

func TestRaise(t *testing.T) {
	var last version.Version
	for _, c := range []struct {
		upstream string
		serial   int
		want     string
	}{
		{"1.0.0", 0, "1.0.1000"}, {"1.0.91", 0, "1.0.92000"}, {"1.0.91", 1, "1.0.92001"}, {"1.0.91", 999, "1.0.92999"}, {"1.0.92", 0, "1.0.93000"}, {"1.1.0", 5, "1.1.1005"},
	} {
		got, err := juliaup.Raise(version.MustParse(c.upstream), c.serial)
		if err != nil || got.String() != c.want || got.Compare(last) <= 0 {
			t.Errorf("Raise(%s, %d) = %s, %v, want %s", c.upstream, c.serial, got, err, c.want)
		}
		last = got
	}
	for _, serial := range []int{-1, 1000} {
		if v, err := juliaup.Raise(version.MustParse("1.0.91"), serial); err == nil {
			t.Errorf("serial %d gives %s", serial, v)
		}
	}
	if v, err := juliaup.Raise(version.MustParse("1.0.4294967295"), 0); err == nil {
		t.Errorf("%s", v)
	}
}

func TestPaths(t *testing.T) {
	if got := juliaup.DatabasePath(version.MustParse("1.0.92000"), juliaup.Targets[11]); got != "juliaup/versiondb/versiondb-1.0.92000-x86_64-unknown-linux-gnu.json" {
		t.Error(got)
	}
	if len(juliaup.Targets) != 13 || !slices.IsSorted(juliaup.Targets) || len(slices.Compact(slices.Clone(juliaup.Targets))) != 13 {
		t.Errorf("%q", juliaup.Targets)
	}
	for _, path := range append(juliaup.PreviewVersionPaths, juliaup.VersionPath) {
		if !strings.HasPrefix(path, "juliaup/") || !strings.HasSuffix(path, "DBVERSION") {
			t.Error(path)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(database), 3)
	f.Add([]byte(`{"Version": "1.0.0", "AvailableVersions": {}, "AvailableChannels": {}}`), 1)
	f.Fuzz(func(t *testing.T, data []byte, some int) {
		d, err := juliaup.Parse(data)
		if err != nil {
			checkMessage(t, err)
			return
		}
		i := 0
		filtered, err := d.Filter(d.Version, func(juliaup.Build) bool { i++; return (i^some)&1 == 0 }).Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := juliaup.Parse(filtered); err != nil {
			t.Fatalf("%q became %q: %v", data, filtered, err)
		}
	})
}
