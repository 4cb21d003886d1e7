//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestKeysOfMinisign: keys, signatures and rotations of offmirror are those of the stock program, in both directions.
func TestKeysOfMinisign(t *testing.T) {
	t.Parallel()
	const good = "Signature and comment signature verified"
	h := newHome(t, trixie)
	m := mirror{t: t, root: filepath.Join(h.dir, "mirror")}
	h.write("file", "something to sign\n")

	t.Log("a key of offmirror in minisign's hands")
	m.offmirror("key", "generate", "-o", "ours.key").ok()
	h.run("", nil, "minisign", "-Sm", "file", "-s", "ours.key", "-t", "signed by hand").ok()
	h.run("", nil, "minisign", "-Vm", "file", "-p", "ours.key.pub").ok(good, "signed by hand")
	h.run("", nil, "minisign", "-R", "-s", "ours.key", "-p", "again.pub").ok()
	if line := lastLine(h.read("again.pub")); line != lastLine(h.read("ours.key.pub")) {
		t.Errorf("minisign takes the public key to be %s", line)
	}

	t.Log("one that a password protects")
	locked := m
	locked.env = []string{"OFFMIRROR_KEY_PASSWORD=correct horse"}
	locked.offmirror("key", "generate", "-o", "locked.key").ok()
	h.run("", nil, "sh", "-c", `echo "correct horse" | minisign -Sm file -s locked.key -x locked.minisig`).ok()
	h.run("", nil, "minisign", "-Vm", "file", "-p", "locked.key.pub", "-x", "locked.minisig").ok(good)
	h.run("", nil, "sh", "-c", `echo "battery staple" | minisign -Sm file -s locked.key -x wrong.minisig`).fails("password")
	m.offmirror("key", "show", "locked.key").exits(1, "OFFMIRROR_KEY_PASSWORD")
	locked.offmirror("key", "show", "locked.key").ok(lastLine(h.read("locked.key.pub")))

	t.Log("keys of minisign in offmirror's hands")
	h.run("", nil, "minisign", "-G", "-W", "-p", "theirs.pub", "-s", "theirs.key").ok()
	m.offmirror("key", "show", "theirs.key").ok(lastLine(h.read("theirs.pub")))
	h.run("", nil, "sh", "-c", `printf "correct horse\ncorrect horse\n" | minisign -G -p sealed.pub -s sealed.key`).ok()
	locked.offmirror("key", "show", "sealed.key").ok(lastLine(h.read("sealed.pub")))
	m.offmirror("key", "trust", "theirs.pub").ok()

	t.Log("rotations")
	m.offmirror("key", "generate", "-o", "next.key", "--replaces", "theirs.key").ok()
	h.run("", nil, "minisign", "-Vm", "next.key.pub", "-p", "theirs.pub").ok(good, "offmirror key rotation")
	h.run("", nil, "sh", "-c", `head -n 2 next.key.rotations >new.pub && tail -n 4 next.key.rotations >new.pub.minisig`).ok()
	h.run("", nil, "minisign", "-Vm", "new.pub", "-p", "theirs.pub").ok(good)

	t.Log("receipts")
	m.offmirror("receipt", "-o", "receipt.txt", "--site", "plant-7").ok()
	h.run("", nil, "sh", "-c", `head -n 2 receipt.txt >list && tail -n 4 receipt.txt >list.minisig`).ok()
	h.run("", nil, "minisign", "-Vm", "list", "-p", "mirror/state/keys/bundle.key.pub").ok(good, "offmirror receipt of plant-7")
	flipByte(t, filepath.Join(h.dir, "list"), 40)
	h.run("", nil, "minisign", "-Vm", "list", "-p", "mirror/state/keys/bundle.key.pub").fails("verification failed")
}

// TestSignedByHand: what stock minisign has signed on a machine with nothing else crosses the gap, and so does
// the successor that it has named.
func TestSignedByHand(t *testing.T) {
	t.Parallel()
	h := newHome(t, trixie)
	repo := published(t)
	low := mirror{t: t, ecosystem: "hex", root: filepath.Join(h.dir, "low"), sync: []string{"--upstream", newUpstream(t, repo.dir).URL, "--public-key", repo.publicKey, "--installs", "none"}}.synced()
	high := mirror{t: t, root: filepath.Join(h.dir, "high")}
	signBundle := func(folder, key string) {
		t.Helper()
		h.run(folder, nil, "sh", "-c", `rm *.minisig && minisign -Sm *.manifest -s ../`+key).ok()
	}
	h.run("", nil, "minisign", "-G", "-W", "-p", "first.pub", "-s", "first.key").ok()
	h.run("", nil, "minisign", "-G", "-W", "-p", "second.pub", "-s", "second.key").ok()

	low.offmirror("bundle", "create", "-o", "one").ok()
	signBundle("one", "first.key")
	high.offmirror("bundle", "apply", "one").exits(1, "--trust FILE")
	high.offmirror("bundle", "apply", "one", "--trust", "first.pub").ok()

	h.run("", nil, "sh", "-c", `minisign -Sm second.pub -s first.key -t "offmirror key rotation: the key above replaces the one that signed" &&
		cat second.pub second.pub.minisig >second.key.rotations`).ok()
	low.offmirror("bundle", "create", "-o", "two", "--key", "second.key").ok()
	signBundle("two", "second.key")
	high.offmirror("bundle", "apply", "two").ok()
	high.offmirror("key", "show").ok("trusted   "+lastLine(h.read("second.pub")), "replaced  "+lastLine(h.read("first.pub")))
	high.offmirror("bundle", "apply", "one").exits(1, "is refused")
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
