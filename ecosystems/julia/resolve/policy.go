package resolve

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Policy chooses among versions; the package comment has its forms. The zero
// Policy is "all".
type Policy struct {
	latest int
	mode   mode
}

type mode uint8

const (
	all mode = iota
	latest
	compatible
	locked
)

// maxLatest is beyond the number of versions of any package.
const maxLatest = 1 << 20

// ParsePolicy reads "all", "latest:N", "compatible" or "locked"; "" is "all".
func ParsePolicy(s string) (Policy, error) {
	switch s {
	case "", "all":
		return Policy{}, nil
	case "compatible":
		return Policy{mode: compatible}, nil
	case "locked":
		return Policy{mode: locked}, nil
	}
	if digits, ok := strings.CutPrefix(s, "latest:"); ok {
		if n, err := strconv.Atoi(digits); err == nil && n >= 1 && n <= maxLatest {
			return Policy{mode: latest, latest: n}, nil
		}
	}
	return Policy{}, fmt.Errorf("versions %.40q is not \"all\", \"latest:N\" (N at least 1), \"compatible\" or \"locked\"", s)
}

// String returns the form that [ParsePolicy] reads.
func (p Policy) String() string {
	switch p.mode {
	case latest:
		return "latest:" + strconv.Itoa(p.latest)
	case compatible:
		return "compatible"
	case locked:
		return "locked"
	}
	return "all"
}

// Locked reports whether only manifests decide.
func (p Policy) Locked() bool { return p.mode == locked }

// choose calls take with the index of each chosen version. The versions are those that are
// admitted, newest first. Pre-releases are chosen like others, as Julia
// does, but do not count, lest they be all there is.
func (p Policy) choose(versions []version.Version, dependency bool, take func(int)) {
	var classes map[version.Bound]bool
	if p.mode != all {
		classes = map[version.Bound]bool{}
	}
	newest := 0
	for i, v := range versions {
		class := v.Class()
		inClass := !classes[class] && (p.mode == compatible || p.mode == latest && dependency)
		if p.mode == all || inClass || p.mode == latest && newest < p.latest {
			take(i)
		}
		if !v.IsPre() && p.mode != all {
			newest++
			classes[class] = true
		}
	}
}
