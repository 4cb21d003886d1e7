package releases

import (
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// LTS is the series with long-term support at the time of this program. Who knows better
// says so by [Options].
const LTS = "1.10"

// Selector says which releases are wanted.
type Selector struct {
	text    string
	kind    kind
	series  version.Range   // of series, and of branch
	exactly version.Version // of exact
	stage   int             // of stage: how far from stable
}

type kind uint8

const (
	series kind = iota
	exact
	support
	stage
	all
	nightly
	branch
)

// stages are the names of pre-releases, from the one nearest to a release on.
var stages = []string{"release", "rc", "beta", "alpha"}

// ParseSelector reads one of the forms of the package comment.
func ParseSelector(s string) (Selector, error) {
	sel := Selector{text: s}
	if i := slices.Index(stages, s); i >= 0 {
		sel.kind, sel.stage = stage, i
		return sel, nil
	}
	switch s {
	case "lts":
		sel.kind = support
		return sel, nil
	case "all":
		sel.kind = all
		return sel, nil
	case "nightly":
		sel.kind = nightly
		return sel, nil
	}
	fail := func() (Selector, error) {
		return Selector{}, fmt.Errorf("release %.40q is not one of release, lts, rc, beta, alpha, all, nightly, nor a version such as 1.10 or 1.10.5, nor 1.13-nightly", s)
	}
	number, isBranch := strings.CutSuffix(s, "-nightly")
	if number == "*" {
		return fail()
	}
	dots := strings.Count(number, ".")
	if r, err := version.ParseRange(number); err == nil && r.String() == number && dots < 2 {
		sel.kind, sel.series = series, r
		if isBranch && dots == 1 {
			sel.kind = branch
		}
		if !isBranch || dots == 1 {
			return sel, nil
		}
	}
	v, err := version.Parse(s)
	if err != nil || dots < 2 || isBranch || v.String() != s {
		return fail()
	}
	sel.kind, sel.exactly = exact, v
	return sel, nil
}

// String returns the form that the Selector was made from.
func (s Selector) String() string { return s.text }

// Nightly reports whether the selector asks for nightly builds, which no list has;
// branch is "" or a release branch such as "1.13".
func (s Selector) Nightly() (of string, ok bool) {
	switch s.kind {
	case nightly:
		return "", true
	case branch:
		return s.series.String(), true
	}
	return "", false
}

// Options say how selectors are understood.
type Options struct {
	LTS string // series with long-term support: "1.10"; "" is [LTS]
}

// Select returns the releases that selectors ask for, ascending, each once, and the selectors
// that no release satisfies. Those for nightlies are in neither. An error means that
// o.LTS is no series.
func (ix *Index) Select(selectors []Selector, o Options) (chosen []Release, missing []Selector, err error) {
	if o.LTS == "" {
		o.LTS = LTS
	}
	lts, err := version.ParseRange(o.LTS)
	if err != nil {
		return nil, nil, err
	}
	wanted := make([]bool, len(ix.Releases))
	for _, s := range selectors {
		if _, ok := s.Nightly(); ok {
			continue
		}
		found := false
		// The newest first; all but "all" are satisfied with one.
		for i := len(ix.Releases) - 1; i >= 0 && (!found || s.kind == all); i-- {
			if s.Admits(ix.Releases[i].Version, lts) {
				wanted[i], found = true, true
			}
		}
		if !found {
			missing = append(missing, s)
		}
	}
	for i, r := range ix.Releases {
		if wanted[i] {
			chosen = append(chosen, r)
		}
	}
	return chosen, missing, nil
}

// Admits reports whether the selector can mean a version, of which it then means the newest. lts
// is the series with long-term support. No version is a nightly.
func (s Selector) Admits(v version.Version, lts version.Range) bool {
	stable := !v.IsPre() && v.Build() == ""
	switch s.kind {
	case exact:
		return v == s.exactly
	case series:
		return stable && s.series.Contains(v)
	case support:
		return stable && lts.Contains(v)
	case all:
		return stable
	case stage:
		return stable || slices.ContainsFunc(stages[1:s.stage+1], func(name string) bool { return strings.HasPrefix(v.Pre(), name) })
	}
	return false
}
