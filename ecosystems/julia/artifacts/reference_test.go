package artifacts_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
)

// referenceTags are values that the reference can compare as text: versions of one digit.
var referenceTags = map[string][]string{
	"os":                  {"linux", "windows"},
	"arch":                {"x86_64", "aarch64"},
	"libc":                {"glibc", "musl"},
	"libgfortran_version": {"3.0.0", "4.0.0", "5.0.0"},
	"cxxstring_abi":       {"cxx03", "cxx11"},
	"libstdcxx_version":   {"3.4.2", "3.4.5", "3.4.8"},
	"julia_version":       {"1.7.0", "1.7.3", "1.8.0"},
	"cuda":                {"none", "local"},
}

func drawTags(t *rapid.T, label string) map[string]string {
	tags := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(referenceTags)) {
		v := rapid.SampledFrom(referenceTags[key]).Draw(t, label+" "+key)
		if key == "os" || key == "arch" || rapid.Bool().Draw(t, label+" has "+key) {
			tags[key] = v
		}
	}
	if tags["os"] == "linux" && tags["libc"] == "" {
		tags["libc"] = "glibc"
	}
	if tags["os"] == "windows" {
		delete(tags, "libc")
	}
	return tags
}

// referenceMatch is the rule in the words of Julia's documents: what both have must agree.
func referenceMatch(entry, host map[string]string) bool {
	for key, e := range entry {
		h, both := host[key]
		switch {
		case !both:
		case key == "libstdcxx_version":
			if e > h {
				return false
			}
		case key == "julia_version":
			if e[:len("1.7")] != h[:len("1.7")] {
				return false
			}
		case e != h:
			return false
		}
	}
	return true
}

func referenceLoss(entry, host map[string]string) int {
	all := maps.Clone(entry)
	maps.Copy(all, host)
	common := 0
	for key := range entry {
		if _, ok := host[key]; ok {
			common++
		}
	}
	return len(all) - common
}

// hostOf writes tags as a triplet.
func hostOf(tags map[string]string) string {
	s := tags["arch"] + map[string]string{"linux": "-linux", "windows": "-w64-mingw32"}[tags["os"]] + map[string]string{"glibc": "-gnu", "musl": "-musl", "": ""}[tags["libc"]]
	if v := tags["libgfortran_version"]; v != "" {
		s += "-libgfortran" + v[:1]
	}
	if v := tags["cxxstring_abi"]; v != "" {
		s += "-" + v
	}
	if v := tags["libstdcxx_version"]; v != "" {
		s += "-libstdcxx" + v[len("3.4."):]
	}
	for _, key := range []string{"julia_version", "cuda"} {
		if v := tags[key]; v != "" {
			s += "-" + key + "+" + v
		}
	}
	return s
}

// TestChoiceLikeReference compares the choice with one that is found by looking at every
// entry, and holds that the triplet of a platform says all about it.
func TestChoiceLikeReference(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		host := drawTags(rt, "host")
		var entries []map[string]string
		content := ""
		for i := range rapid.IntRange(1, 10).Draw(rt, "entries") {
			tags := drawTags(rt, fmt.Sprint("entry ", i))
			entries = append(entries, tags)
			text := fmt.Sprintf("A %04d", i)
			for _, key := range slices.Sorted(maps.Keys(tags)) {
				text += " " + key + "=" + tags[key]
			}
			content += entry(text)
		}
		list := parse(t, content).Artifacts
		least, greatest := -1, ""
		for _, e := range entries {
			if !referenceMatch(e, host) {
				continue
			}
			l, fixed := referenceLoss(e, host), fixedPart(e)
			if least < 0 || l < least || l == least && fixed > greatest {
				least, greatest = l, fixed
			}
		}
		var want []string
		for i, e := range entries {
			if referenceMatch(e, host) && referenceLoss(e, host) == least && fixedPart(e) == greatest {
				want = append(want, fmt.Sprintf("%04d", i))
			}
		}
		p := platform(t, hostOf(host))
		if p.String() != platform(t, p.String()).String() {
			rt.Fatalf("%s is not what it says", p)
		}
		for key, v := range host {
			if p.Tag(key) != v {
				rt.Fatalf("%s has %s = %q, want %q", p, key, p.Tag(key), v)
			}
		}
		if got := trees(artifacts.Choose(list, p)); got != strings.Join(want, " ") {
			rt.Fatalf("%s takes %q, want %q of\n%s", p, got, want, content)
		}
	})
}

// fixedPart is a triplet without free tags.
func fixedPart(tags map[string]string) string {
	tags = maps.Clone(tags)
	delete(tags, "julia_version")
	delete(tags, "cuda")
	return hostOf(tags)
}
