package treehash_test

import (
	"bufio"
	"bytes"
	stdgzip "compress/gzip"
	"crypto/sha1"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// The corpora: a package is many small texts, an artifact few large binaries.
func corpus(files, size int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields("function end return using module struct where for in if else Float64 Vector convert push! @test \n ( ) = :: 0x1f 3.14")
	var records []record
	for i := range files {
		var b strings.Builder
		for b.Len() < size {
			if rng.IntN(8) == 0 {
				fmt.Fprintf(&b, "%x", rng.Uint64())
			}
			b.WriteString(words[rng.IntN(len(words))])
			b.WriteByte(' ')
		}
		records = append(records, file(fmt.Sprintf("src/part%d/file%d.jl", i%40, i), b.String()))
	}
	return archive(records...)
}

// tarballs are the shapes that matter: many small texts, few large binaries, and so little that
// what a tarball costs beside its bytes shows.
var tarballs = []struct {
	name        string
	files, size int
}{{"package", 2000, 6 << 10}, {"artifact", 12, 2 << 20}, {"small", 20, 2 << 10}}

// references are what a proof cannot do without: gunzip and SHA-1 over the same bytes.
var references = []struct {
	name   string
	gunzip func(io.Reader) (io.Reader, error)
}{
	{"compress-gzip", func(r io.Reader) (io.Reader, error) { return stdgzip.NewReader(r) }},
	{"klauspost-gzip", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
}

// BenchmarkProof compares the proof of an object, from a file as it is in the store, with
// the references on one core. Each turn does all of them, so that what else the machine does
// hits all alike. The aim is four fifths of their rate: 80 %-of-….
func BenchmarkProof(b *testing.B) {
	for _, c := range tarballs {
		b.Run(c.name, func(b *testing.B) {
			plain := corpus(c.files, c.size)
			path := filepath.Join(b.TempDir(), "object")
			if err := os.WriteFile(path, gzipped(plain), 0o600); err != nil {
				b.Fatal(err)
			}
			proof := treehash.Proof(sums(b, plain).Full, treehash.Package...)
			b.SetBytes(int64(len(plain)))
			b.ReportAllocs()
			var ours time.Duration
			theirs := make([]time.Duration, len(references))
			for b.Loop() {
				ours += timed(b, path, func(f *os.File, size int64) error { return proof(f, size) })
				b.StopTimer()
				for i, reference := range references {
					theirs[i] += timed(b, path, func(f *os.File, _ int64) error {
						z, err := reference.gunzip(bufio.NewReaderSize(f, 64<<10))
						if err == nil {
							_, err = io.CopyBuffer(struct{ io.Writer }{sha1.New()}, struct{ io.Reader }{z}, make([]byte, 64<<10))
						}
						return err
					})
				}
				b.StartTimer()
			}
			for i, reference := range references {
				b.ReportMetric(100*theirs[i].Seconds()/ours.Seconds(), "%-of-"+reference.name)
			}
		})
	}
}

func timed(b *testing.B, path string, f func(*os.File, int64) error) time.Duration {
	file, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	if err := f(file, info.Size()); err != nil {
		b.Fatal(err)
	}
	return time.Since(begin)
}

// BenchmarkPlain has nothing to decompress: it shows what all but that costs.
func BenchmarkPlain(b *testing.B) {
	for _, c := range tarballs {
		b.Run(c.name, func(b *testing.B) {
			plain := corpus(c.files, c.size)
			b.SetBytes(int64(len(plain)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := treehash.Sum(bytes.NewReader(plain), treehash.Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkParallel shows that tarballs do not wait for each other: compare its rate with -cpu 1.
func BenchmarkParallel(b *testing.B) {
	for _, c := range tarballs {
		b.Run(c.name, func(b *testing.B) {
			plain := corpus(c.files, c.size)
			packed := gzipped(plain)
			b.SetBytes(int64(len(plain)))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := treehash.Sum(bytes.NewReader(packed), treehash.Limits{}); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
