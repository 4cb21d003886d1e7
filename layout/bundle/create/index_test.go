package create

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
)

// An index that is too large to be kept is made twice, and says the same.
func TestLargeIndex(t *testing.T) {
	const n = 150_000
	var all objects
	var seed [8]byte
	for i := range n {
		binary.BigEndian.PutUint64(seed[:], uint64(i))
		all.add(sha256.Sum256(seed[:]), int64(i))
	}
	must(t, all.finish())
	p, err := newPlan(1<<40, nil, all.all)
	must(t, err)
	p.name = "offmirror-20260101T000000Z-0123456789ab"
	if len(p.volumes) != 1 {
		t.Fatalf("%d volumes", len(p.volumes))
	}
	var out bytes.Buffer
	index, err := p.writeTail(&out, 1, store.ID{})
	must(t, err)
	if index.Size <= keptIndex || index.Size > p.volumes[0].bound-p.volumes[0].index {
		t.Fatalf("the index has %d bytes", index.Size)
	}
	if int64(out.Len()) != block+padded(index.Size)+tail || p.volumes[0].index+int64(out.Len()) != volumeSize(index) || volumeSize(index) > p.volumes[0].bound {
		t.Errorf("%d bytes, volume of %d, at most %d", out.Len(), volumeSize(index), p.volumes[0].bound)
	}
	data := out.Bytes()[block : block+index.Size]
	if store.ID(sha256.Sum256(data)) != index.SHA256 {
		t.Error("the index is not what its digest says")
	}
	r, err := bundle.NewIndexReader(bytes.NewReader(data), p.name, 1, index)
	must(t, err)
	defer r.Close()
	header := begin
	for i := range n {
		if !r.Next() {
			t.Fatal(i, r.Err())
		}
		o := all.all[i]
		if e := r.Entry(); e.SHA256 != o.id || e.Size != o.size || e.Offset != header+block {
			t.Fatalf("entry %d is %+v", i, e)
		}
		header += block + padded(o.size)
	}
	if r.Next() || r.Err() != nil || header != p.volumes[0].index {
		t.Errorf("more: %v, ends at %d", r.Err(), header)
	}
}
