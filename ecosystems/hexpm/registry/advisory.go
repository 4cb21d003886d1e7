package registry

import (
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Advisory is a published security problem of a package.
type Advisory struct {
	ID        string // GHSA-… or CVE-…
	Summary   string
	HTMLURL   string
	Severity  Severity // meaningful if HasSeverity
	CVSSScore float32  // 0 when unknown
	APIURL    string
	Aliases   []string

	HasSeverity bool
	Raw         []byte // the message as it came; written in place of the fields above when not nil
}

// Severity grades an advisory.
type Severity int32

// The grades that the registry knows.
const (
	SeverityNone Severity = iota
	SeverityLow
	SeverityMedium
	SeverityHigh
	SeverityCritical
)

// String returns the grade in lower case.
func (s Severity) String() string {
	words := [...]string{"none", "low", "medium", "high", "critical"}
	if s < 0 || int(s) >= len(words) {
		return fmt.Sprintf("severity %d", int32(s))
	}
	return words[s]
}

func unmarshalAdvisory(b []byte) (Advisory, error) {
	a := Advisory{Raw: b}
	m := message{name: "SecurityAdvisory", rest: b}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.num {
		case 1:
			m.text(f, &a.ID)
		case 2:
			m.text(f, &a.Summary)
		case 3:
			m.text(f, &a.HTMLURL)
		case 4:
			a.Severity, a.HasSeverity = Severity(m.number(f)), true
		case 5:
			m.once(f)
			if m.expect(f, protowire.Fixed32Type) {
				a.CVSSScore = math.Float32frombits(uint32(f.bits))
			}
		case 6:
			m.text(f, &a.APIURL)
		case 7:
			if s, ok := m.item(f); ok && m.within(f, len(a.Aliases), MaxAliases) {
				a.Aliases = append(a.Aliases, s)
			}
		}
	}
	m.require(1, 2, 3, 6)
	return a, m.err
}

func (a Advisory) marshal() []byte {
	if a.Raw != nil {
		return a.Raw
	}
	b := appendText(nil, 1, a.ID)
	b = appendText(b, 2, a.Summary)
	b = appendText(b, 3, a.HTMLURL)
	if a.HasSeverity {
		b = appendNumber(b, 4, uint64(a.Severity))
	}
	if a.CVSSScore != 0 {
		b = appendFloat(b, 5, a.CVSSScore)
	}
	b = appendText(b, 6, a.APIURL)
	for _, alias := range a.Aliases {
		b = appendText(b, 7, alias)
	}
	return b
}
