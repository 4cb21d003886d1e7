package lockfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/hexpm/lockfile"
)

// The writers below write locks as the clients do, so that reading can be
// compared with what was meant.

func writeMix(entries []lockfile.Entry) string {
	var b strings.Builder
	b.WriteString("%{\n")
	for _, e := range entries {
		var deps []string
		for _, d := range e.Deps {
			deps = append(deps, fmt.Sprintf("{%s, %q, [hex: %s, repo: %q, optional: %v]}",
				mixAtom(d.App), d.Requirement, mixAtom(d.Package), mixRepository(d.Repository, d.Organization), d.Optional))
		}
		fmt.Fprintf(&b, "  %q: {:hex, %s, %q, %s, [:mix], [%s], %q, %s},\n", e.App, mixAtom(e.Package), e.Version,
			mixChecksum(e.Inner), strings.Join(deps, ", "), mixRepository(e.Repository, e.Organization), mixChecksum(e.Outer))
	}
	return b.String() + "}\n"
}

func mixAtom(s string) string {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == "" {
		return ":" + s
	}
	return fmt.Sprintf(":%q", s)
}

func mixChecksum(s string) string {
	if s == "" {
		return "nil"
	}
	return fmt.Sprintf("%q", s)
}

func mixRepository(name string, organization bool) string {
	if organization {
		return "hexpm:" + name
	}
	return name
}

func writeRebar(entries []lockfile.Entry) string {
	var locks, inner, outer []string
	for i, e := range entries {
		locks = append(locks, fmt.Sprintf("{<<%q>>,{pkg,<<%q>>,<<%q>>},%d}", e.App, e.Package, e.Version, i%3))
		if e.Inner != "" {
			inner = append(inner, fmt.Sprintf(" {<<%q>>, <<%q>>}", e.App, strings.ToUpper(e.Inner)))
		}
		if e.Outer != "" {
			outer = append(outer, fmt.Sprintf(" {<<%q>>, <<%q>>}", e.App, strings.ToUpper(e.Outer)))
		}
	}
	return fmt.Sprintf("{\"1.2.0\",\n[%s]}.\n[\n{pkg_hash,[\n%s]},\n{pkg_hash_ext,[\n%s]}\n].\n",
		strings.Join(locks, ",\n "), strings.Join(inner, ",\n"), strings.Join(outer, ",\n"))
}

func writeGleam(entries []lockfile.Entry) string {
	var b strings.Builder
	b.WriteString("packages = [\n")
	for _, e := range entries {
		var names []string
		for _, d := range e.Deps {
			names = append(names, fmt.Sprintf("%q", d.Package))
		}
		fmt.Fprintf(&b, "  { name = %q, version = %q, build_tools = [\"gleam\"], requirements = [%s], otp_app = %q, source = \"hex\", outer_checksum = %q },\n",
			e.Package, e.Version, strings.Join(names, ", "), e.App, strings.ToUpper(e.Outer))
	}
	return b.String() + "]\n\n[requirements]\n"
}

var (
	genName       = rapid.StringMatching(`[a-z][a-z0-9_]{0,8}`)
	genChecksum   = rapid.OneOf(rapid.Just(""), rapid.StringMatching(`[0-9a-f]{64}`))
	genVersion    = rapid.StringMatching(`[0-9]{1,3}\.[0-9]{1,2}\.[0-9](-rc\.[0-9])?`)
	genRepository = rapid.SampledFrom([]string{"hexpm", "hexpm", "acme", "oban", "a.b-c_d"})
	genDep        = rapid.Custom(func(t *rapid.T) lockfile.Dep {
		d := lockfile.Dep{
			App:         genName.Draw(t, "app"),
			Package:     genName.Draw(t, "package"),
			Requirement: rapid.SampledFrom([]string{"~> 1.0", ">= 0.0.0", "~> 1.0 or ~> 2.0", "1.0.0"}).Draw(t, "requirement"),
			Optional:    rapid.Bool().Draw(t, "optional"),
			Repository:  genRepository.Draw(t, "repository"),
		}
		d.Organization = d.Repository == "acme"
		return d
	})
	genEntry = rapid.Custom(func(t *rapid.T) lockfile.Entry {
		e := lockfile.Entry{
			App:        genName.Draw(t, "app"),
			Package:    genName.Draw(t, "package"),
			Version:    genVersion.Draw(t, "version"),
			Inner:      genChecksum.Draw(t, "inner"),
			Outer:      genChecksum.Draw(t, "outer"),
			Deps:       rapid.SliceOfN(genDep, 0, 3).Draw(t, "deps"),
			Repository: genRepository.Draw(t, "repository"),
		}
		if len(e.Deps) == 0 {
			e.Deps = nil
		}
		e.Organization = e.Repository == "acme"
		return e
	})
	genEntries = rapid.SliceOfNDistinct(genEntry, 0, 8, func(e lockfile.Entry) string { return e.App })
)

// checkRoundTrip expects that text is read as entries with one of them on each
// line from the given one on, with any line ends and byte order mark.
func checkRoundTrip(t *rapid.T, name, text string, firstLine int, want []lockfile.Entry) {
	if rapid.Bool().Draw(t, "windows") {
		text = "\ufeff" + strings.ReplaceAll(text, "\n", "\r\n")
	}
	lock, err := lockfile.Parse(name, []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for i := range want {
		want[i].Line = firstLine + i
	}
	if len(want) == 0 {
		want = nil
	}
	if diff := cmp.Diff(want, lock.Entries); diff != "" {
		t.Fatalf("read differently (-want +got):\n%s\n%s", diff, text)
	}
}

func TestMixRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := genEntries.Draw(t, "entries")
		checkRoundTrip(t, "mix.lock", writeMix(entries), 2, entries)
	})
}

func TestRebarRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := genEntries.Draw(t, "entries")
		text := writeRebar(entries)
		for i := range entries { // not recorded
			entries[i].Repository, entries[i].Organization, entries[i].Deps = "hexpm", false, nil
		}
		checkRoundTrip(t, "rebar.lock", text, 2, entries)
	})
}

func TestGleamRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := genEntries.Draw(t, "entries")
		text := writeGleam(entries)
		for i, e := range entries { // not recorded
			entries[i].Repository, entries[i].Organization, entries[i].Inner = "hexpm", false, ""
			for j, d := range e.Deps {
				e.Deps[j] = lockfile.Dep{App: d.Package, Package: d.Package, Repository: "hexpm"}
			}
		}
		checkRoundTrip(t, "manifest.toml", text, 2, entries)
	})
}

// TestTruncated cuts real files at every place: nothing panics, and what is
// still read holds no more than the whole.
func TestTruncated(t *testing.T) {
	for _, name := range []string{"mix.lock", "arities-mix.lock", "rebar.lock", "rebar-beta.lock", "manifest.toml", "tables-manifest.toml"} {
		whole := read(t, "testdata/"+name)
		format := string(whole.Format)
		data := readBytes(t, "testdata/"+name)
		for i := range data {
			lock, err := lockfile.Parse(format, data[:i])
			if err != nil {
				checkMessage(t, err)
			} else if len(lock.Entries) > len(whole.Entries) {
				t.Errorf("%s: %d entries in the first %d bytes, %d in all", name, len(lock.Entries), i, len(whole.Entries))
			}
		}
	}
}
