package idset

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch/store"
)

// ids draws from few first bytes, so that buckets are shared, empty, and at both ends.
func ids(t *rapid.T, label string) []store.ID {
	return rapid.SliceOf(rapid.Custom(func(t *rapid.T) store.ID {
		var id store.ID
		first := rapid.SampledFrom([]byte{0, 1, 0x7f, 0xfe, 0xff})
		id[0], id[1], id[31] = first.Draw(t, "first"), first.Draw(t, "second"), rapid.Byte().Draw(t, "last")
		return id
	})).Draw(t, label)
}

func TestSetIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b Builder
		want := map[store.ID]bool{}
		for _, id := range ids(t, "in") {
			b.Add(id)
			want[id] = true
		}
		s := b.Set()
		if s.Len() != len(want) {
			t.Fatalf("%d ids instead of %d", s.Len(), len(want))
		}
		for i := range s.Len() {
			if !want[s.At(i)] {
				t.Fatalf("%s was never added", s.At(i))
			}
			if i > 0 && compare(s.At(i-1), s.At(i)) >= 0 {
				t.Fatal("not sorted")
			}
			if at, ok := s.Find(s.At(i)); !ok || at != i {
				t.Fatalf("id %d is found at %d, %t", i, at, ok)
			}
		}
		for _, id := range ids(t, "asked") {
			if s.Has(id) != want[id] {
				t.Fatalf("Has(%s) = %t", id, s.Has(id))
			}
		}
	})
}

func TestMarks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b Builder
		for i := range rapid.IntRange(1, 200).Draw(t, "ids") {
			b.Add(store.ID{byte(i)})
		}
		s := b.Set()
		marks, want := s.NewMarks(), map[int]bool{}
		for _, i := range rapid.SliceOf(rapid.IntRange(0, s.Len()-1)).Draw(t, "set") {
			if marks.Set(i) == want[i] {
				t.Fatalf("mark %d: set before is %t", i, want[i])
			}
			want[i] = true
		}
		for _, i := range rapid.SliceOf(rapid.IntRange(0, s.Len()-1)).Draw(t, "cleared") {
			marks.Clear(i)
			delete(want, i)
		}
		for i := range s.Len() {
			if marks.Has(i) != want[i] {
				t.Fatalf("mark %d is %t", i, marks.Has(i))
			}
		}
	})
}

func TestBuilderForgetsWhatComesAgain(t *testing.T) {
	var b Builder
	for i := range 1 << 16 {
		b.Add(store.ID{byte(i)})
	}
	if cap(b.ids) > 2048 {
		t.Fatalf("room for %d ids where 256 are distinct", cap(b.ids))
	}
	if s := b.Set(); s.Len() != 256 {
		t.Fatalf("%d ids", s.Len())
	}
}
