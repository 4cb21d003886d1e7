package registry

import "fmt"

// Package is the payload of /packages/NAME: every release of one package.
type Package struct {
	Repository string
	Name       string
	Releases   []Release // ascending by version
	Advisories []Advisory
	Unknown    []byte // fields that this package does not know
}

// UnmarshalPackage reads a payload. Errors match [ErrMalformed].
func UnmarshalPackage(payload []byte) (*Package, error) {
	p := new(Package)
	m := message{name: "Package", rest: payload}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.num {
		case 1:
			b, ok := m.nested(f)
			if !ok || !m.within(f, len(p.Releases), MaxReleases) {
				break
			}
			r, err := unmarshalRelease(b)
			m.adopt(err)
			p.Releases = append(p.Releases, r)
		case 2:
			m.part(f, &p.Name, CheckName)
		case 3:
			m.part(f, &p.Repository, CheckName)
		case 4:
			b, ok := m.nested(f)
			if !ok || !m.within(f, len(p.Advisories), MaxAdvisories) {
				break
			}
			a, err := unmarshalAdvisory(b)
			m.adopt(err)
			p.Advisories = append(p.Advisories, a)
		default:
			m.unknown(f, &p.Unknown)
		}
	}
	m.require(2, 3)
	if version, ok := unique(p.Releases, func(r *Release) string { return r.Version }); !ok {
		m.fail(fmt.Errorf("version %q appears twice", version))
	}
	return p, m.err
}

// Marshal writes the payload in the order of field numbers, as hex.pm does, so
// that a package read from hex.pm is written back byte for byte.
func (p *Package) Marshal() []byte {
	var b []byte
	for _, r := range p.Releases {
		b = appendBytes(b, 1, r.marshal())
	}
	b = appendText(b, 2, p.Name)
	b = appendText(b, 3, p.Repository)
	for _, a := range p.Advisories {
		b = appendBytes(b, 4, a.marshal())
	}
	return append(b, p.Unknown...)
}

// Keep returns the package with only the releases that keep accepts, each as it
// came. The list of advisories stays whole, because releases refer to it by
// index; an index that was out of range stays so, and mix passes over it.
func (p *Package) Keep(keep func(Release) bool) *Package {
	kept := *p
	kept.Releases = nil
	for _, r := range p.Releases {
		if keep(r) {
			kept.Releases = append(kept.Releases, r)
		}
	}
	return &kept
}

// Release finds a version.
func (p *Package) Release(version string) (Release, bool) {
	for _, r := range p.Releases {
		if r.Version == version {
			return r, true
		}
	}
	return Release{}, false
}

// AdvisoriesOf returns the advisories that concern a release of p. Indexes
// beyond the list are passed over.
func (p *Package) AdvisoriesOf(r Release) []Advisory {
	var list []Advisory
	for _, i := range r.AdvisoryIndexes {
		if int64(i) < int64(len(p.Advisories)) {
			list = append(list, p.Advisories[i])
		}
	}
	return list
}
