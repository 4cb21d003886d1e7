package fetch_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

func TestKeyNamesBytesForEver(t *testing.T) {
	var asked atomic.Int64
	body := "first"
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = io.WriteString(w, body)
	}))
	defer srv.Close()
	r := fetch.Request{URL: srv.URL + "/artifact", Key: "test artifact 1", Proof: func(b io.ReaderAt, size int64) error {
		if size != 5 {
			return errors.New("not five bytes")
		}
		return nil
	}}
	mirror := newRoom(t)
	e := mirror.engine(t, nil)
	first, err := e.Fetch(context.Background(), r)
	if err != nil || first.Outcome != fetch.Fetched {
		t.Fatalf("got %+v, %v", first, err)
	}
	body = "other"
	again, err := e.Fetch(context.Background(), r)
	if err != nil || again.Outcome != fetch.Held || again.ID != first.ID {
		t.Fatalf("the second time: %+v, %v", again, err)
	}
	if o, ok := e.Known(r.Key); !ok || o != first.Object {
		t.Errorf("Known: %v, %v", o, ok)
	}
	if o, ok := e.Held(r); !ok || o != first.Object {
		t.Errorf("Held: %v, %v", o, ok)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	next := mirror.engine(t, nil)
	if o, ok := next.Known(r.Key); !ok || o != first.Object {
		t.Errorf("in the next run: %v, %v", o, ok)
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
	r.Key = "test artifact 2"
	if other, err := next.Fetch(context.Background(), r); err != nil || other.Outcome != fetch.Fetched || other.ID == first.ID {
		t.Errorf("another key: %+v, %v", other, err)
	}
}

func TestKeyIsNoExcuseFromTheProof(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "wrong") }))
	defer srv.Close()
	e := newRoom(t).engine(t, nil)
	_, err := e.Fetch(context.Background(), fetch.Request{URL: srv.URL, Key: "k", Proof: func(io.ReaderAt, int64) error { return errors.New("no") }})
	if !errors.Is(err, fetch.ErrWrongBytes) {
		t.Fatalf("got %v", err)
	}
	if _, ok := e.Known("k"); ok {
		t.Error("the key names wrong bytes")
	}
}

func TestRememberedObjectsMustBeThere(t *testing.T) {
	e := newRoom(t).engine(t, nil)
	e.Remember("made", fetch.Object{ID: [32]byte{1}, Size: 3})
	if _, ok := e.Known("made"); ok {
		t.Error("an object that the store does not have is known")
	}
}

func TestTriedTellsOfEachCandidate(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/good" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, "hello")
	}))
	defer srv.Close()
	e := newRoom(t).engine(t, nil)
	var tried []fetch.Attempt
	r := fetch.Request{
		URL: srv.URL + "/dead", Mirrors: []string{srv.URL + "/good", srv.URL + "/never"}, Key: "tried",
		Tried: func(a fetch.Attempt) { tried = append(tried, a) },
	}
	if _, err := e.Fetch(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	if len(tried) != 2 || tried[0].URL != r.URL || !errors.Is(tried[0].Err, fetch.ErrAbsent) || tried[1].URL != srv.URL+"/good" || tried[1].Err != nil {
		t.Errorf("tried %+v", tried)
	}
	if _, err := e.Fetch(context.Background(), r); err != nil || len(tried) != 2 {
		t.Errorf("what is held was tried again: %+v, %v", tried, err)
	}
}

// A digest names bytes, a proof says what they mean: that is not the same for all who ask.
func TestDigestIsNoExcuseFromTheProof(t *testing.T) {
	body := []byte("a tarball, say")
	srv := upstreamtest.New(t, upstreamtest.Files{file: body})
	e := newRoom(t).engine(t, nil)
	var proofs int
	r := fetch.Request{URL: srv.URL + file, Want: []digest.Digest{sha256Of(body)}, Proof: func(io.ReaderAt, int64) error { proofs++; return nil }}
	for range 2 {
		if _, err := e.Fetch(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if n := srv.Count(file); proofs != 2 || n != 1 {
		t.Errorf("%d proofs, %d requests", proofs, n)
	}
	cause := errors.New("of another tree")
	r.Proof = func(io.ReaderAt, int64) error { return cause }
	if _, err := e.Fetch(t.Context(), r); !errors.Is(err, fetch.ErrWrongBytes) || !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}
