package registry

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Release is one version of a package.
type Release struct {
	Version         string
	InnerChecksum   Checksum // of the tarball's members; deprecated but present in locks
	OuterChecksum   Checksum // of the tarball; zero in very old registries
	Dependencies    []Dependency
	Retired         *Retirement // nil unless retired
	AdvisoryIndexes []uint32    // into Package.Advisories; see [Package.AdvisoriesOf]
	PublishedAt     time.Time   // zero when unknown; a replaced release keeps the first time
	Raw             []byte      // the message as it came; written in place of the fields above when not nil
}

// Retirement says that a release should no longer be used.
type Retirement struct {
	Reason  RetirementReason
	Message string
}

// RetirementReason is why a release was retired.
type RetirementReason int32

// The reasons that the registry knows.
const (
	RetiredOther RetirementReason = iota
	RetiredInvalid
	RetiredSecurity
	RetiredDeprecated
	RetiredRenamed
)

// String returns the word that hex.pm uses.
func (r RetirementReason) String() string {
	words := [...]string{"other", "invalid", "security", "deprecated", "renamed"}
	if r < 0 || int(r) >= len(words) {
		return fmt.Sprintf("reason %d", int32(r))
	}
	return words[r]
}

// Dependency is what a release needs.
type Dependency struct {
	Package     string
	Requirement string // in Elixir's grammar; old ones can be odd
	Optional    bool
	App         string // OTP application; empty: same as Package
	Repository  string // empty: the one that the release is in
}

func unmarshalRelease(b []byte) (Release, error) {
	r := Release{Raw: b}
	m := message{name: "Release", rest: b}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.num {
		case 1:
			m.part(f, &r.Version, CheckVersion)
		case 2:
			m.checksum(f, &r.InnerChecksum)
		case 3:
			b, ok := m.nested(f)
			if !ok || !m.within(f, len(r.Dependencies), MaxDependencies) {
				break
			}
			d, err := unmarshalDependency(b)
			m.adopt(err)
			r.Dependencies = append(r.Dependencies, d)
		case 4:
			m.once(f)
			if b, ok := m.nested(f); ok {
				retired, err := unmarshalRetirement(b)
				m.adopt(err)
				r.Retired = &retired
			}
		case 5:
			m.checksum(f, &r.OuterChecksum)
		case 6:
			r.AdvisoryIndexes = m.numbers(f, r.AdvisoryIndexes)
		case 7:
			m.time(f, &r.PublishedAt)
		}
	}
	m.require(1, 2)
	return r, m.err
}

func unmarshalRetirement(b []byte) (Retirement, error) {
	var r Retirement
	m := message{name: "RetirementStatus", rest: b}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.num {
		case 1:
			r.Reason = RetirementReason(m.number(f))
		case 2:
			m.text(f, &r.Message)
		}
	}
	m.require(1)
	return r, m.err
}

func unmarshalDependency(b []byte) (Dependency, error) {
	var d Dependency
	m := message{name: "Dependency", rest: b}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.num {
		case 1:
			m.part(f, &d.Package, CheckName)
		case 2:
			m.text(f, &d.Requirement)
		case 3:
			d.Optional = m.number(f) != 0
		case 4:
			m.text(f, &d.App)
		case 5:
			m.part(f, &d.Repository, checkOptionalName)
		}
	}
	m.require(1, 2)
	return d, m.err
}

func (r Release) marshal() []byte {
	if r.Raw != nil {
		return r.Raw
	}
	b := appendText(nil, 1, r.Version)
	b = appendBytes(b, 2, r.InnerChecksum[:])
	for _, d := range r.Dependencies {
		b = appendBytes(b, 3, d.marshal())
	}
	if r.Retired != nil {
		status := appendNumber(nil, 1, uint64(r.Retired.Reason))
		b = appendBytes(b, 4, appendOptional(status, 2, r.Retired.Message))
	}
	if !r.OuterChecksum.IsZero() {
		b = appendBytes(b, 5, r.OuterChecksum[:])
	}
	for _, i := range r.AdvisoryIndexes { // not packed: hex.pm's choice for this field
		b = protowire.AppendVarint(protowire.AppendTag(b, 6, protowire.VarintType), uint64(i))
	}
	return appendTime(b, 7, r.PublishedAt)
}

func (d Dependency) marshal() []byte {
	b := appendText(nil, 1, d.Package)
	b = appendText(b, 2, d.Requirement)
	if d.Optional {
		b = appendNumber(b, 3, 1)
	}
	b = appendOptional(b, 4, d.App)
	return appendOptional(b, 5, d.Repository)
}
