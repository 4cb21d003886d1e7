package mirror_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/mirror"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// BenchmarkVerify reads a mirror of objects of one size that is in the page cache, and tells how fast, as
// a share of what all processors come to with SHA-256 alone.
func BenchmarkVerify(b *testing.B) {
	for _, shape := range []struct{ count, size int }{{20000, 2 << 10}, {8000, 16 << 10}, {2000, 256 << 10}, {16, 32 << 20}} {
		b.Run(fmt.Sprintf("%dx%dKiB", shape.count, shape.size>>10), func(b *testing.B) {
			m := bulk(b, shape.count, shape.size)
			b.SetBytes(int64(shape.count) * int64(shape.size))
			for b.Loop() {
				v, err := m.Verify(b.Context(), "toy", nil, mirror.VerifyOptions{})
				if err != nil || len(v.Damage) > 0 || v.Objects != shape.count {
					b.Fatalf("%+v, %v", v, err)
				}
			}
			rate := float64(shape.count) * float64(shape.size) * float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(100*rate/hashRate(shape.size), "%ofSHA256")
		})
	}
}

// hashRate is how many bytes a second all processors hash, in messages of a size.
func hashRate(size int) float64 {
	const long = time.Second
	var total sync.Map
	var group sync.WaitGroup
	for p := range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			data := make([]byte, size)
			var n float64
			for start := time.Now(); time.Since(start) < long; n += float64(size) {
				sha256.Sum256(data)
			}
			total.Store(p, n)
		})
	}
	group.Wait()
	sum := 0.0
	total.Range(func(_, n any) bool { sum += n.(float64); return true })
	return sum / long.Seconds()
}

// bulk publishes a mirror of so many objects, without making them durable.
func bulk(b *testing.B, count, size int) *mirror.Mirror {
	dir := b.TempDir()
	cfg := mirror.Config{Fetch: fetch.DefaultConfig()}
	m, err := mirror.Create(dir, cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { m.Close() })
	for i := range 256 {
		if err := os.MkdirAll(filepath.Join(dir, fmt.Sprintf("store/sha256/%02x", i)), 0o755); err != nil {
			b.Fatal(err)
		}
	}
	history, err := m.History("toy")
	if err != nil {
		b.Fatal(err)
	}
	data := make([]byte, size)
	snapshot, err := history.Write(context.Background(), layout.Header{Time: time.Now()}, func(yield func(layout.Entry) bool) {
		for i := range count {
			binary.BigEndian.PutUint64(data, uint64(i))
			id := store.ID(sha256.Sum256(data))
			if err := os.WriteFile(filepath.Join(dir, m.Objects().Path(id)), data, 0o444); err != nil {
				b.Fatal(err)
			}
			if !yield(layout.Entry{Path: fmt.Sprintf("packages/%03d/file-with-a-name-%d", i%997, i), Object: id, Size: int64(size)}) {
				return
			}
		}
	})
	if err == nil {
		err = history.Publish(context.Background(), snapshot)
	}
	if err != nil {
		b.Fatal(err)
	}
	return m
}
