package ordered

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func keys(o *Object) (list []string) {
	for key := range o.All() {
		list = append(list, key)
	}
	return list
}

func TestObjectKeepsItsOrder(t *testing.T) {
	var o Object
	for _, key := range []string{"z", "a", "z", "", "a"} {
		o.Set(key, key+"!")
	}
	if diff := cmp.Diff([]string{"z", "a", ""}, keys(&o)); diff != "" {
		t.Error(diff)
	}
	other := o.Copy()
	other.Set("b", nil)
	other.Set("z", "changed")
	if v, _ := o.Get("z"); v != "z!" || o.Has("b") || o.Len() != 3 || other.Len() != 4 {
		t.Errorf("a copy is not of its own: %v, %d keys", v, o.Len())
	}
}

func TestNoObject(t *testing.T) {
	var o *Object
	if _, ok := o.Get("a"); ok || o.Len() != 0 || len(keys(o)) != 0 || o.Copy().Len() != 0 {
		t.Error("a nil Object has something")
	}
	if got := string(Append(nil, o)); got != "{}" {
		t.Error(got)
	}
}

// A map and a list of keys in order of their first appearance is what an Object is.
func TestObjectModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var o Object
		model, order := map[string]any{}, []string(nil)
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			key, value := rapid.SampledFrom([]string{"", "a", "b", "c", "d"}).Draw(t, "key"), rapid.Int().Draw(t, "value")
			o.Set(key, value)
			if _, ok := model[key]; !ok {
				order = append(order, key)
			}
			model[key] = value
		}
		if diff := cmp.Diff(order, keys(&o)); diff != "" {
			t.Fatal(diff)
		}
		if !maps.Equal(model, maps.Collect(o.All())) {
			t.Fatal("other values")
		}
	})
}

func TestWhereItEndsToMakeSense(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "line 1, column 1: want a value",
		"{\n  \"é\" 1}":                  "line 2, column 7: want a colon",
		"[1,\n2\n 3]":                    "line 3, column 2: want a comma or ']'",
		"\ufeff{}":                       "line 1, column 1: begins with a byte order mark, which JSON has not",
		strings.Repeat("[", MaxDepth+1):  "line 1, column 901: deeper than 900 lists and objects in each other",
		strings.Repeat("[", 10_000_000):  "line 1, column 901: deeper than 900 lists and objects in each other",
		strings.Repeat("1", MaxDigits+1): "line 1, column 1: a whole number of more than 4300 digits",
	} {
		_, err := Parse([]byte(in))
		if err == nil || err.Error() != want {
			t.Errorf("%.40q: %v, want %s", in, err, want)
		}
	}
	if _, err := Parse([]byte(strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth))); err != nil {
		t.Error(err)
	}
}

func TestRunes(t *testing.T) {
	v, err := Parse([]byte(`"aé\ud800\ude00x\udfff😀"`))
	if err != nil {
		t.Fatal(err)
	}
	var got []rune
	Runes(v.(string), func(r rune) { got = append(got, r) })
	if want := []rune{'a', 'é', 0x10200, 'x', 0xdfff, '😀'}; !slices.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
	got = nil
	Runes("\xff\xed\xa0", func(r rune) { got = append(got, r) })
	if len(got) != 3 {
		t.Errorf("%x of bytes that are no text", got)
	}
}

func TestTextSortsByCodePoints(t *testing.T) {
	v, err := Parse([]byte(`["\ud7ff", "\ud800", "\udfff", "\ue000", "\ud800\udc00"]`))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, element := range v.([]any) {
		list = append(list, element.(string))
	}
	if !slices.IsSorted(list) {
		t.Errorf("%q", list)
	}
}

func TestFloat(t *testing.T) {
	for f, want := range map[float64]Number{
		1: "1.0", 0.5: "0.5", 1e15: "1000000000000000.0", 1e16: "1e+16", 0.0001: "0.0001", 0.00001: "1e-05",
		math.Inf(-1): "-Infinity", math.MaxFloat64: "1.7976931348623157e+308",
	} {
		if got := Float(f); got != want {
			t.Errorf("%v: %s, want %s", f, got, want)
		}
	}
	if Float(math.NaN()) != "NaN" || Float(math.Copysign(0, -1)) != "-0.0" || Float(0) != "0.0" {
		t.Error("NaN or zero")
	}
}

func TestAppendPanicsOnWhatIsNoValue(t *testing.T) {
	defer func() {
		if got := recover(); got != "ordered: a int is no JSON value" {
			t.Error(got)
		}
	}()
	Append(nil, 1)
}
