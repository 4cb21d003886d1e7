package fetch_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
)

// manyObjects is an upstream of n objects of size bytes that differ in their
// first eight bytes, and the requests for them.
func manyObjects(b *testing.B, n, size int, delay time.Duration) []fetch.Request {
	b.Helper()
	rest := make([]byte, size-8)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range rest {
		rest[i] = byte(rng.Uint32())
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(delay)
		i, _ := strconv.ParseUint(path.Base(r.URL.Path), 10, 64)
		w.Header()["Content-Length"] = []string{strconv.Itoa(size)}
		w.Header()["Etag"] = []string{`"` + path.Base(r.URL.Path) + `"`}
		w.Write(binary.BigEndian.AppendUint64(nil, i))
		w.Write(rest)
	}))
	b.Cleanup(srv.Close)
	requests := make([]fetch.Request, n)
	body := make([]byte, size)
	copy(body[8:], rest)
	for i := range requests {
		binary.BigEndian.PutUint64(body, uint64(i))
		sum := sha256.Sum256(body)
		requests[i] = fetch.Request{
			URL:  fmt.Sprintf("%s/tarballs/%d", srv.URL, i),
			Want: []digest.Digest{{Algorithm: digest.SHA256, Hex: hex.EncodeToString(sum[:])}},
		}
	}
	return requests
}

// fetchAll fetches from so many goroutines, as a run does.
func fetchAll(b *testing.B, requests []fetch.Request, goroutines int, get func(context.Context, fetch.Request) (fetch.Result, error)) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(requests) {
					return
				}
				if _, err := get(b.Context(), requests[i]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkColdSync is 20,000 small objects, proven and durable; upstream and
// engine share the processors.
func BenchmarkColdSync(b *testing.B) {
	for _, c := range []struct {
		name        string
		n, size     int
		delay       time.Duration
		concurrency int
	}{
		{"loopback-24KiB", 20000, 24 << 10, 0, 64},
		{"loopback-1KiB", 20000, 1 << 10, 0, 64},
		{"20ms-41KiB", 20000, 41 << 10, 20 * time.Millisecond, 64},
	} {
		b.Run(c.name, func(b *testing.B) {
			requests := manyObjects(b, c.n, c.size, c.delay)
			b.SetBytes(int64(c.n) * int64(c.size))
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				r := newRoom(b)
				e := r.engine(b, func(cfg *fetch.Config) { cfg.Concurrency, cfg.PerHost = c.concurrency, c.concurrency })
				b.StartTimer()
				fetchAll(b, requests, 4*c.concurrency, e.Fetch)
			}
			b.ReportMetric(float64(c.n)*float64(b.N)/b.Elapsed().Seconds(), "objects/s")
		})
	}
}

// BenchmarkHeld is a request that the store answers.
func BenchmarkHeld(b *testing.B) {
	requests := manyObjects(b, 100, 1<<10, 0)
	e := newRoom(b).engine(b, nil)
	fetchAll(b, requests, 8, e.Fetch)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := e.Fetch(b.Context(), requests[i%len(requests)]); err != nil {
			b.Fatal(err)
		}
	}
}
