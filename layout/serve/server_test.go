package serve

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// start runs a server and returns its URL and a function that stops it and
// returns what Serve returned.
func start(t *testing.T, h http.Handler, o Options) (url string, stop func() error) {
	t.Helper()
	s := NewServer(h, o)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	e := Endpoint{l, o.TLS != nil}
	go func() { done <- s.Serve(ctx, e) }()
	t.Cleanup(cancel)
	return e.URL(), func() error { cancel(); return <-done }
}

// raw sends requests as they are on one connection and reads the answers.
func raw(t *testing.T, url string, requests ...string) []*http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	var answers []*http.Response
	for _, r := range requests {
		if _, err := io.WriteString(conn, r); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(in, &http.Request{Method: strings.Fields(r)[0]})
		if err != nil {
			t.Fatalf("%q: %v", r, err)
		}
		data := body(t, resp)
		resp.Body = io.NopCloser(strings.NewReader(data))
		answers = append(answers, resp)
	}
	return answers
}

// What hex_core sends: an empty te, and rebar3 up to 3.19 an empty if-none-match.
func TestRawRequestsOfHexClients(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", files{"packages/plug": "signed", "tarballs/plug-1.0.tar": tarball})
	url, stop := start(t, m.site(), Options{})
	tag := quoted(m, tarball)
	const head = "user-agent: hex_core/0.19.0 (rebar3/3.19) (httpc)\r\nte: \r\nhost: x\r\nconnection: keep-alive\r\n"
	answers := raw(t, url,
		"GET /hex/packages/plug HTTP/1.1\r\n"+head+"\r\n",
		"GET /hex//packages/plug HTTP/1.1\r\n"+head+"if-none-match: \r\n\r\n",
		"GET /hex/tarballs/plug-1.0.tar HTTP/1.1\r\n"+head+"if-none-match:\r\n\r\n",
		"GET /hex/tarballs/plug-1.0.tar HTTP/1.1\r\n"+head+"if-none-match: "+tag+"\r\n\r\n",
		"HEAD /hex/tarballs/plug-1.0.tar HTTP/1.1\r\n"+head+"\r\n",
		"GET /hex/tarballs/no-1.0.tar HTTP/1.1\r\n"+head+"\r\n",
		"GET /hex/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\n"+head+"\r\n",
		"GET /hex/../../etc/passwd HTTP/1.1\r\n"+head+"\r\n",
		"GET http://x/hex/packages/plug HTTP/1.1\r\n"+head+"\r\n",
		"GET /hex/packages/plug HTTP/1.0\r\n\r\n",
	)
	for i, want := range []struct {
		status int
		body   string
	}{
		{200, "signed"}, {200, "signed"}, {200, tarball}, {304, ""}, {200, ""}, {404, "not found\n"}, {404, "not found\n"}, {404, "not found\n"},
		{200, "signed"}, {200, "signed"},
	} {
		got := expect(t, answers[i], want.status, want.body)
		if want.status == 200 && (got.Get("ETag") == "" || answers[i].ContentLength < 1 || len(answers[i].TransferEncoding) > 0) {
			t.Errorf("answer %d: length %d, headers %v", i, answers[i].ContentLength, got)
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// certificate writes a self-signed one for 127.0.0.1.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return certFile, keyFile, pool
}

func TestTLS(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", files{"names": "n"})
	certFile, keyFile, pool := certificate(t)
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	url, stop := start(t, m.site(), Options{TLS: &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}})
	if !strings.HasPrefix(url, "https://127.0.0.1:") {
		t.Errorf("URL %s", url)
	}
	for version, works := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: version, MaxVersion: version}}
		resp, err := (&http.Client{Transport: transport}).Get(url + "/hex/names")
		if (err == nil) != works {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		if err == nil {
			expect(t, resp, 200, "n")
			if resp.TLS.Version != version {
				t.Errorf("asked with %s, answered with %s", tls.VersionName(version), tls.VersionName(resp.TLS.Version))
			}
		}
		transport.CloseIdleConnections()
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestStopWaitsForRunningAnswers(t *testing.T) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-goOn
		io.WriteString(w, "whole")
	})
	url, stop := start(t, slow, Options{})
	got := make(chan string)
	go func() {
		resp, err := http.Get(url)
		if err != nil {
			got <- err.Error()
			return
		}
		got <- body(t, resp)
	}()
	<-begun
	stopped := make(chan error)
	go func() { stopped <- stop() }()
	for { // until it takes nobody new
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			break
		}
		conn.Close()
	}
	select {
	case err := <-stopped:
		t.Fatalf("stopped before the answer was out: %v", err)
	default:
	}
	close(goOn)
	if answer := <-got; answer != "whole" {
		t.Errorf("answer %q", answer)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Serve = %v", err)
	}
}

func TestGraceEnds(t *testing.T) {
	begun, never := make(chan struct{}), make(chan struct{})
	defer close(never)
	url, stop := start(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(begun); <-never }), Options{Grace: time.Millisecond})
	go http.Get(url)
	<-begun
	if err := stop(); err != nil {
		t.Errorf("Serve = %v", err)
	}
}

func TestServeSaysWhyItEnded(t *testing.T) {
	s := NewServer(http.NotFoundHandler(), Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := s.Serve(t.Context(), Endpoint{Listener: l}); err == nil || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("Serve = %v", err)
	}
}

func TestHeaderLimit(t *testing.T) {
	url, _ := start(t, http.NotFoundHandler(), Options{})
	answers := raw(t, url, "GET / HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", 128<<10)+"\r\n\r\n")
	if answers[0].StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", answers[0].StatusCode)
	}
}

// deadlines records what is set.
type deadlines struct {
	httptest.ResponseRecorder
	set []time.Time
}

func (d *deadlines) SetWriteDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

// A file gets time in proportion to its size. The deadline of one answer must
// not hit the next one on the same connection.
func TestWriteDeadlines(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", files{"small": "x", "big": strings.Repeat("x", 10*slowestBPS)})
	s := NewServer(m.site(), Options{})
	given := func(path string) time.Duration {
		w := &deadlines{ResponseRecorder: *httptest.NewRecorder()}
		s.http.Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if len(w.set) == 0 || !w.set[0].IsZero() {
			t.Fatalf("%s: deadlines %v, want none at first", path, w.set)
		}
		return time.Until(w.set[len(w.set)-1])
	}
	if extra := (given("/hex/big") - given("/hex/small")).Round(time.Second); extra != 10*time.Second {
		t.Errorf("the big file gets %v more", extra)
	}
	w := &deadlines{ResponseRecorder: *httptest.NewRecorder()}
	s.http.Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if len(w.set) != 1 || !w.set[0].IsZero() {
		t.Errorf("a page has the deadlines %v", w.set)
	}
}
