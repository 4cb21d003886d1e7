package ordered

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// pair is what Python made of a document; see testdata/record.py.
type pair struct {
	in  []byte
	out *string // nil: it refused
}

func pairs(t testing.TB) (list []pair) {
	t.Helper()
	f, err := os.Open("testdata/python3.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var raw [2]*string
		if err := json.Unmarshal(lines.Bytes(), &raw); err != nil {
			t.Fatal(err)
		}
		var in []byte
		for _, r := range *raw[0] {
			in = append(in, byte(r))
		}
		list = append(list, pair{in, raw[1]})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestAsPythonDoes(t *testing.T) {
	list := pairs(t)
	if len(list) < 900 {
		t.Fatalf("only %d recorded documents", len(list))
	}
	for _, p := range list {
		v, err := Parse(p.in)
		switch {
		case p.out == nil && err == nil:
			t.Errorf("%.200q: read as %s, which Python refuses", p.in, Append(nil, v))
		case p.out == nil:
			if strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "line ") {
				t.Errorf("%.200q: %q", p.in, err)
			}
		case err != nil:
			t.Errorf("%.200q: %v", p.in, err)
		case string(Append(nil, v)) != *p.out:
			t.Errorf("%.200q:\n got %.500s\nwant %.500s", p.in, Append(nil, v), *p.out)
		}
	}
}

// FuzzParse: no input panics, and what was written reads back as the same.
func FuzzParse(f *testing.F) {
	for _, p := range pairs(f) {
		f.Add(p.in)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		v, err := Parse(in)
		if err != nil {
			return
		}
		once := Append(nil, v)
		again, err := Parse(once)
		if err != nil {
			t.Fatalf("%q: %q does not read back: %v", in, once, err)
		}
		if twice := Append(nil, again); string(twice) != string(once) {
			t.Fatalf("%q: %q, then %q", in, once, twice)
		}
	})
}
