package fetch_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

func TestLocalMirrorOnThisMachine(t *testing.T) {
	dir := t.TempDir()
	body := noise(200_000)
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "pub"), 0o755),
		os.WriteFile(filepath.Join(dir, "pub", "a b.tar"), body, 0o600),
		os.WriteFile(filepath.Join(dir, "secret"), body, 0o600)); err != nil {
		t.Fatal(err)
	}
	up := upstreamtest.New(t, upstreamtest.Files{"/other": body})
	pub, exact := "file://"+dir+"/pub/", "file://"+dir+"/pub/a%20b.tar"
	r := newRoom(t)
	e := r.engine(t, func(c *fetch.Config) {
		c.LocalMirrors = map[string][]string{"http://far.invalid/": {pub}, "http://exact.invalid/x": {exact}}
		c.Retries = 0
	})
	want := []digest.Digest{sha256Of(body)}
	for url, from := range map[string]string{"http://far.invalid/a%20b.tar": exact, "http://exact.invalid/x": exact} {
		res, err := e.Fetch(t.Context(), fetch.Request{URL: url, Want: want})
		if err != nil || res.From != from || !bytes.Equal(r.read(t, res.ID), body) {
			t.Fatalf("%+v, %v", res, err)
		}
		if err := r.store.Remove(res.ID); err != nil {
			t.Fatal(err)
		}
		outcome(t, e, fetch.Request{URL: url}, fetch.Fetched)
		outcome(t, e, fetch.Request{URL: url}, fetch.NotModified)
		if n, err := e.Size(t.Context(), fetch.Request{URL: url}); err != nil || n != int64(len(body)) {
			t.Errorf("size %d, %v", n, err)
		}
		if err := r.store.Remove(res.ID); err != nil {
			t.Fatal(err)
		}
	}
	if res, err := e.Fetch(t.Context(), fetch.Request{URL: "http://far.invalid/none", Mirrors: []string{up.URL + "/other"}, Want: want}); err != nil || res.From != up.URL+"/other" {
		t.Errorf("%+v, %v", res, err)
	}
	for _, req := range []fetch.Request{
		{URL: "file://" + dir + "/secret"},
		{URL: exact + "x"},
		{URL: up.URL + "/none", Mirrors: []string{"file://" + dir + "/secret"}},
		{URL: "http://far.invalid/../secret"},
		{URL: "http://far.invalid/%2e%2e/secret"},
		{URL: "http://far.invalid/..%2fsecret"},
	} {
		req.Fresh = true
		if res, err := e.Fetch(t.Context(), req); err == nil {
			t.Errorf("%s was read: %+v", req.URL, res)
		}
	}
	up.Always("/away", upstreamtest.Redirect(302, exact))
	if _, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + "/away"}); err == nil || !strings.Contains(err.Error(), `scheme "file"`) {
		t.Error(err)
	}
}

func TestHTTP2WhereAskedFor(t *testing.T) {
	for _, on := range []bool{false, true} {
		var got int
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.ProtoMajor }))
		srv.EnableHTTP2 = true
		srv.StartTLS()
		defer srv.Close()
		ca := filepath.Join(t.TempDir(), "ca.pem")
		cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
		if err := os.WriteFile(ca, cert, 0o600); err != nil {
			t.Fatal(err)
		}
		e := newRoom(t).engine(t, func(c *fetch.Config) {
			c.Hosts = map[string]fetch.Host{"127.0.0.1": {CA: ca, HTTP2: on}}
		})
		if _, err := e.Fetch(t.Context(), fetch.Request{URL: srv.URL}); err != nil || (got == 2) != on {
			t.Errorf("http2 = %v: HTTP/%d, %v", on, got, err)
		}
	}
}

func TestContentEncodingIsNamed(t *testing.T) {
	up := upstreamtest.New(t, upstreamtest.Files{file: noise(100)})
	up.Always(file, func(x *upstreamtest.Exchange) {
		x.Good.Header.Set("Content-Encoding", "gzip")
		x.Answer(x.Good)
	})
	e := newRoom(t).engine(t, nil)
	_, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + file, Want: []digest.Digest{sha256Of(nil)}})
	if err == nil || !strings.Contains(err.Error(), `applied the Content-Encoding "gzip"`) {
		t.Error(err)
	}
	if _, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + file, Want: []digest.Digest{sha256Of(noise(100))}}); err != nil {
		t.Error(err) // the header alone does no harm
	}
}
