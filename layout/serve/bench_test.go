package serve

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// nothing is a ResponseWriter that costs nothing.
type nothing struct{ header http.Header }

func (n *nothing) Header() http.Header                 { return n.header }
func (n *nothing) Write(p []byte) (int, error)         { return len(p), nil }
func (n *nothing) WriteHeader(int)                     {}
func (n *nothing) ReadFrom(r io.Reader) (int64, error) { return io.Copy(io.Discard, r) }

func benchmarkHandler(b *testing.B, headers ...string) {
	m := newMirror(b)
	m.publish("hex", files{"tarballs/plug-1.0.tar": strings.Repeat("x", 24<<10)})
	site := m.site()
	r := httptest.NewRequest(http.MethodGet, "/hex/tarballs/plug-1.0.tar", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := &nothing{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		site.ServeHTTP(w, r)
	}
}

func BenchmarkFile(b *testing.B)        { benchmarkHandler(b) }
func BenchmarkNotModified(b *testing.B) { benchmarkHandler(b, "If-None-Match", "*") }

// benchmarkNetwork asks over loopback, as many at a time as there are processors:
// the client takes its share of them.
func benchmarkNetwork(b *testing.B, size int, h func(m *mirror) http.Handler) {
	m := newMirror(b)
	m.publish("hex", files{"file": strings.Repeat("x", size)})
	s := NewServer(h(m), Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	e := Endpoint{Listener: l}
	go s.Serve(b.Context(), e)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			resp, err := client.Get(e.URL() + "/hex/file")
			if err != nil {
				b.Error(err)
				return
			}
			if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != int64(size) {
				b.Error(n, err)
			}
			resp.Body.Close()
		}
	})
}

func site(m *mirror) http.Handler { return m.site() }

// fileServer is the standard library's, over the tree: the yardstick.
func fileServer(m *mirror) http.Handler { return http.FileServer(http.Dir(m.root.Name())) }

func BenchmarkSmall(b *testing.B)           { benchmarkNetwork(b, 10<<10, site) }
func BenchmarkSmallFileServer(b *testing.B) { benchmarkNetwork(b, 10<<10, fileServer) }
func BenchmarkLarge(b *testing.B)           { benchmarkNetwork(b, 16<<20, site) }
func BenchmarkLargeFileServer(b *testing.B) { benchmarkNetwork(b, 16<<20, fileServer) }
