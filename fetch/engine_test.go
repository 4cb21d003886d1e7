package fetch_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/store"
)

// room is a mirror root with its store, for engines that come and go.
type room struct {
	root, state *os.Root
	store       *store.Store
}

func newRoom(t testing.TB) *room {
	t.Helper()
	r := &room{}
	var err error
	if r.root, err = os.OpenRoot(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if err = r.root.Mkdir("state", 0o755); err != nil {
		t.Fatal(err)
	}
	if r.state, err = r.root.OpenRoot("state"); err != nil {
		t.Fatal(err)
	}
	r.open(t)
	t.Cleanup(func() {
		r.store.Close()
		r.state.Close()
		r.root.Close()
	})
	return r
}

func (r *room) open(t testing.TB) {
	t.Helper()
	var err error
	if r.store, err = store.Open(r.root); err != nil {
		t.Fatal(err)
	}
}

func (r *room) engine(t testing.TB, change func(*fetch.Config), opts ...fetch.Option) *fetch.Engine {
	t.Helper()
	cfg := fetch.DefaultConfig()
	cfg.Backoff, cfg.BackoffMax = 1, 2 // nanoseconds: no test waits
	if change != nil {
		change(&cfg)
	}
	e, err := fetch.New(cfg, r.store, r.state, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func (r *room) read(t testing.TB, id store.ID) []byte {
	t.Helper()
	f, err := r.store.Open(id)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func sha256Of(body []byte) digest.Digest {
	sum := sha256.Sum256(body)
	return digest.Digest{Algorithm: digest.SHA256, Hex: hex.EncodeToString(sum[:])}
}

func sha512Of(body []byte) digest.Digest {
	sum := sha512.Sum512(body)
	return digest.Digest{Algorithm: digest.SHA512, Hex: hex.EncodeToString(sum[:])}
}

func TestFetchProvesStoresAndDoesNotAskAgain(t *testing.T) {
	body := bytes.Repeat([]byte("offmirror\n"), 4000)
	requests := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		if enc := r.Header.Get("Accept-Encoding"); enc != "" {
			t.Errorf("Accept-Encoding: %s", enc)
		}
		w.Write(body)
	}))
	defer srv.Close()
	r := newRoom(t)
	for _, want := range [][]digest.Digest{{sha256Of(body), sha512Of(body)}, {sha256Of(body)}} {
		e := r.engine(t, nil)
		res, err := e.Fetch(t.Context(), fetch.Request{
			URL: srv.URL + "/a.tar", Want: want, Size: int64(len(body)),
			Proof: func(b io.ReaderAt, size int64) error {
				got, err := io.ReadAll(io.NewSectionReader(b, 0, size))
				if !bytes.Equal(got, body) {
					t.Error("the proof saw other bytes")
				}
				return err
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if res.Size != int64(len(body)) || !bytes.Equal(r.read(t, res.ID), body) {
			t.Errorf("%+v", res)
		}
	}
	if requests != 1 {
		t.Errorf("%d requests, want 1", requests)
	}
}

func TestRevalidateAsksConditionally(t *testing.T) {
	var asked []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("If-None-Match"))
		w.Header().Set("ETag", `"one"`)
		if r.Header.Get("If-None-Match") == `"one"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		io.WriteString(w, "document")
	}))
	defer srv.Close()
	r := newRoom(t)
	want := []fetch.Outcome{fetch.Fetched, fetch.NotModified}
	for i := range 2 {
		e := r.engine(t, nil)
		res, err := e.Revalidate(t.Context(), fetch.Request{URL: srv.URL + "/names"})
		if err != nil || res.Outcome != want[i] || string(r.read(t, res.ID)) != "document" {
			t.Errorf("%d: %+v, %v", i, res, err)
		}
		e.Close()
	}
	if len(asked) != 2 || asked[0] != "" || asked[1] != `"one"` {
		t.Errorf("%q", asked)
	}
}

func TestAbsentAndCancelled(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	defer srv.Close()
	e := newRoom(t).engine(t, nil)
	if _, err := e.Fetch(t.Context(), fetch.Request{URL: srv.URL}); !errors.Is(err, fetch.ErrAbsent) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Fetch(ctx, fetch.Request{URL: srv.URL}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
