package lockfile_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/hexpm/lockfile"
)

var update = flag.Bool("update", false, "write the files testdata/*.want")

// TestGolden reads every lock file of testdata and compares what was understood
// with the text beside it.
func TestGolden(t *testing.T) {
	names, err := filepath.Glob("testdata/*")
	if err != nil || len(names) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, name := range names {
		if !isLock(name) {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			got := dump(read(t, name))
			if *update {
				if err := os.WriteFile(name+".want", []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name + ".want")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("understood differently (-want +got):\n%s", diff)
			}
		})
	}
}

func read(t testing.TB, name string) lockfile.Lock {
	t.Helper()
	lock, err := lockfile.Parse(name, readBytes(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return lock
}

// dump writes a lock so that people can review it. Checksums are cut.
func dump(l lockfile.Lock) string {
	var b strings.Builder
	fmt.Fprintf(&b, "format %s\n", l.Format)
	for _, e := range l.Entries {
		fmt.Fprintf(&b, "line %d: %s = %s %s from %s, inner %.8s outer %.8s\n",
			e.Line, e.App, e.Package, e.Version, repository(e.Repository, e.Organization), e.Inner, e.Outer)
		dumpDeps(&b, e.Deps)
	}
	for _, o := range l.Outside {
		fmt.Fprintf(&b, "line %d: %s is outside: %s %q %q\n", o.Line, o.App, o.Kind, o.Source, o.Ref)
	}
	if len(l.Direct) > 0 {
		b.WriteString("direct\n")
		dumpDeps(&b, l.Direct)
	}
	return b.String()
}

func repository(name string, organization bool) string {
	if organization {
		return "organisation " + name
	}
	return name
}

func dumpDeps(b *strings.Builder, deps []lockfile.Dep) {
	for _, d := range deps {
		fmt.Fprintf(b, "    %s = %s %q from %s", d.App, d.Package, d.Requirement, repository(d.Repository, d.Organization))
		if d.Optional {
			b.WriteString(", optional")
		}
		b.WriteString("\n")
	}
}

// isLock reports whether a file of testdata is a lock file.
func isLock(name string) bool {
	ext := filepath.Ext(name)
	return ext == ".lock" || ext == ".toml"
}
