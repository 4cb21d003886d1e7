package installs

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// release is a version of Elixir or OTP. OTP's have two to five numbers.
type release struct {
	numbers []int
	pre     string // "rc1", "rc.1"; empty for a final release
}

// parseRelease reads a version that has at least min numbers; what has fewer is a branch.
func parseRelease(s string, min int) (release, bool) {
	text, pre, _ := strings.Cut(s, "-")
	r := release{pre: pre}
	for part := range strings.SplitSeq(text, ".") {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil {
			return release{}, false
		}
		r.numbers = append(r.numbers, int(n))
	}
	return r, len(r.numbers) >= min
}

// within reports whether r belongs to a line such as 1.18 or 27, or is that very version.
func (r release) within(line string) bool {
	text, pre, exact := strings.Cut(line, "-")
	if exact && pre != r.pre {
		return false
	}
	i := 0
	for part := range strings.SplitSeq(text, ".") {
		if n, err := strconv.ParseUint(part, 10, 31); err != nil || i == len(r.numbers) || r.numbers[i] != int(n) {
			return false
		}
		i++
	}
	return true
}

// compare puts every candidate below every final release, and otherwise orders by number.
func (r release) compare(o release) int {
	return cmp.Or(
		cmp.Compare(rank(r.pre), rank(o.pre)),
		slices.Compare(r.numbers, o.numbers),
		comparePre(r.pre, o.pre),
	)
}

func rank(pre string) int {
	if pre == "" {
		return 1
	}
	return 0
}

// comparePre orders candidates: rc1 < rc2 < rc10, dev < rc.0.
func comparePre(a, b string) int {
	wa, na := splitNumber(a)
	wb, nb := splitNumber(b)
	return cmp.Or(strings.Compare(wa, wb), cmp.Compare(na, nb))
}

func splitNumber(s string) (word string, n int) {
	word = strings.TrimRight(s, "0123456789")
	n, _ = strconv.Atoi(s[len(word):])
	return strings.Trim(word, ".-"), n
}
