//go:build e2e

package e2e

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/justmr/justmrtest"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
)

// A gap is two sites: a low one, which mirrors all three ecosystems from upstreams, and a
// high one in a network that nothing reaches. A stick goes from one to the other, and a slip of
// paper back.
type gap struct {
	t      testing.TB
	hex    repository
	julia  juliaSite
	justmr *justmrSite
	rules  *gitUpstream

	low, high mirror
	stick     string // a folder
}

func newGap(t testing.TB) *gap {
	t.Helper()
	g := &gap{t: t, hex: published(t).copied(t), justmr: newJustMRSite(t)}
	g.julia = newJuliaSite(t, juliaPublished(t).copied(t))
	url, content := g.justmr.archive(0, "/pub/zlib-1.0.tar.gz")
	g.justmr.config.Add("zlib", justmrtest.Archive(content, url))
	large := make([]byte, 5<<19) // more than two volumes hold
	rand.NewChaCha8([32]byte{}).Read(large)
	url, content = g.justmr.put(0, "/pub/large-1.0.tar.gz", justmrtest.TarGz(justmrtest.File{Name: "large/noise", Text: string(large)}))
	g.justmr.config.Add("large", justmrtest.Archive(content, url))
	g.rules = g.justmr.repository(1, "rules")
	g.justmr.config.Add("rules", justmrtest.Git(g.rules.URL(), "master", g.rules.commit("master", "one")))
	g.justmr.write()

	folder := newFolder(t)
	g.low = mirror{t: t, root: filepath.Join(folder, "low")}
	config := filepath.Join(folder, "offmirror.toml")
	g.low.sync = []string{"--config", config}
	writeFile(t, config, fmt.Sprintf(`[fetch.local_mirrors]
%q = [%q]
%q = [%q]
%q = [%q]

[hex]
upstream = %q
public_key = %q
installs = "none"

[julia]
upstream = %q

[justmr]
configs = [%q]
`, originURL, g.julia.up.URL+"/", gitURL, g.julia.git+"/", corpURL, g.julia.git+"/",
		newUpstream(t, g.hex.dir).URL, g.hex.publicKey, g.julia.up.URL, filepath.Join(g.justmr.folder, "repos.json")))
	g.high = mirror{t: t, root: filepath.Join(newFolder(t), "high"), enclave: newEnclave(t)}
	g.stick = filepath.Join(newHome(t, trixie).dir, "stick")
	return g
}

// update brings the low side up to date.
func (g *gap) update() {
	g.t.Helper()
	g.low.offmirror(append([]string{"sync"}, g.low.sync...)...).ok()
}

// change makes something new upstream in every ecosystem.
func (g *gap) change() {
	g.t.Helper()
	g.hex.publish(tree("1.2.0"))
	g.julia.publish("General", leafJL("1.3.0"), treeJL("1.2.0"))
	url, content := g.justmr.archive(0, "/pub/zlib-1.1.tar.gz")
	g.justmr.config.Add("zlib", justmrtest.Archive(content, url))
	g.justmr.config.Add("rules", justmrtest.Git(g.rules.URL(), "master", g.rules.commit("master", "two")))
	g.justmr.write()
}

// manifest is the only one on a stick, and its file.
func (g *gap) manifest(stick string) (*bundle.Manifest, string) {
	g.t.Helper()
	found, err := filepath.Glob(filepath.Join(stick, "*"+bundle.ManifestSuffix))
	if err != nil || len(found) != 1 {
		g.t.Fatalf("manifests on the stick: %q, %v", found, err)
	}
	m, err := bundle.Parse([]byte(readFile(g.t, found[0])))
	if err != nil {
		g.t.Fatal(err)
	}
	return m, found[0]
}

// entries is what a snapshot of the low side holds, by digest.
func (g *gap) entries(ecosystem, id string) map[string]int64 {
	g.t.Helper()
	f, err := os.Open(filepath.Join(g.low.root, "snapshots", ecosystem, id))
	if err != nil {
		g.t.Fatal(err)
	}
	defer f.Close()
	s, err := layout.NewScanner(f)
	if err != nil {
		g.t.Fatal(err)
	}
	defer s.Close()
	held := map[string]int64{}
	for s.Next() {
		if e := s.Entry(); !e.IsLink() {
			held[e.Object.String()] = e.Size
		}
	}
	if s.Err() != nil {
		g.t.Fatal(s.Err())
	}
	return held
}

// news is how many objects of the second manifest's snapshots none of the first one's has, and their bytes.
func (g *gap) news(first, second *bundle.Manifest) (objects, bytes int64) {
	g.t.Helper()
	had, fresh := map[string]bool{}, map[string]int64{}
	for _, e := range first.Ecosystems {
		for id := range g.entries(e.Name, e.Snapshot) {
			had[id] = true
		}
	}
	for _, e := range second.Ecosystems {
		for id, size := range g.entries(e.Name, e.Snapshot) {
			if !had[id] {
				fresh[id] = size
			}
		}
	}
	for _, size := range fresh {
		objects, bytes = objects+1, bytes+size
	}
	return objects, bytes
}

// clients drives the real clients on the high side, which must get these versions.
func (g *gap) clients(url, hexTree, juliaTree string) {
	g.t.Helper()
	p := newMixProject(g.t, trixie, `{:tree, "~> 1.0"}`)
	p.enclave = g.high.enclave
	p.uses(url + "/hex").trusts(g.hex.publicKey).mix("deps.get").ok()
	p.says("Tree.name()", hexTree)

	u := newJuliaUser(g.t, url+"/julia")
	u.enclave = g.high.enclave
	u.add("Tree").ok()
	u.says("Tree", "Tree.name()", juliaTree)

	want := g.justmr.fromUpstream(trixie)
	builder := g.justmr.user(trixie)
	builder.enclave = g.high.enclave
	local := g.high.offmirror("justmr", "local", "--url", url+"/justmr").ok().output
	wantRoots(g.t, builder.setup(builder.local(local)...), want)
}

// volumes returns the volumes of a bundle, as they lie on a stick.
func volumes(t testing.TB, stick string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(stick, "*.tar"))
	if err != nil || len(found) == 0 {
		t.Fatalf("volumes on the stick: %q, %v", found, err)
	}
	return found
}

// payload is where the last object of a bundle's first volume begins.
func payload(t testing.TB, m *bundle.Manifest, volume string) int64 {
	t.Helper()
	f, err := os.Open(volume)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	index := m.Volumes[0].Index
	r, err := bundle.NewIndexReader(io.NewSectionReader(f, index.Offset, index.Size), m.Name, 1, index)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	at := int64(0)
	for r.Next() {
		if e := r.Entry(); e.Size > 0 {
			at = e.Offset
		}
	}
	if r.Err() != nil || at == 0 {
		t.Fatalf("no object in %s: %v", volume, r.Err())
	}
	return at
}

// newest is what the trees of both languages say after gap.change.
func newest() (hex, julia string) {
	return "tree 1.2.0 with " + newestBranch, strings.NewReplacer("tree 1.1.0", "tree 1.2.0", "leaf 1.1.0", "leaf 1.3.0").Replace(treeSays)
}
