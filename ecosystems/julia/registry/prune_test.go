package registry_test

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// only keeps versions by "PACKAGE VERSION".
func only(kept ...string) registry.Keep {
	return func(p *registry.Package, r registry.Release) bool {
		return slices.Contains(kept, p.Name+" "+r.Version.String())
	}
}

func prune(t *testing.T, r *registry.Registry, keep registry.Keep) *registry.Pruning {
	t.Helper()
	changes, err := r.Prune(keep)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func TestPruneEditsOnlyVersions(t *testing.T) {
	content := "# shipped by hand\n\n[\"0.1.0\"] # first\ngit-tree-sha1 = \"" + treeOf("0.1.0") + "\"\n# about the next\n[\"0.3.1\"]\ngit-tree-sha1 = \"" + treeOf("0.3.1") +
		"\"\nnix-sha256 = \"abc\"\n\n[\"1.0.0\"]\ngit-tree-sha1 = \"" + treeOf("1.0.0") + "\"\n"
	r := read(t, with(world(), "W/Wick/Versions.toml", content))
	changes := prune(t, r, only("Wick 0.3.1", "Wick 0.5.0", "Oil_jll 1.2.3+9", "Oil_jll 1.2.3+10", "Moths 3.0.0"))
	want := map[string]string{
		"L/Lantern/Versions.toml":     "",
		"W/Wick/Versions.toml":        "# shipped by hand\n\n[\"0.3.1\"]\ngit-tree-sha1 = \"" + treeOf("0.3.1") + "\"\nnix-sha256 = \"abc\"\n",
		"jll/O/Oil_jll/Versions.toml": versionsTable("1.2.3+10", "1.2.3+9"),
	}
	if diff := cmp.Diff(want, changes.Files); diff != "" {
		t.Error(diff)
	}
	if changes.Packages != 4 || changes.Versions != 5 || changes.Dropped != 7+2+2 || len(changes.Problems) > 0 {
		t.Errorf("%+v", changes)
	}
}

func TestPruneNothing(t *testing.T) {
	r := read(t, world())
	changes := prune(t, r, func(*registry.Package, registry.Release) bool { return true })
	if len(changes.Files) > 0 || changes.Dropped != 0 || changes.Versions != 16 {
		t.Errorf("%+v", changes)
	}
	var b bytes.Buffer
	if hash, err := r.WritePruned(&b, changes); err != nil || hash != r.Hash() {
		t.Errorf("%v, %v, want %v", hash, err, r.Hash())
	}
}

// TestPruneOtherForms holds that what cannot be cut line by line is written anew, with
// keys that nobody knows.
func TestPruneOtherForms(t *testing.T) {
	content := "\"0.1.0\" = { git-tree-sha1 = \"" + treeOf("0.1.0") + "\", size = 3 }\n['1.0']\n'git-tree-sha1' = '" + treeOf("1.0.0") + "'\nyanked = true\n"
	r := read(t, with(world(), "W/Wick/Versions.toml", content))
	changes := prune(t, r, only("Wick 1.0.0"))
	if got, want := changes.Files["W/Wick/Versions.toml"], "[\"1.0\"]\ngit-tree-sha1 = \""+treeOf("1.0.0")+"\"\nyanked = true\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	changes = prune(t, r, only("Wick 0.1.0"))
	if got, want := changes.Files["W/Wick/Versions.toml"], "[\"0.1.0\"]\ngit-tree-sha1 = \""+treeOf("0.1.0")+"\"\nsize = 3\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestPruneBroken holds that a package that no client could read offers nothing.
func TestPruneBroken(t *testing.T) {
	r := read(t, with(world(), "W/Wick/Versions.toml", "[\"1.0.0\"]\ngit-tree-sha1 = \"123\"\n", "M/Moths/Versions.toml", "[1\n"))
	changes := prune(t, r, func(*registry.Package, registry.Release) bool { return true })
	if diff := cmp.Diff(map[string]string{"W/Wick/Versions.toml": "", "M/Moths/Versions.toml": ""}, changes.Files); diff != "" {
		t.Error(diff)
	}
	if len(changes.Problems) != 2 || !strings.HasPrefix(changes.Problems[0].Error(), "W/Wick/Versions.toml:2: ") {
		t.Errorf("%v", changes.Problems)
	}
}

// TestPrunePassedOver holds that packages that were passed over in Registry.toml offer
// nothing either, whoever may read them.
func TestPrunePassedOver(t *testing.T) {
	index := world()["Registry.toml"] +
		"11111111-AAAA-4BBB-8CCC-000000000001 = { name = \"Twin\", path = \"T/Twin\" }\n" +
		"11111111-aaaa-4bbb-8ccc-000000000091 = { name = \"a b\", path = \"B/Bad\" }\n" +
		"11111111-aaaa-4bbb-8ccc-000000000092 = { name = \"Same\", path = \"W/Wick\" }\n" +
		"11111111-aaaa-4bbb-8ccc-000000000093 = { path = \"N/Nameless\" }\n"
	r := read(t, with(world(), "Registry.toml", index,
		"T/Twin/Versions.toml", versionsTable("1.0.0"), "B/Bad/Versions.toml", versionsTable("1.0.0"), "Q/Unlisted/Versions.toml", versionsTable("1.0.0")))
	changes := prune(t, r, func(*registry.Package, registry.Release) bool { return true })
	if diff := cmp.Diff(map[string]string{"T/Twin/Versions.toml": "", "B/Bad/Versions.toml": ""}, changes.Files); diff != "" || len(r.Problems()) != 4 {
		t.Errorf("%v\n%s", r.Problems(), diff)
	}
	if _, err := r.WritePruned(io.Discard, changes); err != nil {
		t.Error(err)
	}
}

// TestWritePruned reads the result back, from memory and from a spool.
func TestWritePruned(t *testing.T) {
	tarball := pack(t, world(), "./") // clients could not read this one
	var results [][]byte
	for _, o := range []registry.Options{{}, {Spool: &spool{}}} {
		r, err := registry.Read(bytes.NewReader(tarball), o)
		if err != nil {
			t.Fatal(err)
		}
		changes := prune(t, r, only("Lantern 1.2.0", "Oil_jll 1.2.4+0"))
		var b bytes.Buffer
		hash, err := r.WritePruned(&b, changes)
		if err != nil {
			t.Fatal(err)
		}
		back, err := registry.Read(bytes.NewReader(b.Bytes()), registry.Options{})
		if err != nil || back.Hash() != hash || !back.PlainNames() || hash == r.Hash() || back.UUID != r.UUID {
			t.Fatalf("%v, %v, hash %v, want %v", back, err, back.Hash(), hash)
		}
		// The hash is that of the same files, packed by others.
		files := world()
		maps.Copy(files, changes.Files)
		if other := read(t, files); other.Hash() != hash {
			t.Errorf("hash %v, want %v", hash, other.Hash())
		}
		results = append(results, b.Bytes())
	}
	if !bytes.Equal(results[0], results[1]) {
		t.Error("the spool makes a difference")
	}
}

func TestPrunedHasWhatWasKept(t *testing.T) {
	r := read(t, world())
	rapid.Check(t, func(rt *rapid.T) {
		kept := map[string]bool{}
		changes := prune(t, r, func(p *registry.Package, release registry.Release) bool {
			name := p.UUID.String() + " " + release.Version.String()
			kept[name] = rapid.Bool().Draw(rt, name)
			return kept[name]
		})
		var b bytes.Buffer
		hash, err := r.WritePruned(&b, changes)
		if err != nil {
			rt.Fatal(err)
		}
		back, err := registry.Read(&b, registry.Options{})
		if err != nil || back.Hash() != hash || back.Len() != r.Len() {
			rt.Fatalf("%v with %d packages, %v", back, back.Len(), err)
		}
		left := map[string]bool{}
		for _, p := range back.Packages() {
			releases, err := p.Releases()
			if err != nil {
				rt.Fatal(err)
			}
			for _, release := range releases {
				left[p.UUID.String()+" "+release.Version.String()] = true
				if release.Tree.String() != treeOf(release.Version.String()) {
					rt.Fatalf("%s has the tree %s", release.Version, release.Tree)
				}
			}
		}
		maps.DeleteFunc(kept, func(_ string, keep bool) bool { return !keep })
		if !maps.Equal(kept, left) {
			rt.Fatalf("kept %v, left %v", kept, left)
		}
	})
}

func TestWritePrunedRefuses(t *testing.T) {
	inDir, err := registry.ReadFS(dir(world()))
	if err != nil {
		t.Fatal(err)
	}
	changes := prune(t, inDir, only("Moths 3.0.0"))
	if len(changes.Files) != 4 {
		t.Errorf("%v", changes.Files)
	}
	if _, err := inDir.PrunedHash(changes); !errors.Is(err, registry.ErrNotTarball) {
		t.Error(err)
	}
	if _, err := inDir.WritePruned(io.Discard, changes); !errors.Is(err, registry.ErrNotTarball) {
		t.Errorf("from a directory: %v", err)
	}
	r := read(t, world())
	if hash, err := r.WritePruned(failing{}, changes); !errors.Is(err, iotest.ErrTimeout) || hash != (treehash.Hash{}) {
		t.Errorf("to a full disk: %v, %v", hash, err)
	}
	if _, err := r.WritePruned(io.Discard, &registry.Pruning{Files: map[string]string{"no/such": ""}}); err == nil {
		t.Error("a file that is not there was replaced")
	}
	if _, err := inDir.WritePruned(io.Discard, &registry.Pruning{}); err == nil {
		t.Error("a directory was written")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, iotest.ErrTimeout }

func TestPrunedHashIsThatOfTheTarball(t *testing.T) {
	r := read(t, world())
	if hash, err := r.PrunedHash(&registry.Pruning{}); err != nil || hash != r.Hash() {
		t.Errorf("%v, %v, want %v", hash, err, r.Hash())
	}
	rapid.Check(t, func(t *rapid.T) {
		drop := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"Lantern", "Wick", "Oil_jll", "Moths"}), rapid.ID).Draw(t, "dropped")
		major := rapid.Uint32Range(0, 3).Draw(t, "major")
		changes, err := r.Prune(func(p *registry.Package, release registry.Release) bool {
			return !slices.Contains(drop, p.Name) || release.Version.Major < major
		})
		if err != nil {
			t.Fatal(err)
		}
		planned, err := r.PrunedHash(changes)
		if err != nil {
			t.Fatal(err)
		}
		if written, err := r.WritePruned(io.Discard, changes); err != nil || written != planned {
			t.Errorf("%v, %v, but %v was planned", written, err, planned)
		}
	})
	for _, path := range []string{"", "W", "absent", "W/Wick"} {
		changes := &registry.Pruning{Files: map[string]string{path: ""}}
		if _, err := r.PrunedHash(changes); !errors.Is(err, treehash.ErrNoFile) {
			t.Errorf("%q: %v", path, err)
		}
		if _, err := r.WritePruned(io.Discard, changes); !errors.Is(err, treehash.ErrNoFile) {
			t.Errorf("%q: %v", path, err)
		}
	}
}
