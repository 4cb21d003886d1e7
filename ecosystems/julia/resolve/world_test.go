package resolve_test

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/offmirror/offmirror/ecosystems/julia/manifest"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// night is the registry of most tests. A "!" marks yanked versions; what follows a "#" is
// not part of a name.
const night = `
package Lantern
versions 0.9.0 1.0.0 1.1.0! 1.2.0 2.0.0-rc1
deps 0 Wick#old
deps 0-1 Dates
deps 1-2 Wick Oil_jll
compat 0 julia=0.7
compat 1 julia=1 Wick=0.1-0.3 Oil_jll=1.2.3-1
compat 2 julia=1.11-1 Wick=0.3,1
weak 1-2 Moths
weakcompat 1-2 Moths=1-2

package Wick
versions 0.1.0 0.2.0 0.2.1 0.3.0 1.0.0 1.1.0
compat 0-1.0 julia=1
compat 1.1 julia=1.12-1

package Wick#old
versions 0.5.0

package Oil_jll
versions 1.2.2+0 1.2.3+0 1.2.3+1 1.2.3+10 1.3.0+0!
deps 1 JLLWrappers Libdl
compat 1 JLLWrappers=1.2.0-1

package JLLWrappers
versions 1.1.0 1.2.0 1.7.0

package Moths
versions 1.0.0 2.0.0 3.0.0
deps * Lantern
compat * Lantern=1

package Alone
versions 0.0.1 0.0.2 0.1.0-rc1
`

func id(name string) uuid.UUID {
	sum := sha1.Sum([]byte(name))
	return uuid.UUID(sum[:16])
}

func tree(pkg, v string) string {
	sum := sha1.Sum([]byte(pkg + " " + v))
	return hex.EncodeToString(sum[:])
}

func plain(name string) string {
	name, _, _ = strings.Cut(name, "#")
	return name
}

// world makes a registry out of a text like night.
func world(t testing.TB, name, text string) *registry.Registry {
	t.Helper()
	r, err := registry.ReadFS(files(name, text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func files(name, text string) fstest.MapFS {
	content := map[string]string{"Registry.toml": fmt.Sprintf("name = %q\nuuid = %q\n\n[packages]\n", name, id("registry "+name))}
	pkg := ""
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		switch words[0] {
		case "package":
			pkg = words[1]
			content["Registry.toml"] += fmt.Sprintf("%s = { name = %q, path = %q }\n", id(pkg), plain(pkg), pkg)
			content[pkg+"/Package.toml"] = fmt.Sprintf("name = %q\nuuid = %q\n", plain(pkg), id(pkg))
		case "versions":
			for _, v := range words[1:] {
				v, yanked := strings.CutSuffix(v, "!")
				content[pkg+"/Versions.toml"] += fmt.Sprintf("[%q]\ngit-tree-sha1 = %q\nyanked = %v\n\n", v, tree(pkg, v), yanked)
			}
		case "deps", "weak":
			file := map[string]string{"deps": "/Deps.toml", "weak": "/WeakDeps.toml"}[words[0]]
			content[pkg+file] += fmt.Sprintf("[%q]\n", words[1])
			for _, dep := range words[2:] {
				content[pkg+file] += fmt.Sprintf("%s = %q\n", plain(dep), id(dep))
			}
		case "compat", "weakcompat":
			file := map[string]string{"compat": "/Compat.toml", "weakcompat": "/WeakCompat.toml"}[words[0]]
			content[pkg+file] += fmt.Sprintf("[%q]\n", words[1])
			for _, entry := range words[2:] {
				dep, ranges, _ := strings.Cut(entry, "=")
				content[pkg+file] += fmt.Sprintf("%s = [\"%s\"]\n", dep, strings.ReplaceAll(ranges, ",", `", "`))
			}
		}
	}
	m := fstest.MapFS{}
	for name, text := range content {
		m[name] = &fstest.MapFile{Data: []byte(text), Mode: fs.FileMode(0o644)}
	}
	return m
}

// roots parses entries.
func roots(t testing.TB, entries ...string) []resolve.Root {
	t.Helper()
	var list []resolve.Root
	for _, e := range entries {
		r, err := resolve.ParseRoot(e)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

func policy(t testing.TB, s string) resolve.Policy {
	t.Helper()
	p, err := resolve.ParsePolicy(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func julia(ranges ...string) []version.Range {
	var list []version.Range
	for _, r := range ranges {
		list = append(list, version.MustParseRange(r))
	}
	return list
}

// lock makes a manifest of entries such as "Wick 0.2.0", or "Dates" of the standard
// library.
func lock(t testing.TB, file string, entries ...string) resolve.Lock {
	t.Helper()
	text := "manifest_format = \"2.0\"\n"
	for _, e := range entries {
		name, rest, _ := strings.Cut(e, " ")
		text += fmt.Sprintf("[[deps.%s]]\nuuid = %q\n", plain(name), id(name))
		v, extra, _ := strings.Cut(rest, " ")
		if v != "" {
			text += fmt.Sprintf("version = %q\n", v)
		}
		switch {
		case extra != "":
			text += extra + "\n"
		case v != "":
			text += fmt.Sprintf("git-tree-sha1 = %q\n", tree(name, v))
		}
	}
	m, err := manifest.Parse(file, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return resolve.Lock{File: file, Manifest: m}
}

func closure(t testing.TB, s resolve.Selection, registries ...*registry.Registry) *resolve.Result {
	t.Helper()
	result, err := resolve.Closure(t.Context(), registries, s)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// kept describes what is kept, a line for each package.
func kept(r *resolve.Result) []string {
	lines := []string{}
	for _, p := range r.Packages {
		line := p.Name
		for _, k := range p.Kept {
			line += " " + k.Version.String()
		}
		lines = append(lines, line)
	}
	return lines
}

func missing(r *resolve.Result) []string {
	var lines []string
	for _, m := range r.Missing {
		lines = append(lines, m.Error())
	}
	return lines
}

func notices(r *resolve.Result) []string {
	var lines []string
	for _, n := range r.Notices {
		lines = append(lines, n.Kind+": "+n.Text)
	}
	return lines
}
