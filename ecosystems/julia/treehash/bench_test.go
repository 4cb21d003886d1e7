package treehash_test

import (
	"bytes"
	stdgzip "compress/gzip"
	"crypto/sha1"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

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

// BenchmarkSum compares a proof with what it cannot do without: gunzip and SHA-1 over
// the same bytes, on one core. The aim is four fifths of their rate.
func BenchmarkSum(b *testing.B) {
	for _, c := range []struct {
		name        string
		files, size int
	}{{"package", 2000, 6 << 10}, {"artifact", 12, 2 << 20}} {
		plain := corpus(c.files, c.size)
		packed := gzipped(plain)
		run := func(name string, f func() error) {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(plain)))
				b.ReportAllocs()
				for b.Loop() {
					if err := f(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		run("compress-gzip+sha1", func() error {
			z, err := stdgzip.NewReader(bytes.NewReader(packed))
			if err == nil {
				_, err = io.Copy(sha1.New(), z)
			}
			return err
		})
		run("klauspost-gzip+sha1", func() error {
			z, err := gzip.NewReader(bytes.NewReader(packed))
			if err == nil {
				_, err = io.Copy(sha1.New(), z)
			}
			return err
		})
		run("treehash", func() error {
			_, err := treehash.Sum(bytes.NewReader(packed), treehash.Limits{})
			return err
		})
		run("treehash-plain", func() error {
			_, err := treehash.Sum(bytes.NewReader(plain), treehash.Limits{})
			return err
		})
	}
}

// BenchmarkSumParallel shows that tarballs do not wait for each other.
func BenchmarkSumParallel(b *testing.B) {
	plain := corpus(2000, 6<<10)
	packed := gzipped(plain)
	b.SetBytes(int64(len(plain)))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := treehash.Sum(bytes.NewReader(packed), treehash.Limits{}); err != nil {
				b.Error(err)
			}
		}
	})
}
