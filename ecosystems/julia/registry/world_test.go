package registry_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// Packages of the registry that tests read.
var (
	lantern  = uuid.MustParse("11111111-aaaa-4bbb-8ccc-000000000001")
	wick     = uuid.MustParse("11111111-aaaa-4bbb-8ccc-000000000002")
	oilJLL   = uuid.MustParse("11111111-aaaa-4bbb-8ccc-000000000003")
	oldWick  = uuid.MustParse("11111111-aaaa-4bbb-8ccc-000000000004")
	empty    = uuid.MustParse("11111111-aaaa-4bbb-8ccc-000000000005")
	dates    = uuid.MustParse("ade2ca70-3891-5945-98fb-dc099432e06a")
	notThere = uuid.MustParse("11111111-aaaa-4bbb-8ccc-999999999999")
)

// world returns a registry in the form of General, oddities included.
func world() map[string]string {
	return map[string]string{
		"Registry.toml": `name = "Night"
uuid = "22222222-aaaa-4bbb-8ccc-000000000000"
repo = "https://git.example/Night.git"

description = """
Things that shine
in the night.
"""

[packages]
11111111-aaaa-4bbb-8ccc-000000000001 = { name = "Lantern", path = "L/Lantern" }
11111111-aaaa-4bbb-8ccc-000000000002 = { name = "Wick", path = "W/Wick" }
11111111-aaaa-4bbb-8ccc-000000000003 = { name = "Oil_jll", path = "jll/O/Oil_jll" }
11111111-aaaa-4bbb-8ccc-000000000004 = { name = "Wick", path = "W/Wick@4" }
11111111-aaaa-4bbb-8ccc-000000000005 = { name = "nothingYet", path = "N/nothingYet" }
11111111-aaaa-4bbb-8ccc-000000000006 = { name = "Moths", path = "M/Moths" }
`,
		"README.md":  "# Night\n",
		".ci/run.sh": "#!/bin/sh\n",
		"L/Lantern/Package.toml": `# the best one
name = "Lantern"
uuid = "11111111-aaaa-4bbb-8ccc-000000000001"
repo = "https://Git.Example/Lantern.jl.git"
`,
		"L/Lantern/Versions.toml": versionsTable("0.9.0", "1.0.0-rc1", "1.0.0", "1.1.0!", "1.2.0", "1.10.0", "2.0.0"),
		"L/Lantern/Deps.toml": `[0]
Wick = "11111111-aaaa-4bbb-8ccc-000000000004"

["0-1"]
Dates = "ade2ca70-3891-5945-98fb-dc099432e06a"

["1-2"]
Wick = "11111111-aaaa-4bbb-8ccc-000000000002"

["1.2-2"]
Oil_jll = "11111111-aaaa-4bbb-8ccc-000000000003"
`,
		"L/Lantern/Compat.toml": `["0-1.1"]
julia = "0.7-1"

["1.0"]
Wick = "0.1-0.3"

["1.1-2"]
Wick = ["0.3", "1"]

["1.2-1"]
julia = "1.6.0-1"

[2]
Oil_jll = "1.2.3 - 1"
julia = "1.10.0-1"
`,
		"L/Lantern/WeakDeps.toml":   "[2]\nMoths = \"11111111-aaaa-4bbb-8ccc-000000000006\"\n",
		"L/Lantern/WeakCompat.toml": "[2]\nMoths = \"3\"\n",
		"W/Wick/Package.toml":       "name = \"Wick\"\nuuid = \"11111111-aaaa-4bbb-8ccc-000000000002\"\nrepo = \"https://git.example/mono\"\nsubdir = \"lib/Wick\"\n",
		"W/Wick/Versions.toml":      versionsTable("0.1.0", "0.3.1", "1.0.0"),
		"W/Wick@4/Package.toml": `name = "Wick"
uuid = "11111111-AAAA-4BBB-8CCC-000000000004"
repo = "git@git.example:old/wick"

[metadata.deprecated]
reason = "see the other \"Wick\""
alternative = "Wick"
`,
		"W/Wick@4/Versions.toml":       versionsTable("0.5.0"),
		"jll/O/Oil_jll/Package.toml":   "name = \"Oil_jll\"\nuuid = \"11111111-aaaa-4bbb-8ccc-000000000003\"\nrepo = \"https://git.example/Oil_jll.jl.git\"\n",
		"jll/O/Oil_jll/Versions.toml":  versionsTable("1.2.3+10", "1.2.3+9", "1.2.3+0", "1.2.4+0"),
		"N/nothingYet/Package.toml":    "name = \"nothingYet\"\nuuid = \"11111111-aaaa-4bbb-8ccc-000000000005\"\n",
		"M/Moths/Package.toml":         "name = \"Moths\"\nuuid = \"11111111-aaaa-4bbb-8ccc-000000000006\"\nrepo = \"https://git.example/Moths.jl.git\"\n",
		"M/Moths/Versions.toml":        versionsTable("3.0.0"),
		"jll/O/Oil_jll/extra/more.bin": "\x00\x01",
	}
}

// versionsTable writes Versions.toml; "!" marks versions that are yanked.
func versionsTable(versions ...string) string {
	var b strings.Builder
	for i, v := range versions {
		v, yanked := strings.CutSuffix(v, "!")
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString("[\"" + v + "\"]\ngit-tree-sha1 = \"" + treeOf(v) + "\"\n")
		if yanked {
			b.WriteString("yanked = true\n")
		}
	}
	return b.String()
}

// treeOf makes a tree hash out of a version.
func treeOf(v string) string {
	hash := strings.Repeat("0", 40)
	for _, c := range v {
		hash = hash[2:] + string("0123456789abcdef"[c>>4&15]) + string("0123456789abcdef"[c&15])
	}
	return hash
}

// with returns files with some replaced; "" removes one.
func with(files map[string]string, changes ...string) map[string]string {
	files = maps.Clone(files)
	for pair := range slices.Chunk(changes, 2) {
		if files[pair[0]] = pair[1]; pair[1] == "" {
			delete(files, pair[0])
		}
	}
	return files
}

// pack makes a tarball in which members have a prefix.
func pack(t testing.TB, files map[string]string, prefix string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		mode := int64(0o644)
		if strings.HasSuffix(name, ".sh") {
			mode = 0o755
		}
		if err := w.WriteHeader(&tar.Header{Name: prefix + name, Typeflag: tar.TypeReg, Mode: mode, Size: int64(len(files[name]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func dir(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, content := range files {
		m[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return m
}

func read(t testing.TB, files map[string]string) *registry.Registry {
	t.Helper()
	r, err := registry.Read(bytes.NewReader(pack(t, files, "")), registry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func packageOf(t testing.TB, r *registry.Registry, id uuid.UUID) *registry.Package {
	t.Helper()
	p, ok := r.Package(id)
	if !ok {
		t.Fatalf("there is no %s", id)
	}
	return p
}

// spool is a registry.Spool in memory.
type spool struct{ b []byte }

func (s *spool) Write(p []byte) (int, error) {
	s.b = append(s.b, p...)
	return len(p), nil
}

func (s *spool) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(s.b).ReadAt(p, off)
}
