package version

// Range is an interval of versions by precedence.
type Range struct {
	Min, Max Bound
}

// Bound is one end of a [Range]. The zero Bound is open: there is no limit.
type Bound struct {
	Set      bool // there is a limit
	Version  Version
	Included bool // the limit itself belongs to the range
}

// Contains reports whether v lies in the range. Pre-releases are versions like
// any other here.
func (r Range) Contains(v Version) bool {
	if r.Min.Set {
		if order := v.Compare(r.Min.Version); order < 0 || order == 0 && !r.Min.Included {
			return false
		}
	}
	if r.Max.Set {
		if order := v.Compare(r.Max.Version); order > 0 || order == 0 && !r.Max.Included {
			return false
		}
	}
	return true
}

// SolverRanges returns the ranges whose union the solver of Hex 2.6 understands
// by r: one for each group of the text, in its order. They may overlap. Together
// they hold exactly the versions that [Requirement.Match] accepts with
// pre-releases allowed.
//
// Two things that Elixir takes are refused by the solver, which then can choose
// no release that depends on anything by r: "!=", and a group that no version
// can satisfy. The error is a [*RequirementError].
func (r Requirement) SolverRanges() ([]Range, error) {
	if r.IsAny() {
		return []Range{{}}, nil
	}
	ranges := make([]Range, 0, len(r.groups))
	for _, group := range r.groups {
		var joined Range
		for _, c := range group {
			if c.op == unequal {
				return nil, r.unsolvable(reasonUnequal)
			}
			joined = joined.intersect(c.solverRange())
		}
		if joined.empty() {
			return nil, r.unsolvable(reasonEmpty)
		}
		ranges = append(ranges, joined)
	}
	return ranges, nil
}

// Why a solver refuses a requirement.
const (
	reasonUnequal = `"!=" is not supported`
	reasonEmpty   = `comparisons joined by "and" leave no version`
)

func (r Requirement) unsolvable(reason string) error {
	return &RequirementError{Text: r.text, Reason: "Hex cannot solve it: " + reason}
}

func (c comparator) solverRange() Range {
	at := func(included bool) Bound { return Bound{Set: true, Version: c.operand, Included: included} }
	switch c.op {
	case greater:
		return Range{Min: at(false)}
	case greaterEqual:
		return Range{Min: at(true)}
	case less:
		return Range{Max: at(false)}
	case lessEqual:
		return Range{Max: at(true)}
	case approx:
		return Range{Min: at(true), Max: Bound{Set: true, Version: c.upper}}
	}
	return Range{Min: at(true), Max: at(true)}
}

func (r Range) intersect(s Range) Range {
	return Range{Min: tighter(r.Min, s.Min, +1), Max: tighter(r.Max, s.Max, -1)}
}

// tighter returns the bound that excludes more: the greater one for lower bounds
// (sign +1), the smaller one for upper bounds (sign -1).
func tighter(a, b Bound, sign int) Bound {
	switch {
	case !a.Set:
		return b
	case !b.Set:
		return a
	}
	switch order := sign * a.Version.Compare(b.Version); {
	case order > 0, order == 0 && !a.Included:
		return a
	}
	return b
}

func (r Range) empty() bool {
	if !r.Min.Set || !r.Max.Set {
		return false
	}
	order := r.Min.Version.Compare(r.Max.Version)
	return order > 0 || order == 0 && !(r.Min.Included && r.Max.Included)
}
