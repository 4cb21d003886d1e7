package version_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

var (
	genVersion = rapid.StringMatching(`[0-3]\.[0-3]\.[0-3](-(0|1|rc|rc[12]|a-b)(\.(0|10|x))?)?(\+(0|2|10|b)(\.(1|x))?)?`)
	genBound   = rapid.StringMatching(`[0-3](\.[0-3](\.[0-3])?)?|\*`)
	genNumbers = rapid.StringMatching(`[0-3](\.[0-3](\.[0-3])?)?`)
)

func draw(t *rapid.T, name string) version.Version {
	return version.MustParse(genVersion.Draw(t, name))
}

func TestCompareIsTotalOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := draw(t, "a"), draw(t, "b"), draw(t, "c")
		if a.Compare(b) != -b.Compare(a) || (a.Compare(b) == 0) != (a == b) {
			t.Fatalf("%s and %s: %d one way, %d the other", a, b, a.Compare(b), b.Compare(a))
		}
		if a.Compare(b) <= 0 && b.Compare(c) <= 0 && a.Compare(c) > 0 {
			t.Fatalf("%s <= %s <= %s < %s", a, b, c, a)
		}
		if version.MustParse(a.String()) != a {
			t.Fatalf("%s is not what it says", a)
		}
		if release := a.Release(); a.IsPre() && a.Compare(release) >= 0 || !a.IsPre() && a.Compare(release) < 0 {
			t.Fatalf("%s is on the wrong side of %s", a, release)
		}
	})
}

// TestRangeLikeText compares Contains with what the reference says about the numbers as
// far as the text of a bound has them.
func TestRangeLikeText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lower, upper := genBound.Draw(t, "lower"), genBound.Draw(t, "upper")
		v := draw(t, "version")
		r := version.MustParseRange(lower + "-" + upper)
		if zeroFilled(lower) == zeroFilled(upper) {
			lower = upper
		}
		want := compareAsText(v, lower) >= 0 && compareAsText(v, upper) <= 0
		if r.Contains(v) != want {
			t.Fatalf("%s holds %s: %v", r, v, !want)
		}
		if back := version.MustParseRange(r.String()); back.Contains(v) != want {
			t.Fatalf("%s is not what it says", r)
		}
		if want && r.Empty() {
			t.Fatalf("%s is empty, but holds %s", r, v)
		}
	})
}

func numbers(text string) []int {
	var list []int
	for part := range strings.SplitSeq(text, ".") {
		if n, err := strconv.Atoi(part); err == nil {
			list = append(list, n)
		}
	}
	return list
}

func zeroFilled(bound string) [3]int {
	var n [3]int
	copy(n[:], numbers(bound))
	return n
}

func compareAsText(v version.Version, bound string) int {
	n := numbers(bound)
	return slices.Compare(numbers(v.Release().String())[:len(n)], n)
}

func TestIntersectsIsCommonVersion(t *testing.T) {
	gen := rapid.Custom(func(t *rapid.T) version.Range {
		return version.MustParseRange(genBound.Draw(t, "lower") + "-" + genBound.Draw(t, "upper"))
	})
	// All numbers that occur in bounds, and one more.
	var all []version.Version
	for i := range 5 * 5 * 5 {
		all = append(all, version.Version{Major: uint32(i / 25), Minor: uint32(i / 5 % 5), Patch: uint32(i % 5)})
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
		want := slices.ContainsFunc(all, func(v version.Version) bool { return a.Contains(v) && b.Contains(v) })
		if a.Intersects(b) != want || b.Intersects(a) != want {
			t.Fatalf("%s and %s have a version in common: %v", a, b, want)
		}
		if a.Empty() == slices.ContainsFunc(all, a.Contains) {
			t.Fatalf("%s is empty: %v", a, a.Empty())
		}
	})
}

// TestCompatMeaning holds what each form promises, by words other than those of the
// code.
func TestCompatMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text, v := genNumbers.Draw(t, "numbers"), draw(t, "version").Release()
		from := version.MustParse(text)
		if text == "0.0.0" {
			return
		}
		given := len(numbers(text))
		want := map[string]bool{
			text:         v.Compare(from) >= 0 && sameClass(v, from, given),
			"~" + text:   v.Compare(from) >= 0 && v.Major == from.Major && (given == 1 || v.Minor == from.Minor),
			"=" + text:   v == from,
			">= " + text: v.Compare(from) >= 0,
		}
		if from != (version.Version{}) {
			want["< "+text] = v.Compare(from) < 0
		}
		for entry, want := range want {
			if version.MustParseCompat(entry).Contains(v) != want {
				t.Fatalf("%q holds %s: %v", entry, v, !want)
			}
		}
	})
}

// sameClass reports whether v and from agree up to the first number of from that is not
// zero, or up to the last one given.
func sameClass(v, from version.Version, given int) bool {
	a, b := numbers(v.String()), numbers(from.String())
	for i := range given {
		if a[i] != b[i] {
			return false
		}
		if b[i] != 0 {
			break
		}
	}
	return true
}

func TestCompatListIsUnion(t *testing.T) {
	gen := rapid.OneOf(genNumbers, rapid.StringMatching(`(\^|~|=|>=|< ?)[1-3](\.[0-3]){0,2}|[0-3](\.[0-3])? - [0-3](\.[0-3])?`)).
		Filter(func(s string) bool { return s != "0.0.0" })
	rapid.Check(t, func(t *rapid.T) {
		a, b, v := gen.Draw(t, "a"), gen.Draw(t, "b"), draw(t, "version")
		left, right := version.MustParseCompat(a), version.MustParseCompat(b)
		want := left.Contains(v) || right.Contains(v)
		if version.MustParseCompat(a+", "+b).Contains(v) != want || left.Union(right).Contains(v) != want {
			t.Fatalf("%q, %q holds %s: %v", a, b, v, !want)
		}
	})
}

// TestParseLikeRegex compares with the regular expression by which Julia defines
// version numbers.
func TestParseLikeRegex(t *testing.T) {
	reference := regexp.MustCompile(`(?i)^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:(-)|([a-z][0-9a-z-]*(?:\.[0-9a-z-]+)*|-(?:[0-9a-z-]+\.)*[0-9a-z-]+)?(?:(\+)|(?:\+((?:[0-9a-z-]+\.)*[0-9a-z-]+))?))$`)
	gen := rapid.OneOf(genVersion, rapid.StringMatching(`[vV]?[0-2a.+-]{0,12}`))
	rapid.Check(t, func(t *rapid.T) {
		s := gen.Draw(t, "text")
		if _, err := version.Parse(s); (err == nil) != reference.MatchString(s) {
			t.Fatalf("%q: %v", s, err)
		}
	})
}
