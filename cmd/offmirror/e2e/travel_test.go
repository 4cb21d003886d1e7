//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"
)

// TestTimeTravel has mix and Julia live in the past: below a snapshot's id, a tag and a day.
func TestTimeTravel(t *testing.T) {
	t.Parallel()
	t.Run("mix", func(t *testing.T) {
		t.Parallel()
		r := published(t).copied(t)
		m := newMirror(t, newUpstream(t, r.dir).URL, r).synced()
		first := m.current()
		m.offmirror("snapshot", "tag", "hex", "current", "release-7").ok()
		r.publish(tree("1.2.0"))
		m.synced()
		served := m.serve()
		withHex(t, func(t *testing.T, s system) {
			for ref, want := range map[string]string{
				"":            "tree 1.2.0 with " + newestBranch,
				"/@" + first:  newestTree,
				"/@release-7": newestTree,
				"/@" + time.Now().UTC().Format(time.DateOnly): "tree 1.2.0 with " + newestBranch,
			} {
				p := newMixProject(t, s, `{:tree, "~> 1.0"}`).uses(served.URL + ref).trusts(r.publicKey)
				p.mix("deps.get").ok()
				p.says("Tree.name()", want)
			}
		})
	})
	t.Run("julia", func(t *testing.T) {
		t.Parallel()
		w := juliaPublished(t).copied(t)
		m := newJuliaSite(t, w).mirror(t).synced()
		m.offmirror("snapshot", "tag", "julia", "current", "release-7").ok()
		first := m.current()
		w.publish("General", treeJL("1.2.0"))
		m.synced()
		served := m.serve()
		newer := strings.Replace(treeSays, "tree 1.1.0", "tree 1.2.0", 1)
		for ref, want := range map[string]string{
			"": newer, "/@" + first[:12]: treeSays, "/@release-7": treeSays, "/@" + time.Now().UTC().Format(time.DateOnly): newer,
		} {
			u := newJuliaUser(t, served.URL+ref)
			u.add("Tree").ok()
			u.says("Tree", "Tree.name()", want)
			u.stayed(served)
		}
	})
}
