package layout

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// spareTree opens a new tree that syncs whenever some folders are to be synced.
func (m *mirror) spareTree(t testing.TB) *tree {
	t.Helper()
	must(t, m.root.MkdirAll("tree", 0o755))
	tree, err := openTree(m.root, "tree", m.store)
	must(t, err)
	t.Cleanup(tree.close)
	tree.most = 3
	return tree
}

// Folders are synced on the way, so that not all of a large tree's are remembered, whichever
// way it is made.
func TestTreesOfManyFolders(t *testing.T) {
	t.Parallel()
	f := files{"top": "1"}
	for i := range 30 {
		f[fmt.Sprintf("a/%02d/file", i)] = fmt.Sprint(i)
		f[fmt.Sprintf("b/%02d/x/link", i)] = "-> ../../../top"
	}
	later := files{"top": "2", "a/07/file": "7", "a/31/file": "new", "b": "a file"}
	for _, way := range []string{"change", "compare"} {
		m := newMirror(t)
		tree := m.spareTree(t)
		most := 0
		tree.step = func(at Step) {
			if at == StepLink {
				most = max(most, len(tree.touched))
			}
		}
		have := &List{}
		for _, want := range []files{f, later, f} {
			s := m.write(want)
			if way == "compare" {
				must(t, tree.compare(t.Context(), s.List))
			} else {
				from := have.cursor(0)
				must(t, tree.change(t.Context(), &from, s.walk))
			}
			have = s.List
			must(t, tree.sync())
			if diff := cmp.Diff(want, readTree(t, m.root, "tree")); diff != "" {
				t.Errorf("%s: %s", way, diff)
			}
		}
		if most > 3+4 { // one entry may need a folder and those above it
			t.Errorf("%s: %d folders were remembered", way, most)
		}
	}
}

// A list that turns out to be damaged while it is read for the first or the second time ends
// the change with that error.
func TestChangeToADamagedList(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	s := m.write(manyFiles(50, 0))
	whole := m.keptBytes(t, s.ID)
	text := decompress(t, whole)
	cut := compress(t, text[:len(text)-len(text)/3])
	for broken := 1; broken <= 3; broken++ {
		tree := m.spareTree(t)
		times := 0
		err := tree.change(t.Context(), &cursor{list: &List{}}, func() (walk, func(), error) {
			times++
			if times == broken && broken == 2 {
				return nil, nil, os.ErrClosed
			}
			data := whole
			if times == broken {
				data = cut
			}
			scanner, err := NewScanner(strings.NewReader(string(data)))
			return scanner, func() { scanner.Close() }, err
		})
		switch broken {
		case 1:
			if err == nil || !strings.Contains(err.Error(), "unexpected EOF") && !strings.Contains(err.Error(), "has the id") {
				t.Errorf("cut the first time: %v", err)
			}
			if got := readTree(t, m.root, "tree"); len(got) > 0 {
				t.Errorf("an unproven list brought %d files", len(got))
			}
		case 2:
			if !errors.Is(err, os.ErrClosed) {
				t.Errorf("gone the second time: %v", err)
			}
		case 3:
			if err != nil || times != 2 {
				t.Errorf("a sound one, read %d times: %v", times, err)
			}
		}
	}
	if diff := cmp.Diff(manyFiles(50, 0), readTree(t, m.root, "tree")); diff != "" {
		t.Error(diff)
	}
}
