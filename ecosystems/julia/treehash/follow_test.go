package treehash_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

func TestFollow(t *testing.T) {
	body := archive(
		file("a", "1"), file("d/f", "22"), folder("d/e"),
		symlink("to-a", "a"), symlink("d/up", "../a"), symlink("dir", "d"), symlink("d/e/deep", "../../dir/./f"),
		symlink("out", "../a"), symlink("absolute", "/a"), symlink("nowhere", "b"), symlink("self", "self"),
		symlink("x", "y"), symlink("y", "x"), symlink("through", "a/b"), symlink("root", "."), symlink("back", "d/.."),
	)
	records := []record{file("end", "")}
	for i := range 41 {
		to := "end"
		if i > 0 {
			to = fmt.Sprint("hop", i-1)
		}
		records = append(records, symlink(fmt.Sprint("hop", i), to))
	}
	read := func(body []byte) *treehash.Tree {
		tree, err := treehash.Read(bytes.NewReader(body), treehash.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return tree
	}
	tree, chain := read(body), read(archive(records...))
	for _, test := range []struct {
		tree       *treehash.Tree
		path, want string // "" if there is nothing
	}{
		{tree, "a", "a"}, {tree, "d", "d"}, {tree, "d/f", "d/f"}, {tree, "b", ""}, {tree, "a/b", ""}, {tree, "", ""},
		{tree, "to-a", "a"}, {tree, "d/up", "a"}, {tree, "dir", "d"}, {tree, "dir/f", "d/f"}, {tree, "dir/e/deep", "d/f"},
		{tree, "dir/up", "a"}, {tree, "root/root/dir/f", "d/f"}, {tree, "back/a", "a"},
		{tree, "out", ""}, {tree, "absolute", ""}, {tree, "nowhere", ""}, {tree, "self", ""}, {tree, "x", ""}, {tree, "through", ""},
		{chain, "hop39", "end"}, {chain, "hop40", ""},
	} {
		e, ok := test.tree.Follow(test.path)
		if ok != (test.want != "") || e.Path != test.want || ok && e.Kind == treehash.Symlink {
			t.Errorf("%q leads to %+v, %v, not to %q", test.path, e, ok, test.want)
		}
	}
}
