package registry

import (
	"fmt"
	"slices"
	"strings"
)

// Versions is the payload of /versions: every public package with its versions.
type Versions struct {
	Repository string
	Packages   []VersionedPackage
	Unknown    []byte // fields that this package does not know
}

// VersionedPackage is an entry of [Versions].
type VersionedPackage struct {
	Name           string
	Versions       []string // ascending
	Retired        []uint32 // zero-based indexes into Versions; may be out of range in a bad file
	WithAdvisories []uint32 // likewise
	Raw            []byte   // the message as it came; written in place of the fields above when not nil
}

// UnmarshalVersions reads a payload. Errors match [ErrMalformed].
func UnmarshalVersions(payload []byte) (*Versions, error) {
	v := new(Versions)
	m := message{name: "Versions", rest: payload}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.num {
		case 1:
			b, ok := m.nested(f)
			if !ok || !m.within(f, len(v.Packages), MaxPackages) {
				break
			}
			p, err := unmarshalVersionedPackage(b)
			m.adopt(err)
			v.Packages = append(v.Packages, p)
		case 2:
			m.part(f, &v.Repository, CheckName)
		default:
			m.unknown(f, &v.Unknown)
		}
	}
	m.require(2)
	if name, ok := unique(v.Packages, func(p *VersionedPackage) string { return p.Name }); !ok {
		m.fail(fmt.Errorf("package %q appears twice", name))
	}
	return v, m.err
}

func unmarshalVersionedPackage(b []byte) (VersionedPackage, error) {
	p := VersionedPackage{Raw: b}
	m := message{name: "Versions.Package", rest: b}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.num {
		case 1:
			m.part(f, &p.Name, CheckName)
		case 2:
			s, ok := m.item(f)
			if !ok || !m.within(f, len(p.Versions), MaxReleases) {
				break
			}
			if err := CheckVersion(s); err != nil {
				m.fail(err)
			}
			p.Versions = append(p.Versions, s)
		case 3:
			p.Retired = m.numbers(f, p.Retired)
		case 5:
			p.WithAdvisories = m.numbers(f, p.WithAdvisories)
		}
	}
	m.require(1)
	return p, m.err
}

// Marshal writes the payload: packages in their order, then the rest.
func (v *Versions) Marshal() []byte {
	var b []byte
	for _, p := range v.Packages {
		b = appendBytes(b, 1, p.marshal())
	}
	b = appendText(b, 2, v.Repository)
	return append(b, v.Unknown...)
}

func (p VersionedPackage) marshal() []byte {
	if p.Raw != nil {
		return p.Raw
	}
	b := appendText(nil, 1, p.Name)
	for _, version := range p.Versions {
		b = appendText(b, 2, version)
	}
	b = appendPacked(b, 3, p.Retired)
	return appendPacked(b, 5, p.WithAdvisories)
}

// Equal reports whether both entries say the same. Fields that this package does
// not know are not compared.
func (p VersionedPackage) Equal(q VersionedPackage) bool {
	return p.Name == q.Name && slices.Equal(p.Versions, q.Versions) &&
		slices.Equal(p.Retired, q.Retired) && slices.Equal(p.WithAdvisories, q.WithAdvisories)
}

// IndexEntry returns the entry of /versions that describes p's releases, with
// the indexes of retired releases and of those with advisories counted anew.
//
// If upstream's entry says just that, it is returned as it came. Otherwise
// upstream's unknown fields are left out: they may hold indexes into a list of
// versions that is no longer the same. upstream may be nil.
func (p *Package) IndexEntry(upstream *VersionedPackage) VersionedPackage {
	e := VersionedPackage{Name: p.Name}
	for i, r := range p.Releases {
		e.Versions = append(e.Versions, r.Version)
		if r.Retired != nil {
			e.Retired = append(e.Retired, uint32(i))
		}
		if len(p.AdvisoriesOf(r)) > 0 {
			e.WithAdvisories = append(e.WithAdvisories, uint32(i))
		}
	}
	if upstream != nil && upstream.Equal(e) {
		return *upstream
	}
	return e
}

// Sort puts the packages in the order in which hex.pm lists them: by name, bytewise.
func (v *Versions) Sort() {
	slices.SortFunc(v.Packages, func(a, b VersionedPackage) int { return strings.Compare(a.Name, b.Name) })
}
