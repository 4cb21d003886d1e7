package juliaup_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/juliaup"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

func TestProgramPaths(t *testing.T) {
	v := version.MustParse("1.18.9")
	for target, want := range map[string]string{
		"x86_64-unknown-linux-musl": "juliaup/bin/juliaup-1.18.9-x86_64-unknown-linux-musl.tar.gz juliaup/bin/juliainstaller-1.18.9-x86_64-unknown-linux-musl",
		"x86_64-pc-windows-msvc":    "juliaup/bin/juliaup-1.18.9-x86_64-pc-windows-msvc.tar.gz juliaup/bin/juliainstaller-1.18.9-x86_64-pc-windows-msvc.exe",
	} {
		archive, installer := juliaup.ProgramPaths(v, target)
		if got := archive + " " + installer; got != want {
			t.Errorf("%s: %s", target, got)
		}
	}
}

func TestTargetsFor(t *testing.T) {
	for text, want := range map[string]string{
		"":                       strings.Join(juliaup.Targets, " "),
		"x86_64-linux-gnu":       "x86_64-unknown-linux-gnu x86_64-unknown-linux-musl",
		"x86_64-linux-musl":      "x86_64-unknown-linux-gnu x86_64-unknown-linux-musl",
		"aarch64-apple-darwin":   "aarch64-apple-darwin",
		"i686-w64-mingw32":       "i686-pc-windows-gnu i686-pc-windows-msvc",
		"x86_64-unknown-freebsd": "x86_64-unknown-freebsd",
		"powerpc64le-linux-gnu":  "",
		"x86_64-unknown-openbsd": "",
		"x86_64-linux-gnu-libgfortran5 aarch64-apple-darwin20": "aarch64-apple-darwin x86_64-unknown-linux-gnu x86_64-unknown-linux-musl",
	} {
		var platforms []artifacts.Platform
		for s := range strings.FieldsSeq(text) {
			p, err := artifacts.ParsePlatform(s)
			if err != nil {
				t.Fatal(err)
			}
			platforms = append(platforms, p)
		}
		if diff := cmp.Diff(want, strings.Join(juliaup.TargetsFor(platforms), " ")); diff != "" {
			t.Errorf("%q, -want +got:\n%s", text, diff)
		}
	}
	juliaup.TargetsFor(nil)[0] = "changed"
	if juliaup.Targets[0] == "changed" {
		t.Error("the list is not a copy")
	}
}
