//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/layout/bundle"
)

// TestGap carries three ecosystems to a network that nothing reaches, and what changes
// after that; the real clients live there.
func TestGap(t *testing.T) {
	t.Parallel()
	g := newGap(t)
	g.update()
	g.low.offmirror("bundle", "create", "-o", g.stick, "--volume-size", "1MiB", "--full").ok()
	first, manifest := g.manifest(g.stick)
	if n := len(volumes(t, g.stick)); n != len(first.Volumes) || n < 2 {
		t.Fatalf("%d volumes on the stick, %d in the manifest, want several", n, len(first.Volumes))
	}
	for _, v := range volumes(t, g.stick) {
		if info, err := os.Stat(v); err != nil || info.Size() >= 1<<20 {
			t.Errorf("%s: %v, %v", v, info.Size(), err)
		}
	}
	g.stockTools(manifest)

	t.Log("the high side takes it in and serves it")
	g.high.offmirror("bundle", "inspect", g.stick).ok(first.Name)
	g.high.offmirror("bundle", "verify", g.stick).ok()
	g.high.offmirror("bundle", "apply", "--dry-run", g.stick).ok()
	if _, err := os.Stat(filepath.Join(g.high.root, "snapshots")); err == nil {
		t.Error("a dry run has made snapshots")
	}
	g.high.offmirror("bundle", "apply", g.stick).ok()
	g.high.offmirror("verify").ok()
	url := g.high.start()
	g.clients(url, newestTree, treeSays)

	t.Log("upstream changes; a receipt goes down, the difference comes up")
	receipt := filepath.Join(filepath.Dir(g.low.root), "receipt.txt")
	g.high.offmirror("receipt", "-o", receipt).ok()
	g.change()
	g.update()
	delta := filepath.Join(filepath.Dir(g.stick), "delta")
	g.low.offmirror("bundle", "create", "-o", delta, "--volume-size", "1MiB", "--receipt", receipt).ok()
	second, manifest := g.manifest(delta)
	if objects, bytes := g.news(first, second); second.Objects != objects || second.Bytes != bytes || objects == 0 {
		t.Errorf("the difference has %d objects of %d bytes, the change is %d of %d", second.Objects, second.Bytes, objects, bytes)
	}
	g.stockTools(manifest)
	g.loses(delta)
	g.refusesTampering(delta)
	g.high.offmirror("bundle", "apply", delta).ok()
	g.high.offmirror("verify").ok()
	hexTree, juliaTree := newest()
	g.clients(url, hexTree, juliaTree)

	t.Log("a replay is refused, a rollback is seen")
	g.high.offmirror("bundle", "apply", g.stick).fails("--allow-rollback")
	for _, ecosystem := range []string{"hex", "julia"} {
		g.high.offmirror("snapshot", "rollback", ecosystem).ok()
	}
	p := newMixProject(t, trixie, `{:tree, "~> 1.0"}`)
	p.enclave = g.high.enclave
	p.uses(url + "/hex").trusts(g.hex.publicKey).mix("deps.get").ok()
	p.says("Tree.name()", newestTree)
	u := newJuliaUser(t, url+"/julia")
	u.enclave = g.high.enclave
	u.add("Tree").ok()
	u.says("Tree", "Tree.name()", treeSays)
}

// stockTools checks a bundle with programs that know nothing of offmirror, and rescues its objects with them.
func (g *gap) stockTools(manifest string) {
	g.t.Helper()
	stick := home{t: g.t, system: trixie, dir: filepath.Dir(manifest)}
	name := filepath.Base(manifest)
	stick.run("", nil, "minisign", "-Vm", name, "-P", g.key()).ok("Signature and comment signature verified")
	stick.run("", nil, "sha256sum", "--strict", "-c", name).ok()
	stick.run("", nil, "sh", "-c", `set -e; mkdir rescue; for v in *.tar; do tar -C rescue -xf "$v"; done
		cd rescue/objects
		for first in */*.part-0001; do [ -e "$first" ] || continue; whole=${first%.part-0001}; cat "$whole".part-* >"$whole"; rm "$whole".part-*; done
		for o in */*; do echo "$(basename "$o")  $o"; done | sha256sum --strict --quiet -c
		for s in ../snapshots/*/*; do case $s in *.part-*) ;; *) zstd -q -d -c "$s" | head -n 1 | grep -q '"ecosystem"' ;; esac; done`).ok()
	remove(g.t, filepath.Join(stick.dir, "rescue"))
}

// key is the public key of the low side, as minisign takes it.
func (g *gap) key() string {
	g.t.Helper()
	words := strings.Fields(g.low.offmirror("key", "show", filepath.Join(g.low.root, "state/keys/bundle.key")).ok("key ").output)
	return words[1]
}

// loses loses a volume and has it made again, byte for byte.
func (g *gap) loses(stick string) {
	g.t.Helper()
	_, manifest := g.manifest(stick)
	lost := volumes(g.t, stick)[0]
	want := []byte(readFile(g.t, lost))
	remove(g.t, lost)
	g.high.offmirror("bundle", "apply", stick).exits(1, "bring volume 1")
	g.low.offmirror("bundle", "create", "-o", stick, "--remake", manifest).ok()
	if got := []byte(readFile(g.t, lost)); !bytes.Equal(got, want) {
		g.t.Errorf("%s was made again with other bytes", filepath.Base(lost))
	}
}

// refusesTampering changes a byte of a volume and of the manifest.
func (g *gap) refusesTampering(stick string) {
	g.t.Helper()
	before := g.published()
	m, manifest := g.manifest(stick)
	volume := volumes(g.t, stick)[0]
	at := payload(g.t, m, volume)
	flipByte(g.t, volume, at)
	g.high.offmirror("bundle", "verify", stick).exits(4, filepath.Base(volume))
	g.high.offmirror("bundle", "apply", stick).exits(1)
	flipByte(g.t, volume, at)

	text := readFile(g.t, manifest)
	writeFile(g.t, manifest, "# "+text)
	g.high.offmirror("bundle", "apply", stick).fails("manifest")
	writeFile(g.t, manifest, text)
	signature := manifest + bundle.SignatureSuffix
	signed := readFile(g.t, signature)
	remove(g.t, signature)
	g.high.offmirror("bundle", "apply", stick).fails(filepath.Base(signature))
	g.high.offmirror("bundle", "apply", "--allow-unsigned", stick).fails(filepath.Base(signature))
	writeFile(g.t, signature, signed)
	if after := g.published(); after != before {
		g.t.Errorf("refused bundles changed what is published from %s to %s", before, after)
	}
}

// published is the snapshots that the high side shows.
func (g *gap) published() string {
	g.t.Helper()
	var ids []string
	for _, ecosystem := range []string{"hex", "julia", "justmr"} {
		m := g.high
		m.ecosystem = ecosystem
		ids = append(ids, m.current())
	}
	return strings.Join(ids, " ")
}
