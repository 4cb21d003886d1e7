package pkgclient

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// FuzzRegistry resolves over whatever a registry says.
func FuzzRegistry(f *testing.F) {
	f.Add("name = \"N\"\nuuid = \"22222222-aaaa-4bbb-8ccc-000000000000\"\nrepo = \"\"\n[packages]\n11111111-aaaa-4bbb-8ccc-000000000001 = { name = \"P\", path = \"P\" }\n",
		"name = \"P\"\n", "[\"1.0.0\"]\ngit-tree-sha1 = \"46e44e869b4d90b96bd8ed1fdcf32244fddfb6cc\"\n",
		"[0]\nDates = \"ade2ca70-3891-5945-98fb-dc099432e06a\"\n[\"1-*\"]\nP = \"11111111-aaaa-4bbb-8ccc-000000000001\"\n", "[1]\nP = [\"0.1-0.3\", \"1\"]\njulia = \"1\"\n")
	f.Fuzz(func(t *testing.T, registryTOML, packageTOML, versions, deps, compat string) {
		read := func(name string) ([]byte, bool, error) {
			content, ok := map[string]string{
				"Registry.toml": registryTOML, "P/Package.toml": packageTOML, "P/Versions.toml": versions, "P/Deps.toml": deps,
				"P/WeakDeps.toml": deps, "P/Compat.toml": compat, "P/WeakCompat.toml": compat,
			}[name]
			return []byte(content), ok, nil
		}
		for _, version := range []string{"1.4.0", "1.9.0", "1.13.0"} {
			p := Julia(version)
			h, err := p.readHead(read)
			if err != nil {
				if !errors.Is(err, ErrRegistry) {
					t.Fatal(err)
				}
				continue
			}
			r := &registry{head: h, profile: p, read: read, parsed: map[uuid.UUID]*pkg{}}
			for id := range h.packages {
				g, err := p.newGraph([]*registry{r}, []uuid.UUID{id})
				if err != nil {
					if !errors.Is(err, ErrRegistry) && !errors.Is(err, ErrName) {
						t.Fatal(err)
					}
					continue
				}
				requirements := []requirement{{id: id, versions: mustSet("*")}}
				solution, err := g.solve(requirements)
				if err == nil && !g.valid(solution, nil) {
					t.Fatalf("Julia %s: no solution: %v", version, solution)
				}
			}
		}
	})
}

// FuzzTarball unpacks whatever a server sends, in both ways.
func FuzzTarball(f *testing.F) {
	f.Add([]byte("\x1f\x8b"))
	f.Add([]byte("\x28\xb5\x2f\xfd"))
	f.Add([]byte("BZh9"))
	f.Add([]byte("\xfd7zXZ\x00"))
	f.Add([]byte("plain"))
	for _, name := range []string{"05-symlinks.tar", "07-hardlink.tar", "08-long-path-pax.tar", "10-pax-global-header.tar"} {
		vector, err := os.ReadFile(filepath.Join("..", "..", "treehash", "testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(vector)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, version := range []string{"1.5.0", "1.12.0", "1.13.0"} {
			p := Julia(version)
			if _, err := p.packedFiles(bytes.NewReader(body)); err != nil && !errors.Is(err, ErrArchive) {
				t.Fatalf("Julia %s: %v", version, err)
			}
		}
		_, _, err := hashes(t.TempDir(), body)
		var path *fs.PathError
		var link *os.LinkError
		if err != nil && !errors.Is(err, ErrArchive) && !errors.As(err, &path) && !errors.As(err, &link) {
			t.Fatalf("neither the tarball nor the file system is at fault: %v", err)
		}
	})
}
