package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"os"
	"sync"
	"testing"
)

// The anchor is 20 000 files of 24 KiB, all durable: compare with BenchmarkUnsynced,
// the same files without any promise, and with one fsync each.
const benchSize = 24 << 10

func benchmarkWriters(b *testing.B, writers int) {
	s, _ := newStore(b)
	body := make([]byte, benchSize)
	_, _ = rand.Read(body)
	b.SetBytes(benchSize)
	var wg sync.WaitGroup
	next := make(chan int)
	for range writers {
		wg.Go(func() {
			mine := append([]byte(nil), body...)
			for n := range next {
				binary.BigEndian.PutUint64(mine, uint64(n))
				if _, err := s.Put(context.Background(), mine); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for n := 0; b.Loop(); n++ {
		next <- n
	}
	close(next)
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "files/s")
}

func BenchmarkPut1(b *testing.B)   { benchmarkWriters(b, 1) }
func BenchmarkPut64(b *testing.B)  { benchmarkWriters(b, 64) }
func BenchmarkPut512(b *testing.B) { benchmarkWriters(b, 512) }

func BenchmarkUnsynced(b *testing.B) {
	root, err := os.OpenRoot(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer root.Close()
	body := make([]byte, benchSize)
	_, _ = rand.Read(body)
	b.SetBytes(benchSize)
	for n := 0; b.Loop(); n++ {
		var name [8]byte
		binary.BigEndian.PutUint64(name[:], uint64(n))
		if err := root.WriteFile(ID(append(name[:], make([]byte, 24)...)).String(), body, 0o444); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "files/s")
}
