package justmr

import (
	"fmt"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/justmr/repos"
)

// One content may be named by very many repositories, each with URLs of its own. Comparing each with each
// would take minutes.
func TestVeryManyURLsOfOneThing(t *testing.T) {
	const n = 60_000
	all := &sources{files: map[string]*fileSource{}, git: map[string]*gitSource{}, trees: map[string]*treeSource{}}
	const id = "0123456789012345678901234567890123456789"
	for i := range n {
		u := use{"repos.json", fmt.Sprintf("r%d", i), "repos.json"}
		fetch, mirror := fmt.Sprintf("https://e.org/%d/f", i), fmt.Sprintf("https://m.org/%d/f", i)
		roots := []*repos.Root{
			{Kind: repos.KindArchive, Archive: &repos.Archive{Content: id, Fetch: fetch, Mirrors: []string{mirror, "https://all.org/f", fetch}, Distfile: "f"}},
			{Kind: repos.KindGit, Git: &repos.Git{URL: "https://e.org/r", Commit: fmt.Sprintf("%040x", i), Branch: fmt.Sprintf("b%d", i), Mirrors: []string{mirror, "https://all.org/f"}}},
		}
		for _, root := range roots {
			if err := all.add(u, root, "/", true); err != nil {
				t.Fatal(err)
			}
		}
	}
	f, g := all.sortedFiles()[0], all.sortedGit()[0]
	first, others := f.candidates()
	if first != "https://e.org/0/f" || others[0] != "https://m.org/0/f" || others[1] != "https://all.org/f" || others[2] != "https://e.org/1/f" || len(others) != 2*n {
		t.Errorf("%d others: %s, %q", len(others), first, others[:3])
	}
	if first, others := g.candidates(); first != "https://e.org/r" || others[0] != "https://m.org/0/f" || others[1] != "https://all.org/f" || len(others) != n+1 {
		t.Errorf("%d others: %s, %q", len(others), first, others[:2])
	}
	if r := f.request(); len(r.Mirrors) != 2*n || len(r.Aliases) != n-1 {
		t.Errorf("a request for %d and %d URLs", len(r.Mirrors), len(r.Aliases))
	}
	if commits := g.commits(); len(commits) != n || len(g.pins) != n {
		t.Errorf("%d commits, %d pins", len(commits), len(g.pins))
	}
}
