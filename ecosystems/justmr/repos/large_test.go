package repos_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/justmr/repos"
)

// document is a configuration of n repositories.
func document(t *testing.T, n int, describe func(i int) map[string]any) []byte {
	t.Helper()
	list := map[string]any{}
	for i := range n {
		list[fmt.Sprintf("r%d", i)] = describe(i)
	}
	data, err := json.Marshal(map[string]any{"repositories": list})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Work that grew with the cube of the length of a chain would take hours here.
func TestLongChainsOfReferences(t *testing.T) {
	const n = 20_000
	c, err := repos.Parse("repos.json", document(t, n, func(i int) map[string]any {
		if i == n-1 {
			return map[string]any{"repository": map[string]any{"type": "file", "path": "."}}
		}
		return map[string]any{"repository": fmt.Sprintf("r%d", i+1)}
	}))
	if err != nil || len(c.Problems) > 0 {
		t.Fatal(err, len(c.Problems))
	}
	for i := range n {
		r, err := c.Resolve(fmt.Sprintf("r%d", i))
		if err != nil || r.Name != fmt.Sprintf("r%d", n-1) {
			t.Fatal(r, err)
		}
	}
}

func TestLongCyclesAreToldOfInShortLines(t *testing.T) {
	const n = 20_000
	c, err := repos.Parse("repos.json", document(t, n, func(i int) map[string]any {
		return map[string]any{"repository": fmt.Sprintf("r%d", (i+1)%n)}
	}))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Problems) != n {
		t.Fatalf("%d problems", len(c.Problems))
	}
	for _, p := range c.Problems {
		if text := p.Error(); len(text) > 500 || !strings.Contains(text, "circle") || !strings.Contains(text, p.Repository) {
			t.Fatalf("%d bytes: %.600s", len(text), text)
		}
	}
	if _, err := c.Resolve("r0"); err == nil {
		t.Error("a cycle leads somewhere")
	}
}

// Each layer is computed from a repository with the next layer.
func TestDeepLayersOfComputedRoots(t *testing.T) {
	const n = 20_000
	c, err := repos.Parse("repos.json", document(t, n, func(i int) map[string]any {
		if i%2 == 1 {
			return map[string]any{"repository": map[string]any{"type": "tree structure", "repo": fmt.Sprintf("r%d", (i+1)%n)}}
		}
		return map[string]any{"repository": map[string]any{"type": "file", "path": "."}, "target_root": fmt.Sprintf("r%d", i+1)}
	}))
	if err != nil || len(c.Problems) > 0 {
		t.Fatal(err, len(c.Problems))
	}
	names, err := c.Needed("r0")
	if err != nil || len(names) != n {
		t.Fatalf("%d of %d repositories, %v", len(names), n, err)
	}
}
