package registry

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Names is the payload of /names: every public package with at least one
// release, and when it last changed.
type Names struct {
	Repository string
	Packages   []NamedPackage
	Unknown    []byte // fields that this package does not know
}

// NamedPackage is an entry of [Names].
type NamedPackage struct {
	Name      string
	UpdatedAt time.Time // zero when the repository does not tell
	Raw       []byte    // the message as it came; written in place of the fields above when not nil
}

// UnmarshalNames reads a payload. Errors match [ErrMalformed].
func UnmarshalNames(payload []byte) (*Names, error) {
	n := new(Names)
	m := message{name: "Names", rest: payload}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.num {
		case 1:
			b, ok := m.nested(f)
			if !ok || !m.within(f, len(n.Packages), MaxPackages) {
				break
			}
			p, err := unmarshalNamedPackage(b)
			m.adopt(err)
			n.Packages = append(n.Packages, p)
		case 2:
			m.part(f, &n.Repository, CheckName)
		default:
			m.unknown(f, &n.Unknown)
		}
	}
	m.require(2)
	if name, ok := unique(n.Packages, func(p *NamedPackage) string { return p.Name }); !ok {
		m.fail(fmt.Errorf("package %q appears twice", name))
	}
	return n, m.err
}

func unmarshalNamedPackage(b []byte) (NamedPackage, error) {
	p := NamedPackage{Raw: b}
	m := message{name: "Names.Package", rest: b}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.num {
		case 1:
			m.part(f, &p.Name, CheckName)
		case 3:
			m.time(f, &p.UpdatedAt)
		}
	}
	m.require(1)
	return p, m.err
}

// Marshal writes the payload: packages in their order, then the rest.
func (n *Names) Marshal() []byte {
	var b []byte
	for _, p := range n.Packages {
		b = appendBytes(b, 1, p.marshal())
	}
	b = appendText(b, 2, n.Repository)
	return append(b, n.Unknown...)
}

func (p NamedPackage) marshal() []byte {
	if p.Raw != nil {
		return p.Raw
	}
	return appendTime(appendText(nil, 1, p.Name), 3, p.UpdatedAt)
}

// Keep returns names with only the packages that keep accepts, each as it came.
func (n *Names) Keep(keep func(name string) bool) *Names {
	kept := *n
	kept.Packages = nil
	for _, p := range n.Packages {
		if keep(p.Name) {
			kept.Packages = append(kept.Packages, p)
		}
	}
	return &kept
}

// Sort puts the packages in the order in which hex.pm lists them: by name, bytewise.
func (n *Names) Sort() {
	slices.SortFunc(n.Packages, func(a, b NamedPackage) int { return strings.Compare(a.Name, b.Name) })
}
