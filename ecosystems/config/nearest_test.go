package config

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	keys := []string{"packages", "prereleases", "per_host", "upstream", "name"}
	for word, want := range map[string]string{
		"package": "packages", "pakages": "packages", "PACKAGES": "packages", "per-host": "per_host",
		"perhost": "per_host", "uptsream": "upstream", "nmae": "name", "zebra": "", "": "", "x": "",
		strings.Repeat("a", 500): "",
	} {
		if got := Nearest(word, keys); got != want {
			t.Errorf("Nearest(%.20q) = %q, want %q", word, got, want)
		}
	}
}

func TestDistanceIsADistance(t *testing.T) {
	short := rapid.StringMatching(`[abc]{0,8}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := short.Draw(t, "a"), short.Draw(t, "b")
		d := distance(a, b)
		if d != distance(b, a) {
			t.Error("not symmetric")
		}
		if (d == 0) != (a == b) {
			t.Error("zero exactly for equal words")
		}
		if d > max(len(a), len(b)) || d < max(len(a), len(b))-min(len(a), len(b)) {
			t.Errorf("%d is out of bounds", d)
		}
	})
}
