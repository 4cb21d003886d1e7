package ordered

import (
	"testing"
)

func TestSpans(t *testing.T) {
	const text = ` {"a" : [1, {"b":"é"} ,[] ] , "c":null,"a":[ "x" ]}`
	v, spans, err := ParseSpans([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	at := func(s Span) string { return text[s.Begin:s.End] }
	m, ok := spans.Member(v.(*Object), "a")
	if !ok || at(m.Key) != `"a"` || m.Key.Begin < 20 || at(m.Value) != `[ "x" ]` || len(m.Value.Elements) != 1 || at(m.Value.Elements[0]) != `"x"` {
		t.Errorf("%+v", m)
	}
	if m, _ := spans.Member(v.(*Object), "c"); at(m.Value) != "null" || m.Value.Elements != nil {
		t.Errorf("%+v", m)
	}
	if _, ok := spans.Member(v.(*Object), "b"); ok {
		t.Error("a member of another object")
	}
}

// What a span holds reads as the value of its member.
func TestSpansAreThoseOfValues(t *testing.T) {
	members := 0
	for _, p := range pairs(t) {
		v, spans, err := ParseSpans(p.in)
		if err != nil {
			continue
		}
		check := func(s Span, want any) {
			got, err := Parse(p.in[s.Begin:s.End])
			if err != nil || string(Append(nil, got)) != string(Append(nil, want)) {
				t.Errorf("%q: %+v is %s, %v; want %s", p.in, s, Append(nil, got), err, Append(nil, want))
			}
		}
		var walk func(v any)
		walk = func(v any) {
			switch v := v.(type) {
			case []any:
				for _, e := range v {
					walk(e)
				}
			case *Object:
				for key, value := range v.All() {
					m, ok := spans.Member(v, key)
					if !ok {
						t.Fatalf("%q: no %q", p.in, key)
					}
					check(m.Key, key)
					check(m.Value, value)
					list, _ := value.([]any)
					if len(m.Value.Elements) != len(list) {
						t.Fatalf("%q: %d elements", p.in, len(m.Value.Elements))
					}
					for i, e := range list {
						check(m.Value.Elements[i], e)
					}
					members++
					walk(value)
				}
			}
		}
		walk(v)
	}
	if members < 100 {
		t.Errorf("only %d members", members)
	}
}
