package faults

import (
	"os"
	"os/exec"
	"testing"
)

// situation is a mirror before a sync, or before a bundle is applied: empty, or with
// something published and some changes upstream.
type situation struct {
	name   string
	run    []string // the command that brings the changes
	up     *upstream
	base   string // the root to begin with
	before state  // nil: nothing is published
	after  state
	calls  map[string]int // that an undisturbed sync makes, by their class
}

// syncHex is how most situations change.
var syncHex = []string{"sync", "hex"}

func smallUpstream(t *testing.T) *upstream {
	t.Helper()
	up := newUpstream(t, 5, 0)
	up.RemovePackage(bigPackage)
	return up
}

// site is a fresh copy of the situation.
func (n *situation) site(t *testing.T) *site {
	t.Helper()
	return n.siteOf(t, n.up.url, quick)
}

// siteOf is one with other settings.
func (n *situation) siteOf(t *testing.T, url, fetch string, lines ...string) *site {
	t.Helper()
	s := newSiteOf(t, n.up, url, fetch, lines...)
	if text, err := exec.CommandContext(t.Context(), "cp", "-a", n.base+"/.", s.root).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v: %s", err, text)
	}
	if privileged() {
		if err := os.Chown(s.root, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// whole checks that readers see the state before or after, and that the next run
// comes to the state after.
func (n *situation) whole(s *site, when string) {
	s.t.Helper()
	if tree := s.tree(); !tree.equal(n.before) && !tree.equal(n.after) {
		s.t.Errorf("%s: the tree is neither the old one nor the new one; it differs from the new one in %s", when, tree.difference(n.after))
	} else if tree != nil {
		if o := s.run("verify", "hex"); o.code != 0 {
			s.t.Errorf("%s: verify ended with %d\n%s%s", when, o.code, o.stdout, o.stderr)
		}
	}
	if o := s.run(n.run...); o.code != 0 {
		s.t.Errorf("%s: the next run ended with %d\n%s", when, o.code, o.stderr)
		return
	}
	if tree := s.tree(); !tree.equal(n.after) {
		s.t.Errorf("%s: after the next run the tree differs from upstream in %s", when, tree.difference(n.after))
	}
	if o := s.run("verify", "hex"); o.code != 0 {
		s.t.Errorf("%s: after the next run verify ended with %d\n%s%s", when, o.code, o.stdout, o.stderr)
	}
}
