package treetar_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
)

// From a mirrored repository, as a driver does it: one process for all objects of many
// versions, and a version whose objects are not there in between.
func TestTarballsOfAMirroredRepository(t *testing.T) {
	r := newRepo(t)
	var trees []treehash.Hash
	for _, content := range []string{"one", "two", "three"} {
		r.write("src/Toy.jl", content, 0o644)
		r.write("deps/build.sh", "#!/bin/sh", 0o755)
		trees = append(trees, r.tree())
		r.git("", "commit", "-qm", content)
	}
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	git, err := gitrepo.New(t.Context(), gitrepo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store, err := gitrepo.NewStore(git, root)
	if err != nil {
		t.Fatal(err)
	}
	repo, _, err := store.Update(t.Context(), gitrepo.Source{URL: "https://git.example.org/Toy.jl", Candidates: []string{r.dir}})
	if err != nil {
		t.Fatal(err)
	}
	objects, err := repo.Objects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer objects.Close()
	for _, tree := range trees {
		var out bytes.Buffer
		if err := treetar.PackGit(&out, objects, tree, treetar.Limits{}); err != nil || hash(t, out.Bytes()) != tree {
			t.Errorf("%v: %v", tree, err)
		}
		if !bytes.Equal(out.Bytes(), r.pack(tree)) {
			t.Errorf("%v: other bytes than from the working copy", tree)
		}
		absent := treehash.Hash{1, 2, 3}
		if err := treetar.PackGit(io.Discard, objects, absent, treetar.Limits{}); !errors.Is(err, gitrepo.ErrNotFound) {
			t.Error(err)
		}
	}
}
