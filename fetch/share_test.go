package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

// after answers well, but not before some time.
func after(d time.Duration, step upstreamtest.Step) upstreamtest.Step {
	return func(x *upstreamtest.Exchange) {
		time.Sleep(d)
		step(x)
	}
}

func TestOneDigestIsFetchedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := noise(1000)
		up, _, e := slowRoom(t, upstreamtest.Files{file: body, document: body}, nil)
		up.Always("*", after(time.Second, upstreamtest.OK()))
		var wg sync.WaitGroup
		var mu sync.Mutex
		outcomes := map[fetch.Outcome]int{}
		for i := range 50 {
			for _, want := range [][]digest.Digest{{sha256Of(body)}, {sha512Of(body)}} {
				wg.Go(func() { // the same object, wherever it is said to be
					url := fmt.Sprintf("http://host%d.test%s", i%3, file)
					res, err := e.Fetch(t.Context(), fetch.Request{URL: url, Want: want})
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					outcomes[res.Outcome]++
					mu.Unlock()
				})
			}
			wg.Go(func() {
				if _, err := e.Revalidate(t.Context(), fetch.Request{URL: up.URL + document}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if up.Count(file) != 2 || outcomes[fetch.Fetched] != 2 || outcomes[fetch.Held] != 98 {
			t.Errorf("%d requests for two digests: %v", up.Count(file), outcomes)
		}
		if up.Count(document) != 1 {
			t.Errorf("%d requests for a document", up.Count(document))
		}
	})
}

func TestOthersGoOnWhenTheFirstGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := noise(1000)
		up, _, e := slowRoom(t, upstreamtest.Files{file: body}, nil)
		up.Always("*", after(10*time.Second, upstreamtest.OK()))
		req := fetch.Request{URL: up.URL + file, Want: []digest.Digest{sha256Of(body)}}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := e.Fetch(ctx, req); !errors.Is(err, context.Canceled) {
				t.Errorf("the first: %v", err)
			}
		})
		synctest.Wait()
		for range 10 {
			wg.Go(func() {
				if _, err := e.Fetch(t.Context(), req); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Go(func() { // one of those who wait gives up: nobody else notices
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := e.Fetch(ctx, req); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
		synctest.Wait()
		time.Sleep(2 * time.Second)
		cancel()
		wg.Wait()
		if up.Count(file) != 2 {
			t.Errorf("%d requests, want one by the first and one by a successor", up.Count(file))
		}
	})
}

func TestErrorsAreSharedByThoseWhoAskTheSamePlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := noise(1000)
		up, _, e := slowRoom(t, nil, nil)
		up.Always("//empty.test"+file, after(time.Second, upstreamtest.Status(404)))
		up.Always("//good.test"+file, upstreamtest.Body(body))
		var wg sync.WaitGroup
		want := []digest.Digest{sha256Of(body)}
		for range 5 {
			wg.Go(func() {
				if _, err := e.Fetch(t.Context(), fetch.Request{URL: "http://empty.test" + file, Want: want}); !errors.Is(err, fetch.ErrAbsent) {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		wg.Go(func() {
			if _, err := e.Fetch(t.Context(), fetch.Request{URL: "http://good.test" + file, Want: want}); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if n := up.Count("//empty.test" + file); n != 1 {
			t.Errorf("%d requests to the place without", n)
		}
	})
}

// Who waits for a document has a proof of its own.
func TestSharedDocumentIsProvenForEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up, _, e := slowRoom(t, upstreamtest.Files{document: []byte("x")}, nil)
		up.Always("*", after(time.Second, upstreamtest.OK()))
		req := fetch.Request{URL: up.URL + document}
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := e.Revalidate(t.Context(), req); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		req.Proof = func(io.ReaderAt, int64) error { return errors.New("not for me") }
		wg.Go(func() {
			if _, err := e.Revalidate(t.Context(), req); !errors.Is(err, fetch.ErrWrongBytes) {
				t.Error(err)
			}
		})
		wg.Wait()
	})
}

func TestPanickingProofLeavesNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		up, r, e := slowRoom(t, upstreamtest.Files{document: []byte("x")}, nil)
		up.Always("*", after(time.Second, upstreamtest.OK()))
		var wg sync.WaitGroup
		wg.Go(func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			e.Revalidate(t.Context(), fetch.Request{URL: up.URL + document, Proof: func(io.ReaderAt, int64) error { panic("a bug") }})
		})
		synctest.Wait()
		wg.Go(func() {
			if _, err := e.Revalidate(t.Context(), fetch.Request{URL: up.URL + document}); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if left := r.partials(t); len(left) != 0 {
			t.Errorf("left in store/tmp: %v", left)
		}
	})
}

func TestStats(t *testing.T) {
	body := noise(1000)
	up := upstreamtest.New(t, upstreamtest.Files{file: body, document: []byte("d")})
	up.Script(file, upstreamtest.Truncate(500), upstreamtest.Status(500))
	e := newRoom(t).engine(t, nil)
	req := fetch.Request{URL: up.URL + file, Want: []digest.Digest{sha256Of(body)}}
	for range 2 {
		if _, err := e.Fetch(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Revalidate(t.Context(), fetch.Request{URL: up.URL + document}); err != nil {
			t.Fatal(err)
		}
	}
	for _, status := range []int{404, 402} {
		up.Always("/x", upstreamtest.Status(status))
		e.Fetch(t.Context(), fetch.Request{URL: up.URL + "/x"})
	}
	s := e.Stats()
	host := s.Hosts[up.Addr()]
	if s.Fetched != 2 || s.Held != 1 || s.NotModified != 1 || s.Absent != 1 || s.Failed != 1 || s.Requests != 7 ||
		s.Retries != 2 || s.Resumed != 1 || host.Failures != 2 || host.Requests != s.Requests || s.Bytes < 1001 || host.Bytes != s.Bytes {
		t.Errorf("%+v", s)
	}
}

// A disk that is full, or here a store that is closed, is nobody's fault upstream.
func TestTroubleOfThisMachineEndsTheRequest(t *testing.T) {
	body := noise(1000)
	a := upstreamtest.New(t, upstreamtest.Files{file: body})
	b := upstreamtest.New(t, upstreamtest.Files{file: body})
	r := newRoom(t)
	e := r.engine(t, nil)
	r.store.Close()
	_, err := e.Fetch(t.Context(), fetch.Request{URL: a.URL + file, Mirrors: []string{b.URL + file}, Want: []digest.Digest{sha256Of(body)}})
	var all *fetch.Error
	if err == nil || errors.As(err, &all) || errors.Is(err, fetch.ErrWrongBytes) || b.Count("*") != 0 {
		t.Errorf("%v, %d requests to the mirror", err, b.Count("*"))
	}
}

func TestEventsReadWell(t *testing.T) {
	for want, ev := range map[string]fetch.Event{
		"h: asked for a pause of 30s":                               {Kind: fetch.Throttled, Host: "h", Wait: 30 * time.Second},
		"http://h/x: resumed at byte 5":                             {Kind: fetch.Resumed, URL: "http://h/x", At: 5},
		"h: tried last from now on: HTTP 500 Internal Server Error": {Kind: fetch.Demoted, Host: "h", Err: &fetch.StatusError{Status: 500}},
		"http://h/x: HTTP 599 (a hint)":                             {Kind: fetch.Failure, URL: "http://h/x", Err: &fetch.StatusError{Status: 599, Hint: "a hint"}},
	} {
		if got := ev.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
