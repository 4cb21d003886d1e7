package fetch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

// The tests of this file run in a bubble: time passes when everybody waits, and
// what takes how long is exact.

// slowRoom is a room and an upstream in the time of the bubble, and an engine
// with the default times.
func slowRoom(t *testing.T, base http.Handler, change func(*fetch.Config), opts ...fetch.Option) (*upstreamtest.Server, *room, *fetch.Engine) {
	t.Helper()
	up := upstreamtest.NewInMemory(t, base)
	r := newRoom(t)
	e := r.engine(t, func(c *fetch.Config) {
		def := fetch.DefaultConfig()
		c.Backoff, c.BackoffMax = def.Backoff, def.BackoffMax
		if change != nil {
			change(c)
		}
	}, append(opts, fetch.WithDialer(up.Dial))...)
	return up, r, e
}

func between(t *testing.T, what string, got, from, to time.Duration) {
	t.Helper()
	if got < from || got > to {
		t.Errorf("%s took %v, want %v to %v", what, got, from, to)
	}
}

func TestRetryAfterIsObeyedUpToTheCeiling(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"30":                            30 * time.Second,
		"0":                             0,
		"100000":                        time.Minute,
		"99999999999999999999999":       time.Minute,
		"Fri, 31 Dec 9999 23:59:59 GMT": time.Minute,
		"Sat, 01 Jan 2000 00:00:45 GMT": 45 * time.Second, // a bubble begins at midnight of that day
		"Fri, 31 Dec 1999 23:00:00 GMT": 0,
	} {
		for _, status := range []int{429, 503} {
			t.Run(fmt.Sprint(status, value), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					up, _, e := slowRoom(t, upstreamtest.Files{file: []byte("x")}, nil)
					up.Script(file, upstreamtest.RetryAfter(status, value))
					begun := time.Now()
					if _, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + file}); err != nil {
						t.Fatal(err)
					}
					// A tenth more spreads those who wait; the store takes its time, too.
					between(t, "the pause", time.Since(begun), want, want+want/10+2*time.Second)
				})
			})
		}
	}
}

// One complaint stops all requests to the host, not those to others.
func TestPauseIsSharedByAHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := upstreamtest.Files{}
		for i := range 20 {
			files[fmt.Sprintf("/%d", i)] = []byte{byte(i)}
		}
		up, _, e := slowRoom(t, files, nil)
		up.Script("//upstream.test/0", upstreamtest.RetryAfter(429, "40"))
		begun := time.Now()
		if _, err := e.Fetch(t.Context(), fetch.Request{URL: "http://upstream.test/0"}); err != nil {
			t.Fatal(err)
		}
		up.Script("//upstream.test/1", upstreamtest.RetryAfter(503, "40"))
		go e.Fetch(t.Context(), fetch.Request{URL: "http://upstream.test/1"})
		synctest.Wait()
		between(t, "the first pause", time.Since(begun), 40*time.Second, 46*time.Second)
		up.Forget()
		begun = time.Now()
		var wg sync.WaitGroup
		for i := 2; i < 20; i++ {
			wg.Go(func() {
				if _, err := e.Fetch(t.Context(), fetch.Request{URL: fmt.Sprintf("http://upstream.test/%d", i)}); err != nil {
					t.Error(err)
				}
				between(t, "a request during the pause", time.Since(begun), 40*time.Second, 46*time.Second)
			})
		}
		synctest.Wait()
		if n := up.Count("*"); n != 0 {
			t.Errorf("%d requests during the pause", n)
		}
		if _, err := e.Fetch(t.Context(), fetch.Request{URL: "http://other.test/2"}); err != nil {
			t.Error(err)
		}
		between(t, "another host", time.Since(begun), 0, 2*time.Second)
		wg.Wait()
	})
}

func TestBackoffGrowsWithJitterAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up, _, e := slowRoom(t, nil, nil)
		up.Always("*", upstreamtest.Status(500))
		begun := time.Now()
		if _, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + file}); err == nil {
			t.Error("no error")
		}
		if up.Count(file) != 5 {
			t.Errorf("%d attempts, want 1 and 4 more", up.Count(file))
		}
		// 0.5 + 1 + 2 + 4 seconds, each between half and all of it, and a tenth.
		between(t, "the pauses", time.Since(begun), 3750*time.Millisecond, 8250*time.Millisecond)
	})
}

func TestDripIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up, _, e := slowRoom(t, upstreamtest.Files{file: noise(100_000)}, func(c *fetch.Config) { c.Retries = 0 })
		up.Always(file, upstreamtest.Drip(time.Second))
		begun := time.Now()
		_, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + file})
		if err == nil || !strings.Contains(err.Error(), "slower than fetch.min_speed") {
			t.Error(err)
		}
		between(t, "a byte a second", time.Since(begun), 30*time.Second, 33*time.Second)
	})
}

func TestStalledBodyIsResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := noise(100_000)
		up, r, e := slowRoom(t, upstreamtest.Files{file: body}, nil)
		up.Script(file, func(x *upstreamtest.Exchange) {
			x.Writer.Header().Set("ETag", x.Good.Header.Get("ETag"))
			x.Writer.Header().Set("Content-Length", "100000")
			x.Writer.Write(x.Good.Body[:60_000])
			http.NewResponseController(x.Writer).Flush()
			upstreamtest.Hang()(x)
		})
		res, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + file})
		if err != nil || !bytes.Equal(r.read(t, res.ID), body) || res.Transferred != 100_000 {
			t.Errorf("%+v, %v", res, err)
		}
	})
}

// Fast enough for the lowest speed, but never at its end.
func TestTimeOfAnItemIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up, _, e := slowRoom(t, upstreamtest.Files{file: noise(1 << 20)}, func(c *fetch.Config) { c.MinSpeed = "2B/s" })
		up.Always(file, func(x *upstreamtest.Exchange) {
			for { // without a length
				if _, err := x.Writer.Write(make([]byte, 8)); err != nil {
					return
				}
				http.NewResponseController(x.Writer).Flush()
				time.Sleep(time.Second)
			}
		})
		begun := time.Now()
		_, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + file})
		if err == nil || !strings.Contains(err.Error(), "fetch.item_timeout") {
			t.Error(err)
		}
		between(t, "the item", time.Since(begun), 10*time.Minute, 10*time.Minute+5*time.Second)
	})
}

func TestNoAnswerTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up, _, e := slowRoom(t, nil, func(c *fetch.Config) { c.Retries = 1 })
		up.Always("*", upstreamtest.Hang())
		begun := time.Now()
		_, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + file})
		if err == nil || !strings.Contains(err.Error(), "timeout") {
			t.Error(err)
		}
		between(t, "two attempts", time.Since(begun), 2*time.Minute, 2*time.Minute+5*time.Second)
	})
}

func TestBandwidthIsSharedByAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := upstreamtest.Files{}
		for i := range 10 {
			files[fmt.Sprintf("/%d", i)] = append(noise(1<<20), byte(i))
		}
		up, _, e := slowRoom(t, files, func(c *fetch.Config) { c.Bandwidth = "1MiB/s" })
		begun := time.Now()
		var wg sync.WaitGroup
		for i := range 10 {
			wg.Go(func() {
				if _, err := e.Fetch(t.Context(), fetch.Request{URL: fmt.Sprintf("%s/%d", up.URL, i)}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		between(t, "10 MiB", time.Since(begun), 9*time.Second, 11*time.Second)
	})
}

// maximum counts how many requests are being answered at once.
type maximum struct {
	mu       sync.Mutex
	now, max map[string]int
}

func (m *maximum) step(x *upstreamtest.Exchange) {
	count := func(n int) {
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, key := range []string{x.Request.Host, "all"} {
			m.now[key] += n
			m.max[key] = max(m.max[key], m.now[key])
		}
	}
	count(1)
	time.Sleep(time.Second)
	count(-1) // before the body: the client may be quicker than we are
	x.Answer(upstreamtest.Answer{Status: 200, Body: []byte(x.Request.Host + x.Request.URL.Path)})
}

func TestConcurrencyInTotalAndPerHost(t *testing.T) {
	for total, all := range map[int]int{10: 10, 20: 14} {
		synctest.Test(t, func(t *testing.T) {
			up, _, e := slowRoom(t, nil, func(c *fetch.Config) {
				c.Concurrency, c.PerHost = total, 4
				c.Hosts = map[string]fetch.Host{"wide.test": {Concurrency: 6}}
			})
			m := &maximum{now: map[string]int{}, max: map[string]int{}}
			up.Always("*", m.step)
			var wg sync.WaitGroup
			for i := range 12 {
				for _, host := range []string{"a.test", "wide.test", "c.test"} {
					wg.Go(func() {
						if _, err := e.Fetch(t.Context(), fetch.Request{URL: fmt.Sprintf("http://%s/%d", host, i)}); err != nil {
							t.Error(err)
						}
					})
				}
			}
			wg.Wait()
			if m.max["all"] != all || m.max["a.test"] > 4 || m.max["wide.test"] > 6 || m.max["c.test"] > 4 {
				t.Errorf("at once with %d in total: %v", total, m.max)
			}
		})
	}
}

// A host that complains gets fewer requests at once, and all of them again after
// it answers well for a while.
func TestComplaintsNarrowAHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up, _, e := slowRoom(t, nil, func(c *fetch.Config) { c.PerHost = 8 })
		m := &maximum{now: map[string]int{}, max: map[string]int{}}
		up.Always("*", m.step)
		n := 0
		run := func(requests int) int {
			m.max = map[string]int{}
			var wg sync.WaitGroup
			for range requests {
				n++
				url := fmt.Sprintf("%s/%d", up.URL, n)
				wg.Go(func() { e.Fetch(t.Context(), fetch.Request{URL: url}) })
			}
			wg.Wait()
			return m.max["all"]
		}
		up.Script("*", upstreamtest.RetryAfter(429, "1"))
		if got := run(1); got != 1 {
			t.Errorf("%d at once", got)
		}
		if got := run(8); got != 4 {
			t.Errorf("%d at once after a complaint, want 4", got)
		}
		run(60)
		if got := run(20); got != 8 {
			t.Errorf("%d at once after many good answers, want 8", got)
		}
	})
}

// Slots are for transfers: who waits for the store holds none.
func TestSlotsAreFreeWhileTheStoreCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up, _, e := slowRoom(t, nil, func(c *fetch.Config) { c.Concurrency, c.PerHost = 1, 1 })
		up.Always("*", func(x *upstreamtest.Exchange) {
			x.Answer(upstreamtest.Answer{Status: 200, Body: []byte(x.Request.URL.Path)})
		})
		proofs := make(chan struct{})
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				_, err := e.Fetch(t.Context(), fetch.Request{
					URL:   fmt.Sprintf("%s/%d", up.URL, i),
					Proof: func(io.ReaderAt, int64) error { <-proofs; return nil },
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if up.Count("*") != 5 {
			t.Errorf("%d of 5 requests were sent by one slot", up.Count("*"))
		}
		close(proofs)
		wg.Wait()
	})
}

