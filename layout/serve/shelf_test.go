package serve

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch/store"
)

func numbered(n uint32, size int) *smallFile {
	data := make([]byte, size)
	binary.BigEndian.PutUint32(data, n)
	return newSmallFile(sha256.Sum256(data), data, time.Unix(1, 0))
}

// What is on the shelf is what was put there, however much was: and it is never
// more than there is room for.
func TestShelf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s shelf
		for i := range rapid.IntRange(1, 60).Draw(t, "files") {
			f := numbered(uint32(i%50), rapid.IntRange(4, shelfLargest).Draw(t, "size"))
			s.put(f)
			if got := s.get(f.id); got == nil || got.id != f.id {
				t.Fatal("what was just put there is not there")
			}
		}
		checkShelf(t, &s)
	})
}

func TestShelfIsBounded(t *testing.T) {
	var s shelf
	const files = 3 * shelfRoom / shelfLargest
	for i := range uint32(files) {
		s.put(numbered(i, shelfLargest))
	}
	checkShelf(t, &s)
	kept := 0
	for i := range uint32(files) {
		if s.get(numbered(i, shelfLargest).id) != nil {
			kept++
		}
	}
	if most := shelfRoom / shelfLargest; kept > most || kept < most*9/10 {
		t.Errorf("%d files are kept where there is room for %d", kept, most)
	}
}

// Somebody who walks in circles through more than there is room for finds a part of it.
func TestShelfInCircles(t *testing.T) {
	var s shelf
	files := make([]*smallFile, 2*shelfRoom/shelfLargest)
	for i := range files {
		files[i] = numbered(uint32(i), shelfLargest)
	}
	found := 0
	for range 4 {
		for _, f := range files {
			if s.get(f.id) != nil {
				found++
				continue
			}
			s.put(f)
		}
	}
	if found < len(files)/2 {
		t.Errorf("%d of %d were found", found, 4*len(files))
	}
}

func TestShelfDoesNotGrowByWhatIsThere(t *testing.T) {
	var s shelf
	f := numbered(1, 1000)
	for range 1000 {
		s.put(f)
	}
	p := &s.parts[f.id[0]%shelves]
	if len(p.files) != 1 || p.bytes != 1000+shelfExtra {
		t.Errorf("%d files of %d bytes", len(p.files), p.bytes)
	}
	if s.get(store.ID{1}) != nil {
		t.Error("something that was never put there is there")
	}
}

func checkShelf(t interface{ Fatalf(string, ...any) }, s *shelf) {
	for i := range s.parts {
		p := &s.parts[i]
		bytes := 0
		for at, f := range p.files {
			if p.place[f.id] != at {
				t.Fatalf("part %d: file %d is said to be at %d", i, at, p.place[f.id])
			}
			bytes += len(f.data) + shelfExtra
		}
		if len(p.place) != len(p.files) || bytes != p.bytes || bytes > shelfRoom/shelves {
			t.Fatalf("part %d: %d places, %d files, %d bytes counted as %d", i, len(p.place), len(p.files), bytes, p.bytes)
		}
	}
}
