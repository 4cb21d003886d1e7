package artifacts

import (
	"cmp"
	"slices"
	"strings"
)

// Superset returns the artifacts that some client on one of the platforms may ask for,
// in their order. No platforms stand for all of them. Lazy ones are left out
// unless lazy is set.
//
// A platform that has further tags, x86_64-linux-gnu-cuda+12.1, leaves out entries
// that have other values of them. Who asks for that knows the clients.
func Superset(list []Artifact, platforms []Platform, lazy bool) []Artifact {
	var chosen []Artifact
	for _, a := range list {
		if len(a.Downloads) > 0 && (lazy || !a.Lazy) && a.For(platforms) {
			chosen = append(chosen, a)
		}
	}
	return chosen
}

// For reports whether the artifact can be of use on one of the platforms, of which
// none stand for all.
func (a Artifact) For(platforms []Platform) bool {
	return len(platforms) == 0 || slices.ContainsFunc(platforms, func(p Platform) bool { return matches(a.Platform, p) })
}

// Choose returns what a client on the host takes for each name, if no script adds tags to
// its platform. There are several of one name if they differ only in free tags: Julia
// picks one of those by the order of a hash table.
func Choose(list []Artifact, host Platform) []Artifact {
	var chosen []Artifact
	for len(list) > 0 {
		n := slices.IndexFunc(list, func(a Artifact) bool { return a.Name != list[0].Name })
		if n < 0 {
			n = len(list)
		}
		chosen = append(chosen, best(list[:n], host)...)
		list = list[n:]
	}
	return chosen
}

func best(list []Artifact, host Platform) []Artifact {
	var fit []Artifact
	for _, a := range list {
		if matches(a.Platform, host) {
			fit = append(fit, a)
		}
	}
	// The least loss first, then the greatest triplet.
	compare := func(a, b Artifact) int {
		return cmp.Or(cmp.Compare(loss(a.Platform, host), loss(b.Platform, host)), strings.Compare(b.Platform.triplet(), a.Platform.triplet()))
	}
	slices.SortStableFunc(fit, compare)
	n := 0
	for n < len(fit) && compare(fit[0], fit[n]) == 0 {
		n++
	}
	return fit[:n]
}
