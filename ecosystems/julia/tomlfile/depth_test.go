package tomlfile

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The TOML package calls itself for what is nested, and a stack that overflows ends the program.
func TestDeepNesting(t *testing.T) {
	const size = 16 << 20
	for name, content := range map[string]string{
		"lists":  "a = " + strings.Repeat("[", size),
		"tables": "a = " + strings.Repeat("{a=", size/3),
		"both":   "a = " + strings.Repeat("[{a=", size/4),
		"key":    strings.Repeat("a.", size/2) + "a = 1",
		"header": "[" + strings.Repeat("a . ", size/4) + "a]\n",
	} {
		_, _, err := Decode("x.toml", "# x\n"+content)
		if err == nil || err.Error() != "x.toml:2: it is nested too deeply" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, content := range []string{
		"a = " + strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth),
		"a = '" + strings.Repeat("[", 1000) + "'",
		"a = 1 # " + strings.Repeat("{", 1000),
		"a = [" + strings.Repeat("1.5, ", 1000) + "1]",
		strings.Repeat("[[a]]\nb.c = [ 1.5 ]\n", 1000),
	} {
		if _, _, err := Decode("x.toml", content); err != nil {
			t.Errorf("%.20q: %v", content, err)
		}
	}
}

// texts hold what could be taken for something else.
var texts = []string{
	`"["`, `"]"`, `'['`, `']'`, `"\"]"`, `"\\"`, `'\'`, `"'"`, `'"'`, `"#"`, `""`, `''`, `"""]"""`, `'''['''`, `""""]"""""`, `'''']'''''`,
	`"""\"""]"""`, "\"\"\"\n\\\n ] \"\"\"", "'''\n]\"'''", `"""a"b""]"""`,
}

// Whatever stands in a file, the depth that is found is that of the lists.
func TestDepthIsThatOfTheLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		depth := rapid.IntRange(1, 8).Draw(t, "depth")
		value := rapid.SampledFrom(texts).Draw(t, "innermost")
		for range depth {
			list := rapid.SliceOfN(rapid.SampledFrom(texts), 0, 3).Draw(t, "items")
			list = append(list, value)
			value = "[ " + strings.Join(list, rapid.SampledFrom([]string{",", " , # ] '\n", "\n,\n"}).Draw(t, "between")) + "]"
		}
		content := "# [ \"\n[head]\na = " + value + "\n"
		if _, _, err := Decode("x.toml", content); err != nil {
			t.Fatalf("%s\n%v", content, err)
		}
		if line := nested(content, depth, 1); line != 0 {
			t.Errorf("depth %d, but more on line %d of\n%s", depth, line, content)
		}
		if nested(content, depth-1, 1) == 0 && depth > 1 {
			t.Errorf("depth %d is not found in\n%s", depth, content)
		}
	})
}
