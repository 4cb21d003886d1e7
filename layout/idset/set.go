// Package idset holds very many object ids in little memory: 32 bytes each and
// half a MiB, for questions like "which of these million objects does nobody
// need any more".
//
// A [Builder] takes ids in any order, each as often as it comes; the [Set] that it
// makes is sorted and never changes. [Marks] is one bit for each id of a set.
package idset

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/offmirror/offmirror/fetch/store"
)

// Builder gathers a [Set]. The zero value is ready for use, by one goroutine.
type Builder struct {
	ids    []store.ID
	sorted int // so many at the front are sorted and distinct
}

// Add takes an id.
func (b *Builder) Add(id store.ID) {
	// Lists name the same object again and again. Throwing those away now and then
	// bounds the memory by the distinct ones.
	if len(b.ids) == cap(b.ids) && len(b.ids) > 2*b.sorted {
		b.compact()
	}
	b.ids = append(b.ids, id)
}

// Grow makes room for so many more ids.
func (b *Builder) Grow(n int) { b.ids = slices.Grow(b.ids, n) }

// Set returns the ids. The builder is empty afterwards.
func (b *Builder) Set() *Set {
	b.compact()
	s := &Set{ids: b.ids}
	*b = Builder{}
	next := 0
	for bucket := range s.starts {
		for next < len(s.ids) && prefix(s.ids[next]) < bucket {
			next++
		}
		s.starts[bucket] = uint32(next)
	}
	return s
}

func (b *Builder) compact() {
	slices.SortFunc(b.ids, compare)
	b.ids = slices.Compact(b.ids)
	b.sorted = len(b.ids)
}

// Set is distinct ids, sorted. It may be read by many goroutines.
type Set struct {
	ids    []store.ID
	starts [1<<16 + 1]uint32 // where the ids begin that have these first two bytes
}

// Len returns the number of ids.
func (s *Set) Len() int { return len(s.ids) }

// At returns the id with the number i, 0 ≤ i < Len().
func (s *Set) At(i int) store.ID { return s.ids[i] }

// Has reports whether the set holds an id.
func (s *Set) Has(id store.ID) bool {
	_, ok := s.Find(id)
	return ok
}

// Find returns the number of an id.
func (s *Set) Find(id store.ID) (int, bool) {
	start := s.starts[prefix(id)]
	i, ok := slices.BinarySearchFunc(s.ids[start:s.starts[prefix(id)+1]], id, compare)
	return int(start) + i, ok
}

func prefix(id store.ID) int { return int(binary.BigEndian.Uint16(id[:])) }

func compare(a, b store.ID) int { return bytes.Compare(a[:], b[:]) }

// Marks is a bit for each id of a [Set]. It is for one goroutine at a time.
type Marks []uint64

// NewMarks returns marks of which none is set.
func (s *Set) NewMarks() Marks { return make(Marks, (len(s.ids)+63)/64) }

// Set sets the mark of the id with the number i and reports whether it was not set.
func (m Marks) Set(i int) bool {
	was := m.Has(i)
	m[i/64] |= 1 << (i % 64)
	return !was
}

// Clear takes the mark of the id with the number i away.
func (m Marks) Clear(i int) { m[i/64] &^= 1 << (i % 64) }

// Has reports whether the mark of the id with the number i is set.
func (m Marks) Has(i int) bool { return m[i/64]&(1<<(i%64)) != 0 }
