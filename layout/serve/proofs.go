package serve

import (
	"hash/maphash"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
)

const (
	proofLasts = 24 * time.Hour // at most
	proofSlots = 1 << 19        // 4 MiB
)

// proofs remembers which files were right when their objects were hashed, and how they
// looked then: 8 bytes each, in one of two places that may be taken over by whichever object comes
// there next. A digest with a key that nobody knows stands for object, file and
// day, so that none is taken for another.
type proofs struct {
	seed  maphash.Seed
	slots []atomic.Uint64
	now   func() time.Time
}

func newProofs() *proofs {
	return &proofs{maphash.MakeSeed(), make([]atomic.Uint64, proofSlots), time.Now}
}

// proof is a file that is right until a day ends.
type proof struct {
	id    store.ID
	stamp store.Stamp
	day   int64
}

func (p *proofs) of(id store.ID, s store.Stamp) (one, other *atomic.Uint64, digest uint64) {
	d := maphash.Comparable(p.seed, proof{id, s, p.now().UnixNano() / int64(proofLasts)})
	at := maphash.Comparable(p.seed, id) % proofSlots
	return &p.slots[at], &p.slots[at^1], d
}

// has reports whether an object was proven today while its file had that stamp.
func (p *proofs) has(id store.ID, s store.Stamp) bool {
	one, other, digest := p.of(id, s)
	return one.Load() == digest || other.Load() == digest
}

// add remembers that an object was right in a file of that stamp.
func (p *proofs) add(id store.ID, s store.Stamp) {
	one, other, digest := p.of(id, s)
	if one.Load() != 0 && (other.Load() == 0 || rand.Uint32()&1 == 0) {
		one = other
	}
	one.Store(digest)
}
