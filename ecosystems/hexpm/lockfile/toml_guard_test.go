package lockfile

import (
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
	"pgregory.net/rapid"
)

func TestHostileTOML(t *testing.T) {
	deep, dotted := strings.Repeat("[", 17), strings.Repeat("a.", 17)+"a"
	for src, want := range map[string]int{
		"":                                   0,
		"a = 1 # " + deep:                    0,
		"# " + dotted:                        0,
		"a = \"" + deep + "\"":               0,
		"a = '" + deep + dotted + "'":        0,
		"a = \"\\\"" + deep + "\"":           0,
		"a = '\\'\nb = " + deep:              2,
		"a = \"\"\"\n" + deep + "\n\"\"\"":   0,
		"a = '''\n" + deep + "\n'''":         0,
		"a = [\"\"\"a\"b\"\"\", " + deep:     1,
		"a = [\"\"\"\"\"\"\"\", '', " + deep: 1,
		"a = [\"\"\"\\\"\"\"\", '', " + deep: 1,
		"a = [''''''', \"\", " + deep:        1,
		"\n\n" + deep:                        3,
		"\n" + dotted + " = 1":               2,
		strings.Repeat("a.b = 1.5\n", 50):    0,
		strings.Repeat("[a]\n", 50):          0,
		"a = [" + strings.Repeat("{},", 50):  0,
		"a = \"never":                        1,
		"a = \"not here\n\"":                 1,
		"a = 'not here\n'":                   1,
		"\na = \"\"\"never\n\n":              2,
		"a = \"\\":                           1,
	} {
		if got := hostileTOML(src); got != want {
			t.Errorf("hostileTOML(%q) = %d, want %d", src, got, want)
		}
	}
}

// TestGuardSeesStringsLikeTheDecoder has the decoder read a string of odd quotes
// and escapes, and the guard find the same end.
func TestGuardSeesStringsLikeTheDecoder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SampledFrom([]string{`"`, `""`, `'`, `''`, `\"`, `\\`, "a", " ", "[", "\n", "#", `"""`, `'''`})
		src := rapid.SampledFrom([]string{`"`, `'`, `"""`, `'''`}).Draw(t, "opening") +
			strings.Join(rapid.SliceOfN(pieces, 0, 12).Draw(t, "pieces"), "")
		for end := 2; end <= len(src); end++ {
			var v struct{ A string }
			if _, err := toml.Decode("A = "+src[:end]+"\n", &v); err != nil {
				continue
			}
			got := tomlStringEnd(src[:end])
			if got < 0 || !strings.HasPrefix(strings.TrimLeft(src[got:end], " \n")+"#", "#") {
				t.Fatalf("the decoder reads all of %q, the guard sees %d bytes of string", src[:end], got)
			}
		}
	})
}

func TestLineFinder(t *testing.T) {
	f := lineFinder{src: "packages = [\n{ name = \"a\" },\n\n{ version = \"1\", name='b' },{ name = \"c\" },\n{ name = \"a\" },{ name = \"\\u0064\" },\n{ name = \"e\" }]"}
	for i, want := range []struct {
		name string
		line int
	}{{"a", 2}, {"b", 4}, {"c", 4}, {"a", 5}, {"d", 0}, {"e", 0}} {
		if got := f.next(want.name); got != want.line {
			t.Errorf("package %d, %s: line %d, want %d", i, want.name, got, want.line)
		}
	}
}
