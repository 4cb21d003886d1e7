package version

import "fmt"

// OldSolverRefusal says why the solver of Hex 2.0 to 2.5 cannot read r, in one
// line, and is empty if it can. Such a Hex cannot choose a release that depends
// on anything by r, although Elixir and later ones understand it. Its rules:
//
//   - there is no "!=";
//   - at most two comparisons may be joined by "and", and "==" may not be one of
//     them;
//   - two joined comparisons must bound different sides, unless exactly one of
//     them is "~>";
//   - what they leave must not be empty and, with "~>", not a single version.
func (r Requirement) OldSolverRefusal() string {
	for _, group := range r.groups {
		if reason := oldSolverRefusal(group); reason != "" {
			return reason
		}
	}
	return ""
}

func oldSolverRefusal(group []comparator) string {
	for _, c := range group {
		if c.op == unequal {
			return reasonUnequal
		}
	}
	switch len(group) {
	case 1:
		return ""
	case 2:
		return oldPairRefusal(group[0], group[1])
	}
	return fmt.Sprintf(`%d comparisons are joined by "and", two are the most`, len(group))
}

func oldPairRefusal(a, b comparator) string {
	ra, rb := a.solverRange(), b.solverRange()
	joined := ra.intersect(rb)
	oneApprox := a.op == approx || b.op == approx
	switch {
	case a.op == equal || b.op == equal:
		return `"==" is joined by "and"`
	case a.op == approx && b.op == approx:
		return `two "~>" are joined by "and"`
	case !oneApprox && ra.Min.Set == rb.Min.Set:
		return `two bounds of the same side are joined by "and"`
	case joined.empty():
		return reasonEmpty
	case oneApprox && joined.Min.Version.Compare(joined.Max.Version) == 0:
		return `comparisons joined by "and" leave a single version`
	}
	return ""
}
