package stream_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/stream"
)

var header = http.Header{"Content-Type": {"application/x-gzip"}}

// answering is a server that answers with a stream, and notes what Answer returned.
func answering(t *testing.T, s *stream.Stream) (*httptest.Server, chan error) {
	errs := make(chan error, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := s.Answer(w, r, header)
		errs <- err
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
		}
	}))
	t.Cleanup(srv.Close)
	return srv, errs
}

func request(t *testing.T, method, url string, extra ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(extra); i += 2 {
		r.Header.Set(extra[i], extra[i+1])
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Body.Close() })
	return a
}

func TestAnswerAsItArrives(t *testing.T) {
	body := content(300_000, 1)
	for _, size := range []int64{int64(len(body)), fetch.UnknownSize} {
		g, shelf := newGroup(t, 0)
		finish := make(chan bool)
		s := g.Get("k", func(_ context.Context, f fetch.Follower) (fetch.Object, error) {
			f.Begin(size)
			f.Arrived(body[:200_000])
			<-finish
			f.Arrived(body[200_000:])
			return shelf.put(body), nil
		})
		srv, errs := answering(t, s)
		a := request(t, http.MethodGet, srv.URL)
		if a.StatusCode != http.StatusOK || a.ContentLength != size || a.Header.Get("Content-Type") != "application/x-gzip" {
			t.Errorf("%d, %d bytes, %v", a.StatusCode, a.ContentLength, a.Header)
		}
		early := make([]byte, 200_000-stream.HeldBack)
		if _, err := io.ReadFull(a.Body, early); err != nil {
			t.Fatal(err)
		}
		if size >= 0 {
			head := request(t, http.MethodHead, srv.URL)
			if head.StatusCode != http.StatusOK || head.ContentLength != size {
				t.Errorf("HEAD: %d, %d bytes", head.StatusCode, head.ContentLength)
			}
			<-errs
		}
		close(finish)
		rest, err := io.ReadAll(a.Body)
		if err != nil || !bytes.Equal(append(early, rest...), body) {
			t.Errorf("%d bytes more, %v", len(rest), err)
		}
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func TestAnswerIsCutWhenTheProofFails(t *testing.T) {
	for _, size := range []int64{300_000, fetch.UnknownSize} {
		g, _ := newGroup(t, 0)
		fail := make(chan bool)
		s := g.Get("k", func(_ context.Context, f fetch.Follower) (fetch.Object, error) {
			f.Begin(size)
			f.Arrived(content(300_000, 1))
			<-fail
			return fetch.Object{}, fetch.ErrWrongBytes
		})
		srv, _ := answering(t, s)
		a := request(t, http.MethodGet, srv.URL)
		if _, err := io.ReadFull(a.Body, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
		close(fail)
		if rest, err := io.ReadAll(a.Body); err == nil || len(rest) > 300_000-stream.HeldBack {
			t.Errorf("%d bytes more, %v", len(rest), err)
		}
	}
}

// Before its first byte an answer can still be another one.
func TestAnswerFailsInTheCallersWords(t *testing.T) {
	g, _ := newGroup(t, 0)
	s := g.Get("k", func(_ context.Context, f fetch.Follower) (fetch.Object, error) {
		f.Begin(1000)
		f.Arrived(content(1000, 1))
		return fetch.Object{}, fetch.ErrWrongBytes
	})
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		if _, err := s.Wait(t.Context()); !errors.Is(err, fetch.ErrWrongBytes) {
			t.Fatal(err)
		}
		srv, errs := answering(t, s)
		if a := request(t, method, srv.URL); a.StatusCode != http.StatusBadGateway {
			t.Errorf("%s: %d", method, a.StatusCode)
		}
		if err := <-errs; !errors.Is(err, fetch.ErrWrongBytes) {
			t.Error(err)
		}
	}
}

func TestAnswerWaitsForTheWhole(t *testing.T) {
	body := content(100_000, 1)
	g, shelf := newGroup(t, 0)
	finish := make(chan bool)
	s := g.Get("k", func(_ context.Context, f fetch.Follower) (fetch.Object, error) {
		f.Begin(fetch.UnknownSize)
		f.Arrived(body)
		<-finish
		return shelf.put(body), nil
	})
	srv, errs := answering(t, s)
	head := make(chan *http.Response, 1)
	go func() { head <- request(t, http.MethodHead, srv.URL) }()
	rng := make(chan *http.Response, 1)
	go func() { rng <- request(t, http.MethodGet, srv.URL, "Range", "bytes=5-9") }()
	close(finish)
	<-head
	<-rng
	for range 2 { // HEAD may come before or after the end
		if err := <-errs; err != nil && !errors.Is(err, stream.ErrWhole) {
			t.Error(err)
		}
	}
	request(t, http.MethodGet, srv.URL)
	if err := <-errs; !errors.Is(err, stream.ErrWhole) {
		t.Errorf("after the end: %v", err)
	}
}

// HEAD of a body without a length waits for its end, and then tells the length.
func TestHeadOfUnknownSize(t *testing.T) {
	body := content(100_000, 1)
	g, shelf := newGroup(t, 0)
	finish := make(chan bool)
	s := g.Get("k", func(_ context.Context, f fetch.Follower) (fetch.Object, error) {
		f.Begin(fetch.UnknownSize)
		<-finish
		return shelf.put(body), nil
	})
	if n, err := s.Head(t.Context()); n != fetch.UnknownSize || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	w := httptest.NewRecorder()
	answered := make(chan error)
	go func() {
		answered <- s.Answer(w, httptest.NewRequestWithContext(t.Context(), http.MethodHead, "/", nil), header)
	}()
	close(finish)
	if err := <-answered; errors.Is(err, stream.ErrWhole) {
		return // it came after the end
	} else if err != nil || w.Header().Get("Content-Length") != "100000" {
		t.Errorf("%v, %v", err, w.Header())
	}
}

// A client that goes away, or is slow, costs the fetch nothing.
func TestAnswerToWhoeverGoesAway(t *testing.T) {
	body := content(1<<20, 1)
	g, shelf := newGroup(t, 0)
	finish := make(chan bool)
	s := g.Get("k", func(ctx context.Context, f fetch.Follower) (fetch.Object, error) {
		f.Begin(int64(len(body)))
		f.Arrived(body)
		<-finish
		if ctx.Err() != nil {
			return fetch.Object{}, ctx.Err()
		}
		return shelf.put(body), nil
	})
	srv, errs := answering(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	a.Body.Close()
	close(finish)
	if o, err := s.Wait(t.Context()); err != nil || o.Size != 1<<20 {
		t.Errorf("%v, %v", o, err)
	}
	srv.CloseClientConnections()
	select {
	case err := <-errs:
		if err != nil {
			t.Error(err)
		}
	default: // cut off by its context
	}
}