// Bytes that are not yet durable are bounded: bodies wait until others are done.
func TestBytesInFlightAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := upstreamtest.Files{}
		for i := range 10 {
			files[fmt.Sprintf("/%d", i)] = append(noise(300_000), byte(i))
		}
		up, _, e := slowRoom(t, files, func(c *fetch.Config) { c.InFlight = "1MiB" })
		proofs := make(chan struct{})
		var wg sync.WaitGroup
		var begun atomic.Int64
		for i := range 10 {
			wg.Go(func() {
				_, err := e.Fetch(t.Context(), fetch.Request{
					URL:   fmt.Sprintf("%s/%d", up.URL, i),
					Proof: func(io.ReaderAt, int64) error { begun.Add(1); <-proofs; return nil },
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if up.Count("*") != 10 || begun.Load() != 4 { // each counts for at most a quarter
			t.Errorf("%d requests, %d bodies at once", up.Count("*"), begun.Load())
		}
		time.Sleep(5 * time.Minute) // whoever waits for us is not slow
		close(proofs)
		wg.Wait()
	})
}

func TestCancelledWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up, _, e := slowRoom(t, upstreamtest.Files{file: []byte("x")}, func(c *fetch.Config) { c.Concurrency, c.PerHost = 1, 1 })
		up.Always("*", upstreamtest.RetryAfter(429, "50"))
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		begun := time.Now()
		for i := range 10 {
			wg.Go(func() {
				_, err := e.Fetch(ctx, fetch.Request{URL: fmt.Sprintf("%s/%d", up.URL, i)})
				if err != context.DeadlineExceeded { //nolint:errorlint // exactly the context's
					t.Error(err)
				}
			})
		}
		wg.Wait()
		between(t, "being cancelled", time.Since(begun), 20*time.Second, 20*time.Second)
		up.Always("*", nil)
		if _, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + file, Want: []digest.Digest{sha256Of([]byte("x"))}}); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

// Whoever passes an error on can tell those of slowness from others.
func TestWhatTookTooLongIsATimeout(t *testing.T) {
	stall := func(x *upstreamtest.Exchange) {
		x.Writer.Header().Set("Content-Length", "1000")
		http.NewResponseController(x.Writer).Flush()
		upstreamtest.Hang()(x)
	}
	drip := func(x *upstreamtest.Exchange) {
		for {
			if _, err := x.Writer.Write(make([]byte, 8)); err != nil {
				return
			}
			http.NewResponseController(x.Writer).Flush()
			time.Sleep(time.Second)
		}
	}
	for name, c := range map[string]struct {
		steps   [2]upstreamtest.Step // at the two places
		timeout bool
	}{
		"no answer":              {[2]upstreamtest.Step{upstreamtest.Hang(), upstreamtest.Hang()}, true},
		"no body":                {[2]upstreamtest.Step{stall, stall}, true},
		"slow":                   {[2]upstreamtest.Step{upstreamtest.Drip(time.Second), upstreamtest.Drip(time.Second)}, true},
		"without end":            {[2]upstreamtest.Step{drip, drip}, true},
		"one of two":             {[2]upstreamtest.Step{upstreamtest.Hang(), upstreamtest.Status(http.StatusNotFound)}, true},
		"absent":                 {[2]upstreamtest.Step{upstreamtest.Status(http.StatusNotFound), upstreamtest.Status(http.StatusGone)}, false},
		"what a gateway says":    {[2]upstreamtest.Step{upstreamtest.Status(http.StatusGatewayTimeout), upstreamtest.Reset()}, false},
		"something else instead": {[2]upstreamtest.Step{upstreamtest.Corrupt(), upstreamtest.Corrupt()}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				up, _, e := slowRoom(t, upstreamtest.Files{file: noise(1000), "/b": noise(1000)}, func(c *fetch.Config) {
					c.Retries, c.MinSpeed = 0, "2B/s"
				})
				up.Always(file, c.steps[0])
				up.Always("/b", c.steps[1])
				_, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + file, Mirrors: []string{up.URL + "/b"}, Want: []digest.Digest{sha256Of(noise(1000))}})
				var slow interface{ Timeout() bool }
				if !errors.As(err, &slow) || slow.Timeout() != c.timeout {
					t.Errorf("%v: a timeout: %v, want %v", err, !c.timeout, c.timeout)
				}
			})
		})
	}
}
