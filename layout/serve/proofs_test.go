package serve

import (
	"encoding/binary"
	"hash/maphash"
	"testing"

	"github.com/offmirror/offmirror/fetch/store"
)

func objectOf(n uint64) (id store.ID) {
	binary.LittleEndian.PutUint64(id[:], n)
	return id
}

// Two objects that come to the same place are both remembered, and of more none is taken for another.
func TestProofsInOnePlace(t *testing.T) {
	p := newProofs()
	at := func(id store.ID) uint64 { return maphash.Comparable(p.seed, id) % proofSlots }
	same := []store.ID{objectOf(0)}
	for n := uint64(1); len(same) < 4; n++ {
		if id := objectOf(n); at(id) == at(same[0]) {
			same = append(same, id)
		}
	}
	s := store.Stamp{Size: 1}
	p.add(same[0], s)
	p.add(same[1], s)
	if !p.has(same[0], s) || !p.has(same[1], s) || p.has(same[2], s) {
		t.Error("want the first two")
	}
	p.add(same[2], s)
	p.add(same[3], s)
	known := 0
	for _, id := range same {
		if p.has(id, s) {
			known++
		}
	}
	if !p.has(same[3], s) || known > 2 {
		t.Errorf("%d are known", known)
	}
}
