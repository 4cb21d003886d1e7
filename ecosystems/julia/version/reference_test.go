package version_test

import (
	"cmp"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// identifier is a number or a word, as Julia keeps them in tuples.
type identifier struct {
	number *big.Int // nil for words
	word   string
}

// split is the text of a version taken apart by other means than those of Parse.
func split(s string) (numbers []*big.Int, pre, build []identifier) {
	rest, after, built := strings.Cut(s, "+")
	rest, before, isPre := strings.Cut(rest, "-")
	for n := range strings.SplitSeq(rest, ".") {
		i, _ := new(big.Int).SetString(n, 10)
		numbers = append(numbers, i)
	}
	list := func(s string) (all []identifier) {
		for word := range strings.SplitSeq(s, ".") {
			id := identifier{word: word}
			if strings.Trim(word, "0123456789") == "" && word != "" {
				id.number, _ = new(big.Int).SetString(word, 10)
			}
			all = append(all, id)
		}
		return all
	}
	if isPre {
		pre = list(before)
	}
	if built {
		build = list(after)
	}
	return numbers, pre, build
}

// compareIDs is ident_cmp of Julia's base/version.jl in other words: an empty word is before all
// numbers, and those are before all other words.
func compareIDs(a, b identifier) int {
	rank := func(id identifier) int {
		switch {
		case id.number != nil:
			return 1
		case id.word == "":
			return 0
		}
		return 2
	}
	if a.number != nil && b.number != nil {
		return a.number.Cmp(b.number)
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.word, b.word))
}

func referenceCompare(a, b string) int {
	numbersA, preA, buildA := split(a)
	numbersB, preB, buildB := split(b)
	if c := slices.CompareFunc(numbersA, numbersB, (*big.Int).Cmp); c != 0 {
		return c
	}
	// A pre-release is before the release.
	if (preA == nil) != (preB == nil) {
		if preA != nil {
			return -1
		}
		return 1
	}
	if c := slices.CompareFunc(preA, preB, compareIDs); c != 0 {
		return c
	}
	// The lone "+" is behind every build.
	last := func(build []identifier) int {
		if len(build) == 1 && build[0].word == "" {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(last(buildA), last(buildB)), slices.CompareFunc(buildA, buildB, compareIDs))
}

func TestCompareLikeReference(t *testing.T) {
	gen := rapid.OneOf(
		genVersion,
		rapid.StringMatching(`[0-1]\.[0-1]\.[0-1](-|\+)`),
		rapid.StringMatching(`1\.0\.0-[0-9]{1,12}(\.[a-c0-9]{1,2}){0,2}`),
		rapid.StringMatching(`1\.0\.0\+[0-9]{1,12}(\.[A-Ca-c-]{1,2}){0,2}`),
		rapid.StringMatching(`4294967295\.[0-9]{1,9}\.[0-9]{1,9}`),
	)
	rapid.Check(t, func(t *rapid.T) {
		a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
		if got, want := version.MustParse(a).Compare(version.MustParse(b)), referenceCompare(a, b); got != want {
			t.Fatalf("Compare(%s, %s) = %d, want %d", a, b, got, want)
		}
	})
}
