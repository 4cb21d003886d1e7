package justmr_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A repository is asked once for all git trees that are looked for, not once for each.
func TestManyGitTreesAreLookedForTogether(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	log := filepath.Join(bin, "log")
	script := "#!/bin/sh\nprintf '%s\\n' \"$*\" >>'" + log + "'\nexec '" + git + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "git"), []byte(script), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	w := newWorld(t)
	r := w.gitHost().repo("r.git")
	commit := r.commit("a", "a")
	tree := r.git("rev-parse", commit+"^{tree}")
	r.push()
	entries := []string{gitEntry("r", r.url, "main", commit)}
	const n = 40
	for i := range n {
		id := fmt.Sprintf("%040x", i+1)
		if i == n/2 {
			id = tree
		}
		entries = append(entries, fmt.Sprintf(`"t%d": {"repository": {"type": "git tree", "id": "%s", "cmd": ["false"]}}`, i, id))
	}
	w.config(strings.Join(entries, ","))
	if o := w.sync(); o.Err != nil || len(o.Missing) != n-1 {
		t.Fatalf("%v, missing %+v", o.Err, o.Missing)
	}
	if l := w.locations(); len(l.Trees) != 1 || l.Trees[0].ID != tree {
		t.Errorf("%+v", l.Trees)
	}
	calls, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if asked := strings.Count(string(calls), "cat-file --batch-check"); asked == 0 || asked >= n/2 {
		t.Errorf("git was started %d times to look for %d trees", asked, n)
	}
}
