package create

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/offmirror/offmirror/fetch/store"
)

// object is one that a bundle may have to carry.
type object struct {
	id   store.ID
	size int64
}

func compareObjects(a, b object) int {
	return cmp.Or(bytes.Compare(a.id[:], b.id[:]), cmp.Compare(a.size, b.size))
}

// objects gathers distinct objects, 40 bytes each.
type objects struct {
	all    []object
	sorted int // so many at the front are sorted and distinct
}

func (o *objects) add(id store.ID, size int64) {
	// Lists name the same object again and again. Throwing those away now and then
	// bounds the memory by the distinct ones.
	if len(o.all) == cap(o.all) && len(o.all) > 2*o.sorted {
		o.compact()
	}
	o.all = append(o.all, object{id, size})
}

func (o *objects) compact() {
	slices.SortFunc(o.all, compareObjects)
	o.all = slices.Compact(o.all)
	o.sorted = len(o.all)
}

// finish sorts what was added. An object has one size.
func (o *objects) finish() error {
	o.compact()
	for i := 1; i < len(o.all); i++ {
		if o.all[i].id == o.all[i-1].id {
			return fmt.Errorf("object %s: snapshots disagree about its size: %d or %d bytes; run offmirror verify", o.all[i].id, o.all[i-1].size, o.all[i].size)
		}
	}
	return nil
}

// find returns where an object is, after finish.
func (o *objects) find(id store.ID) (int, bool) {
	return slices.BinarySearchFunc(o.all, id, func(a object, id store.ID) int { return bytes.Compare(a.id[:], id[:]) })
}

// marks is a bit for each object.
type marks []uint64

func (o *objects) newMarks() marks { return make(marks, (len(o.all)+63)/64) }

func (m marks) set(i int)      { m[i/64] |= 1 << (i % 64) }
func (m marks) has(i int) bool { return m[i/64]&(1<<(i%64)) != 0 }

// join adds the marks of another and reports whether any was new.
func (m marks) join(other marks) bool {
	grown := false
	for i := range m {
		grown = grown || other[i]&^m[i] != 0
		m[i] |= other[i]
	}
	return grown
}

// drop removes the marked ones.
func (o *objects) drop(m marks) {
	kept := 0
	for i, at := range o.all {
		if !m.has(i) {
			o.all[kept] = at
			kept++
		}
	}
	o.all = o.all[:kept]
	o.sorted = kept
}
