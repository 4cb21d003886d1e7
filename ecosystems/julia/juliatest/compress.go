package juliatest

import (
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// compress returns ranges that hold all versions of a subset and none else of the pool, as
// the tools that register packages do it: ranges stay within a major version and have as
// few numbers as possible. Both lists are ascending; what follows the three
// numbers of a version does not count, so versions that differ only there are
// in the subset if one of them is.
func compress(pool, subset []version.Version) []version.Range {
	pool, subset = inThreeNumbers(pool), inThreeNumbers(subset)
	rest := slices.DeleteFunc(slices.Clone(pool), func(v version.Version) bool { return slices.Contains(subset, v) })
	var ranges []version.Range
	for len(subset) > 0 {
		r := widest(subset, rest)
		ranges = append(ranges, r)
		subset = slices.DeleteFunc(subset, r.Contains)
	}
	return ranges
}

// widest returns a range from the first version that is wanted to the last possible one.
func widest(wanted, others []version.Version) version.Range {
	a := wanted[0]
	for _, b := range slices.Backward(wanted) {
		if b.Major != a.Major {
			continue
		}
		for m := 1; m <= 3; m++ {
			for n := 1; n <= 3; n++ {
				r := version.RangeOf(numbers(a, m), numbers(b, n))
				if r.Contains(a) && !slices.ContainsFunc(others, r.Contains) {
					return r
				}
			}
		}
	}
	panic("unreachable: a version is a range")
}

// numbers returns the first n numbers of a version.
func numbers(v version.Version, n int) version.Bound {
	return version.BoundOf([]uint32{v.Major, v.Minor, v.Patch}[:n]...)
}

func inThreeNumbers(list []version.Version) []version.Version {
	out := make([]version.Version, len(list))
	for i, v := range list {
		out[i] = v.Release()
	}
	return slices.Compact(out)
}

// table is a TOML file of a registry: keys of keys, by ranges of versions.
type table map[string]map[string]string

// compressed returns the table of what holds for versions: value by key, the values written
// in TOML.
func compressed(pool []version.Version, of func(i int) map[string]string) table {
	type pair struct{ key, value string }
	inverted := map[pair][]version.Version{}
	for i, v := range pool {
		for key, value := range of(i) {
			inverted[pair{key, value}] = append(inverted[pair{key, value}], v)
		}
	}
	out := table{}
	done := map[string][]version.Range{} // by list of versions: many keys hold for the same
	for p, list := range inverted {
		name := nameOf(list)
		ranges, ok := done[name]
		if !ok {
			ranges = compress(pool, list)
			done[name] = ranges
		}
		for _, r := range ranges {
			section := r.String()
			if out[section] == nil {
				out[section] = map[string]string{}
			}
			out[section][p.key] = p.value
		}
	}
	return out
}

func nameOf(list []version.Version) string {
	var b strings.Builder
	for _, v := range list {
		b.WriteString(v.String() + " ")
	}
	return b.String()
}
