//go:build unix

package retention

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// fakeObject makes the file of an object, whose bytes are of no importance to gc.
func fakeObject(b *testing.B, dir string, i int) store.ID {
	var seed [8]byte
	binary.BigEndian.PutUint64(seed[:], uint64(i))
	id := idOf(string(seed[:]))
	name := filepath.Join(dir, "store/sha256", id.String()[:2], id.String())
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o444)
	if err != nil {
		b.Fatal(err)
	}
	f.Close()
	return id
}

// BenchmarkCollect is gc of a mirror whose kept snapshot has a million entries, and in whose store 20 000
// objects lie beside them that nothing needs. It reports the memory of the process that does it.
func BenchmarkCollect(b *testing.B) {
	const entries, dead = 1_000_000, 20_000
	w := newWorld(b)
	w.put("x") // makes the folders
	_, err := w.history("hex").Write(b.Context(), layout.Header{Time: w.now}, func(yield func(layout.Entry) bool) {
		for i := range entries {
			if !yield(layout.Entry{Path: fmt.Sprintf("tarballs/some_package_%07d-1.2.%d.tar", i, i%10), Object: fakeObject(b, w.dir, i), Size: 1}) {
				return
			}
		}
	})
	w.must(err)
	rules := Config{Grace: 0}
	var most int64
	for b.Loop() {
		b.StopTimer()
		for i := range dead {
			fakeObject(b, w.dir, entries+i)
		}
		b.StartTimer()
		_, _, memory := runChild(b, w.dir, time.Now(), rules, 0)
		most = max(most, memory)
	}
	b.ReportMetric(float64(most)/(1<<20), "MiB-of-memory")
	b.ReportMetric(dead*float64(b.N)/b.Elapsed().Seconds(), "removed/s")
}

// BenchmarkRemove is the removal alone.
func BenchmarkRemove(b *testing.B) {
	const dead = 20_000
	w := newWorld(b)
	w.put("x")
	for b.Loop() {
		b.StopTimer()
		ids := make([]store.ID, 0, dead)
		for i := range dead {
			ids = append(ids, fakeObject(b, w.dir, i))
		}
		set := sorted(ids)
		b.StartTimer()
		if n, err := w.store.RemoveAll(b.Context(), set); n != dead || err != nil {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(dead*float64(b.N)/b.Elapsed().Seconds(), "removed/s")
}
