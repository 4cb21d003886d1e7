package manifest_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/manifest"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// drawEntry makes an entry of any kind.
func drawEntry(t *rapid.T) manifest.Entry {
	e := manifest.Entry{
		Name: rapid.SampledFrom([]string{"Lantern", "Wick", "Oil_jll", "Ψ", "a!"}).Draw(t, "name"),
		Kind: rapid.SampledFrom([]manifest.Kind{manifest.Registered, manifest.Stdlib, manifest.Local, manifest.Repository}).Draw(t, "kind"),
	}
	copy(e.UUID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "uuid"))
	if e.HasVersion = rapid.Bool().Draw(t, "has version"); e.HasVersion {
		e.Version = version.MustParse(rapid.StringMatching(`[0-9]\.[0-9]{1,2}\.[0-9](-rc[1-3])?(\+[0-9])?`).Draw(t, "version"))
	}
	tree := treehash.Hash{1}
	copy(tree[1:], rapid.SliceOfN(rapid.Byte(), 19, 19).Draw(t, "tree"))
	switch e.Kind {
	case manifest.Registered:
		e.Tree = tree
		e.Pinned = rapid.Bool().Draw(t, "pinned")
	case manifest.Local:
		e.Path = rapid.SampledFrom([]string{".", "../Mine", `C:\Mine`, "a \"b\""}).Draw(t, "path")
	case manifest.Repository:
		e.Tree = tree
		e.RepoURL, e.RepoRev = "https://git.example/x.jl", "main"
		e.Subdir = rapid.SampledFrom([]string{"", "lib/x"}).Draw(t, "subdir")
	}
	return e
}

// write writes entries as Julia does, or in another form that means the same.
func write(entries []manifest.Entry, format string, odd bool) string {
	var b strings.Builder
	prefix := ""
	if format != "1.0" {
		prefix = "deps."
		fmt.Fprintf(&b, "julia_version = \"1.10.2\"\nmanifest_format = %q\nproject_hash = \"da39\"\n\n", format)
	}
	for _, e := range entries {
		fmt.Fprintf(&b, "[[%s%q]]\n", prefix, e.Name)
		texts := map[string]string{"uuid": e.UUID.String(), "path": e.Path, "repo-url": e.RepoURL, "repo-rev": e.RepoRev, "repo-subdir": e.Subdir}
		if !e.Tree.IsZero() {
			texts["git-tree-sha1"] = e.Tree.String()
		}
		if e.HasVersion {
			texts["version"] = e.Version.String()
		}
		if odd {
			texts["uuid"] = strings.ToUpper(texts["uuid"])
			b.WriteString("future = [1, {a = 2}] # unknown\r\n")
		}
		for key, text := range texts {
			if text != "" {
				fmt.Fprintf(&b, "%s = %q\n", key, text)
			}
		}
		if e.Pinned || odd {
			fmt.Fprintf(&b, "pinned = %v\n", e.Pinned)
		}
		b.WriteString("deps = [\"Dates\"]\n\n")
	}
	return b.String()
}

// TestReadsWhatWasWritten holds that every entry comes back, in every format.
func TestReadsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		entries := rapid.SliceOfNDistinct(rapid.Custom(drawEntry), 0, 8, func(e manifest.Entry) uuid.UUID { return e.UUID }).Draw(rt, "entries")
		format := rapid.SampledFrom([]string{"1.0", "2.0", "2.1", "2.9"}).Draw(rt, "format")
		text := write(entries, format, rapid.Bool().Draw(rt, "odd"))
		m, err := manifest.Parse("Manifest.toml", []byte(text))
		if err != nil {
			rt.Fatalf("%v\n%s", err, text)
		}
		if fmt.Sprintf("%d.%d", m.Major, m.Minor) != format || m.HasJulia == (format == "1.0") {
			rt.Fatalf("format %d.%d of Julia %v", m.Major, m.Minor, m.Julia)
		}
		slices.SortFunc(entries, func(a, b manifest.Entry) int {
			return cmp.Or(strings.Compare(a.Name, b.Name), a.UUID.Compare(b.UUID))
		})
		if want, got := fmt.Sprintf("%+v", entries), fmt.Sprintf("%+v", m.Entries); len(entries) != len(m.Entries) || len(entries) > 0 && want != got {
			rt.Fatalf("got\n%s\nwant\n%s", got, want)
		}
		outside := 0
		for _, e := range entries {
			if e.Kind == manifest.Local || e.Kind == manifest.Repository {
				outside++
			}
		}
		if len(m.OutOfScope()) != outside {
			rt.Fatalf("%d are out of scope, want %d", len(m.OutOfScope()), outside)
		}
	})
}

// TestNamesAreFound holds that Julia's names for a version are names of manifests, that those
// with a version say it, and that Find takes the first that is there.
func TestNamesAreFound(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v := version.Version{Major: rapid.Uint32Range(0, 3).Draw(rt, "major"), Minor: rapid.Uint32Range(0, 20).Draw(rt, "minor"), Patch: rapid.Uint32().Draw(rt, "patch")}
		names := manifest.Names(v)
		for i, name := range names {
			julia, ok := manifest.IsName(name)
			if !ok || (julia == "") != (i > 1) || julia != "" && julia != fmt.Sprintf("%d.%d", v.Major, v.Minor) {
				rt.Fatalf("%s is for %q, %v", name, julia, ok)
			}
		}
		dir, first := files{}, ""
		for _, name := range names {
			if rapid.Bool().Draw(rt, name) {
				dir[name] = true
				first = cmp.Or(first, name)
			}
		}
		found, err := manifest.Find(dir.fs(), v, v)
		if err != nil || strings.Join(found, " ") != first {
			rt.Fatalf("found %q, %v, want %q", found, err, first)
		}
		if all, err := manifest.Find(dir.fs()); err != nil || len(all) != len(dir) {
			rt.Fatalf("found %q, %v", all, err)
		}
	})
}

// files are the names in a folder.
type files map[string]bool

func (f files) fs() fstest.MapFS {
	m := fstest.MapFS{"Project.toml": {}}
	for name := range f {
		m[name] = &fstest.MapFile{}
	}
	return m
}
