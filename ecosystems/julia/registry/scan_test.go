package registry

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

var documents = []string{
	"", "\n", "# only\n", "a = \"b\"", "a = \"b\" # c\n", "a=\"\"\n", "\"a b\" = \"c\"\n", "a = true\nb = false\n",
	"a = [\"b\", \"c\"]\n", "a = [ \"b\" ,\"c\" ] # d\n", "[x]\na = { b = \"c\", \"d e\" = \"f\" }\n", "[x]\na = {b=\"c\"}\n",
	"[a]\nb = \"c\"\n\n[\"d e\"]\nf = \"g\"\n", "  [ a ]  # x\n\tb\t=\t\"c\"\n", "[0]\n0 = \"1\"\n", "[a]\n[b]\n[\"c\"]\n",
	"d = \"\"\"\none\ntwo\n\"\"\"\n", "d = \"\"\"one \"two\" \"\"\" # x\n", "d = \"\"\"\n\n\"\"\"\n",
}

// unusual is TOML in other forms, or none at all.
var unusual = []string{
	"a = { b = \"c\" }\n", "a = 'b'\n", "a = \"\\n\"\n", "a = 1\n", "a.b = \"c\"\n", "[a.b]\n", "[[a]]\n", "a = []\n", "[x]\na = {}\n", "a = [\"b\",]\n", "a = [\n\"b\"]\n",
	"a = \"b\r\n\"\n", "a = \"b\"\r\n", "a = \"b\" \"c\"\n", "a = \"b\"\na = \"c\"\n", "[a]\n[a]\n", "a = \"b\"\n[a]\n", "[a]\nb = \"c\"\nb = \"d\"\n",
	"a = truely\n", "a = true1\n", "a = \"\xff\"\n", "a = \"\x01\"\n", "# \x00\n", "a = \"\"\"b\n", "a = \"\"\"b\"\"\"\"\n", "a = \"b\n", "a\n", "= 1\n", "a = \n",
	"[a\n", "[]\n", "[a] b\n", "[x]\na = { b = \"c\", b = \"d\" }\n", "[x]\na = { b = true }\n", "a = [true]\n", "[x]\na = {b = \"c\"\n", "\ufeffa = \"b\"\n", "a = [\"b\" \"c\"]\n", "[x]\na = {b \"c\"}\n", "\"a = 1\n",
}

// TestScanTakesPlainForm holds that nothing usual falls to the slow reader, and that
// the fast one leaves alone what it does not know.
func TestScanTakesPlainForm(t *testing.T) {
	for _, content := range documents {
		if _, ok := scan(content); !ok {
			t.Errorf("%q was not read", content)
		}
		checkAgainstTOML(t, content)
	}
	for _, content := range unusual {
		if sections, ok := scan(content); ok {
			t.Errorf("%q was read as %+v", content, sections)
		}
	}
	var many strings.Builder
	many.WriteString("[packages]\n")
	for i := range 100 {
		many.WriteString("k" + strings.Repeat("x", i) + " = \"v\"\n")
	}
	checkAgainstTOML(t, many.String())
	for _, again := range []string{"k", "k" + strings.Repeat("x", 99)} {
		if _, ok := scan(many.String() + again + " = \"w\"\n"); ok {
			t.Errorf("a key that is there twice was read")
		}
	}
}

func TestScanTellsPlaces(t *testing.T) {
	const content = "a = \"\"\"\nx\n\"\"\"\nb = \"c\"\n\n[t]\n# d\ne = \"f\"\n[u]\n"
	sections, ok := scan(content)
	if !ok || len(sections) != 3 {
		t.Fatalf("%+v", sections)
	}
	if e := sections[0].entries; e[0].line != 1 || e[1].line != 4 || sections[1].line != 6 || sections[1].entries[0].line != 8 || sections[2].line != 9 {
		t.Errorf("%+v", sections)
	}
	var all string
	for _, s := range sections {
		all += content[s.start:s.end] + "|"
	}
	if want := "a = \"\"\"\nx\n\"\"\"\nb = \"c\"\n\n|[t]\n# d\ne = \"f\"\n|[u]\n|"; all != want {
		t.Errorf("%q", all)
	}
}

// checkAgainstTOML compares the fast reader with the TOML package, if it reads the
// content at all.
func checkAgainstTOML(t *testing.T, content string) {
	t.Helper()
	fast, ok := scan(content)
	if !ok {
		return
	}
	slow, err := decode("f", content)
	if err != nil {
		t.Fatalf("%q is no TOML: %v", content, err)
	}
	if a, b := normal(fast), normal(slow); !reflect.DeepEqual(a, b) {
		t.Fatalf("%q was read as\n%+v, not as\n%+v", content, a, b)
	}
}

// normal leaves out places and sorts.
func normal(sections []section) map[string]map[string]value {
	all := map[string]map[string]value{}
	for i, s := range sections {
		t := map[string]value{}
		for _, e := range s.entries {
			v := e.value
			v.table = slices.Clone(v.table)
			slices.SortFunc(v.table, func(a, b entry) int { return strings.Compare(a.key, b.key) })
			t[e.key] = v
		}
		if i > 0 {
			s.name = "table " + s.name
		}
		all[s.name] = t
	}
	return all
}

func FuzzScan(f *testing.F) {
	for _, content := range slices.Concat(documents, unusual) {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content string) { checkAgainstTOML(t, content) })
}
