package releases_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// TestSelectLikeReference compares with a choice by text, over all versions in order.
func TestSelectLikeReference(t *testing.T) {
	genVersion := rapid.StringMatching(`1\.(9|1[0-3])\.[0-3](-(alpha|beta|rc)[12])?`)
	rapid.Check(t, func(rt *rapid.T) {
		texts := rapid.SliceOfNDistinct(genVersion, 0, 12, rapid.ID[string]).Draw(rt, "versions")
		var entries []string
		for _, v := range texts {
			entries = append(entries, fmt.Sprintf(`%q: {"stable": %v, "files": []}`, v, !strings.Contains(v, "-")))
		}
		ix := parse(t, "{"+strings.Join(entries, ",")+"}")
		slices.SortFunc(texts, func(a, b string) int { return version.MustParse(a).Compare(version.MustParse(b)) })

		selector := rapid.SampledFrom([]string{"release", "lts", "rc", "beta", "alpha", "all", "1", "1.1", "1.10", "1.12", "1.11.1", "1.13.0-rc1", "nightly"}).Draw(rt, "selector")
		var want []string
		for _, v := range texts {
			stable := !strings.Contains(v, "-")
			var means bool
			switch selector {
			case "release", "all", "1":
				means = stable
			case "lts":
				means = stable && strings.HasPrefix(v, "1.10.")
			case "rc":
				means = stable || strings.Contains(v, "-rc")
			case "beta":
				means = stable || !strings.Contains(v, "-alpha")
			case "alpha":
				means = true
			case "nightly":
			default:
				means = v == selector || stable && strings.HasPrefix(v, selector+".")
			}
			switch {
			case !means:
			case selector == "all":
				want = append(want, v)
			default:
				want = []string{v}
			}
		}
		chosen, missing, err := ix.Select(selectors(t, selector), releases.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		var got []string
		for _, r := range chosen {
			got = append(got, r.Version.String())
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("%s of %q is %q, want %q", selector, texts, got, want)
		}
		if lacks := len(missing) == 1; lacks != (len(want) == 0 && selector != "nightly") {
			rt.Fatalf("%s of %q lacks %v", selector, texts, missing)
		}
	})
}
