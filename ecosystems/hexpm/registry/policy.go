package registry

// Policy is the payload of /policies/NAME: an organisation's rules for what its
// projects may depend on.
type Policy struct {
	Repository   string // the organisation
	Name         string
	Description  string
	Public       bool // anything but an explicit "public" is private
	Repositories []RepositoryPolicy
	Raw          []byte // the payload as it came; written in place of the fields above when not nil
}

// RepositoryPolicy is what a policy says about one repository.
type RepositoryPolicy struct {
	Repository  string
	Restriction *Restriction // nil: no restriction
	Overrides   []Override
}

// Restriction narrows which releases may be used.
type Restriction struct {
	MinSeverity       Severity // meaningful if HasMinSeverity: advisories of this grade and above are refused
	HasMinSeverity    bool
	RetirementReasons []RetirementReason // releases retired for these are refused
	Cooldown          string             // "7d", "2w", "1mo", "0"; empty when unset
}

// Override allows or denies a package in spite of the restriction.
type Override struct {
	Deny        bool
	Package     string
	Requirement string // empty: every version
}

// UnmarshalPolicy reads a payload. Errors match [ErrMalformed].
func UnmarshalPolicy(payload []byte) (*Policy, error) {
	p := &Policy{Raw: payload}
	m := message{name: "Policy", rest: payload}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.num {
		case 1:
			m.part(f, &p.Repository, CheckName)
		case 2:
			m.part(f, &p.Name, CheckName)
		case 3:
			m.text(f, &p.Description)
		case 4:
			p.Public = m.number(f) == 1
		case 5:
			b, ok := m.nested(f)
			if !ok || !m.within(f, len(p.Repositories), MaxPolicyRules) {
				break
			}
			r, err := unmarshalRepositoryPolicy(b)
			m.adopt(err)
			p.Repositories = append(p.Repositories, r)
		}
	}
	m.require(1, 2, 4)
	return p, m.err
}

func unmarshalRepositoryPolicy(b []byte) (RepositoryPolicy, error) {
	var p RepositoryPolicy
	m := message{name: "RepositoryPolicy", rest: b}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.num {
		case 1:
			m.part(f, &p.Repository, CheckName)
		case 2:
			m.once(f)
			if b, ok := m.nested(f); ok {
				r, err := unmarshalRestriction(b)
				m.adopt(err)
				p.Restriction = &r
			}
		case 3:
			b, ok := m.nested(f)
			if !ok || !m.within(f, len(p.Overrides), MaxPolicyRules) {
				break
			}
			o, err := unmarshalOverride(b)
			m.adopt(err)
			p.Overrides = append(p.Overrides, o)
		}
	}
	m.require(1)
	return p, m.err
}

func unmarshalRestriction(b []byte) (Restriction, error) {
	var r Restriction
	var reasons []uint32
	m := message{name: "Restriction", rest: b}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.num {
		case 1:
			r.MinSeverity, r.HasMinSeverity = Severity(m.number(f)), true
		case 2:
			reasons = m.numbers(f, reasons)
		case 3:
			m.text(f, &r.Cooldown)
		}
	}
	for _, reason := range reasons {
		r.RetirementReasons = append(r.RetirementReasons, RetirementReason(reason))
	}
	return r, m.err
}

func unmarshalOverride(b []byte) (Override, error) {
	var o Override
	m := message{name: "Override", rest: b}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.num {
		case 1:
			o.Deny = m.number(f) == 1
		case 2:
			m.once(f)
			b, ok := m.nested(f)
			if !ok {
				break
			}
			ref := message{name: "PackageRef", rest: b}
			for f, ok := ref.next(); ok; f, ok = ref.next() {
				switch f.num {
				case 1:
					ref.part(f, &o.Package, CheckName)
				case 2:
					ref.text(f, &o.Requirement)
				}
			}
			ref.require(1)
			m.adopt(ref.err)
		}
	}
	m.require(1, 2)
	return o, m.err
}

// Marshal writes the payload.
func (p *Policy) Marshal() []byte {
	if p.Raw != nil {
		return p.Raw
	}
	b := appendText(nil, 1, p.Repository)
	b = appendText(b, 2, p.Name)
	b = appendOptional(b, 3, p.Description)
	b = appendNumber(b, 4, bit(p.Public))
	for _, r := range p.Repositories {
		b = appendBytes(b, 5, r.marshal())
	}
	return b
}

func (p RepositoryPolicy) marshal() []byte {
	b := appendText(nil, 1, p.Repository)
	if r := p.Restriction; r != nil {
		var restriction []byte
		if r.HasMinSeverity {
			restriction = appendNumber(restriction, 1, uint64(r.MinSeverity))
		}
		restriction = appendPacked(restriction, 2, r.RetirementReasons)
		b = appendBytes(b, 2, appendOptional(restriction, 3, r.Cooldown))
	}
	for _, o := range p.Overrides {
		ref := appendOptional(appendText(nil, 1, o.Package), 2, o.Requirement)
		b = appendBytes(b, 3, appendBytes(appendNumber(nil, 1, bit(o.Deny)), 2, ref))
	}
	return b
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
