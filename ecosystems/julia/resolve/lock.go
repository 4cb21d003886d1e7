package resolve

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems/julia/manifest"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// addLocks keeps what manifests pin, yanked or not.
func (c *closure) addLocks() {
	for _, l := range c.Locks {
		settled := map[uuid.UUID]bool{}
		for _, e := range l.Manifest.Entries {
			settled[e.UUID] = true
		}
		for _, e := range l.Manifest.OutOfScope() {
			c.tell("out-of-scope", "%s takes %s from a %s, which no package server can have; register it in a registry of your own to mirror it", l.File, e, e.Kind)
		}
		for _, e := range l.Manifest.Entries {
			if e.Kind == manifest.Registered {
				c.pin(l, e, settled)
			}
			if c.err != nil {
				return
			}
		}
	}
}

func (c *closure) pin(l Lock, e manifest.Entry, settled map[uuid.UUID]bool) {
	n := c.node(e.UUID)
	if n == nil {
		c.miss(e.String(), e.UUID, "%s pins it, but no registry of the mirror has the package", l.File)
		return
	}
	m, remark := n.locate(e)
	if m.source == nil {
		c.miss(e.String(), e.UUID, "%s pins it with the tree %s, but %s", l.File, e.Tree, remark)
		return
	}
	if remark != "" {
		c.tell("lock-mismatch", "%s pins %s, but %s", l.File, e, remark)
	}
	if Denied(c.Deny, m.Package, m.releases[m.index].Version) {
		c.tell("denied", "%s pins %s, which is denied", l.File, e)
		return
	}
	m.settled = settled
	c.keep(m, &cause{text: "locked by " + l.File})
	c.activate(n)
}

// locate returns the release with the tree of a manifest's entry, preferably under
// the same version. The remark says what is odd, or why there is none.
func (n *node) locate(e manifest.Entry) (m member, remark string) {
	remark = "no registry lists this version"
	for _, s := range n.sources {
		for i, r := range s.releases {
			same := !e.HasVersion || r.Version == e.Version
			switch {
			case r.Tree == e.Tree && same:
				return member{source: s, index: i}, ""
			case r.Tree == e.Tree:
				m, remark = member{source: s, index: i}, fmt.Sprintf("the registry %s calls this tree %s", s.Registry().Name, r.Version)
			case same && e.HasVersion && m.source == nil:
				remark = fmt.Sprintf("the registry %s has it with the tree %s", s.Registry().Name, r.Tree)
			}
		}
	}
	return m, remark
}
