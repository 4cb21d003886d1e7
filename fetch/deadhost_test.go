package fetch_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
)

// deadHost returns the URL of a host that refuses connections.
func deadHost(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

// Two URLs on a dead host in front of a good one: when the host has been given up, its second
// URL comes last, so nobody waits for its pauses, which are an hour here.
func TestFurtherURLsOfADeadHostAreNotWaitedFor(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Path) }))
	defer srv.Close()
	dead := deadHost(t)
	e := newRoom(t).engine(t, func(c *fetch.Config) { c.Retries, c.BackoffMax = 4, time.Hour })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for i := range 20 {
		path := fmt.Sprintf("/%d", i)
		r := fetch.Request{URL: dead + path, Mirrors: []string{dead + "/too" + path, srv.URL + path}, Want: []digest.Digest{sha256Of([]byte(path))}}
		res, err := e.Fetch(ctx, r)
		if err != nil || res.From != srv.URL+path {
			t.Fatalf("%d: %+v, %v", i, res, err)
		}
	}
}

// Whoever only asks for sizes gets an answer at once when the whole network is dead.
func TestSizesOfADeadHostAreNotWaitedFor(t *testing.T) {
	dead := deadHost(t)
	e := newRoom(t).engine(t, func(c *fetch.Config) { c.Retries = 0; c.Backoff = time.Millisecond; c.BackoffMax = time.Hour })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for i := range 40 {
		if _, err := e.Size(ctx, fetch.Request{URL: fmt.Sprintf("%s/%d", dead, i)}); err == nil || ctx.Err() != nil {
			t.Fatalf("%d: %v, %v", i, err, ctx.Err())
		}
	}
}
