package front

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/layout/serve"
	"github.com/offmirror/offmirror/layout/serve/certs/certstest"
)

func TestAccessLog(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", map[string]string{"names": "12345"})
	log := filepath.Join(t.TempDir(), "access.log")
	b := build(t, m.site(), func(c *Config) { c.AccessLog = log })
	b.ask(somebody, "/hex/names?token=very-secret", header("Authorization", "Bearer very-secret"), header("User-Agent", "mix\n\x1b"), header("Cookie", "very-secret"))
	b.ask("[2001:db8::1]:1", "/hex/"+strings.Repeat("x", 2000))
	b.ask(somebody, "/hex/names", func(r *http.Request) { r.Method = http.MethodHead })
	b.Close()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("very-secret")) {
		t.Errorf("a secret is logged:\n%s", text)
	}
	var records []map[string]any
	for line := range bytes.Lines(text) {
		var r map[string]any
		if err := json.Unmarshal(line, &r); err != nil || len(line) > 2000 {
			t.Errorf("%d bytes, %v: %s", len(line), err, line)
		}
		records = append(records, r)
	}
	if len(records) != 3 {
		t.Fatalf("%d records", len(records))
	}
	for key, want := range map[string]any{
		"msg": "request", "client": "192.0.2.1", "user": "", "host": "example.com", "method": "GET", "path": "/hex/names", "ecosystem": "hex",
		"protocol": "HTTP/1.1", "tls": false, "status": 200.0, "bytes": 5.0, "whole": true, "agent": "mix\n\x1b",
	} {
		if records[0][key] != want {
			t.Errorf("%s is %v, want %v", key, records[0][key], want)
		}
	}
	if _, ok := records[0]["seconds"].(float64); !ok || records[0]["time"] == nil {
		t.Errorf("%v", records[0])
	}
	if records[1]["status"] != 404.0 || records[2]["bytes"] != 0.0 || records[2]["method"] != "HEAD" {
		t.Errorf("%v", records)
	}
}

func TestMetrics(t *testing.T) {
	m, a := newMirror(t), certstest.New(t)
	s := m.publish("hex", map[string]string{"names": "12345"})
	until := time.Now().AddDate(1, 0, 0).Truncate(time.Second)
	certFile, keyFile := a.Issue("site", until, "mirror.corp")
	b := build(t, m.site(), func(c *Config) {
		c.Certificates = []Certificate{{certFile, keyFile}}
		c.Access = map[string]Access{"julia": {Users: file(t, "ada:{PLAIN}x")}}
		c.Hosts = map[string]string{"repo.hex.pm": "hex"}
	})
	b.ask(somebody, "/hex/names")
	b.ask(somebody, "/names", host("repo.hex.pm"))
	b.ask(somebody, "/hex/absent")
	b.ask(somebody, "/julia/registries")
	b.ask(somebody, "/whatever/"+strings.Repeat("x", 100))
	got := b.ask(somebody, "/metrics")
	if !strings.HasPrefix(got.Header().Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Error(got.Header())
	}
	text := got.Body.String()
	for _, want := range []string{
		`offmirror_requests_total{ecosystem="hex",status="200"} 2`,
		`offmirror_requests_total{ecosystem="hex",status="404"} 1`,
		`offmirror_requests_total{ecosystem="julia",status="401"} 1`,
		`offmirror_requests_total{ecosystem="",status="404"} 1`,
		`offmirror_response_bytes_total{ecosystem="hex"} 20`, // twice the file, once "not found"
		`offmirror_request_duration_seconds_count{ecosystem="hex"} 3`,
		`offmirror_requests_in_flight 1`,
		`offmirror_access_refused_total{reason="unknown"} 1`,
		`offmirror_snapshot_info{ecosystem="hex",snapshot="` + s.ID + `"} 1`,
		`offmirror_snapshot_healthy{ecosystem="hex"} 1`,
		`offmirror_snapshot_files{ecosystem="hex"} 1`,
		`offmirror_snapshot_bytes{ecosystem="hex"} 5`,
		`offmirror_certificate_expiry_seconds{file="` + certFile + `"} ` + fmt.Sprint(float64(until.Unix())),
		`offmirror_site_readable 1`,
	} {
		if !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("no line %q in\n%s", want, text)
		}
	}
	if !strings.Contains(text, `offmirror_build_info{version="1.2.3",go="go`) || !strings.Contains(text, `offmirror_snapshot_age_seconds{ecosystem="hex"} 36`) {
		t.Errorf("%s", text)
	}
	if got := b.ask(somebody, "/metrics", host("repo.hex.pm")); got.Code != 404 {
		t.Errorf("under a name of its own: %d", got.Code)
	}
	if got := b.ask(somebody, "/metrics", func(r *http.Request) { r.Method = http.MethodPost }); got.Code != 405 {
		t.Errorf("POST: %d", got.Code)
	}
	off := build(t, m.site(), func(c *Config) { c.Metrics = false })
	if got := off.ask(somebody, "/metrics"); got.Code != 404 {
		t.Errorf("switched off: %d", got.Code)
	}
}

func TestReadiness(t *testing.T) {
	m, a := newMirror(t), certstest.New(t)
	certFile, keyFile := a.Issue("site", time.Now().Add(time.Hour), "mirror.corp")
	b := build(t, m.site(), func(c *Config) { c.Certificates = []Certificate{{certFile, keyFile}} })
	ready := func(status int) (r readiness) {
		t.Helper()
		got := b.ask(somebody, "/readyz")
		if err := json.Unmarshal(got.Body.Bytes(), &r); err != nil || got.Code != status || r.Ready != (status == 200) || b.Ready() != r.Ready {
			t.Errorf("%d %v, want %d: %s", got.Code, err, status, got.Body)
		}
		return r
	}
	if r := ready(503); len(r.Problems) != 2 || !strings.Contains(strings.Join(r.Problems, " "), "nothing is published") {
		t.Errorf("%+v", r)
	}
	s := m.publish("hex", map[string]string{"names": "12345"})
	r := ready(200)
	if len(r.Ecosystems) != 1 || r.Ecosystems[0].Name != "hex" || r.Ecosystems[0].Snapshot != s.ID || r.Ecosystems[0].Bytes != 5 {
		t.Errorf("%+v", r)
	}
	if len(r.Certificates) != 1 || !r.Certificates[0].Soon || r.Certificates[0].Expired || len(r.Problems) != 1 || !strings.Contains(b.log.String(), "expires soon") {
		t.Errorf("%+v\n%s", r, b.log)
	}
	a.Issue("site", time.Now().Add(-time.Hour), "mirror.corp")
	b.Reload()
	if r := ready(200); !r.Certificates[0].Expired || !strings.Contains(strings.Join(r.Problems, " "), "has expired") {
		t.Errorf("%+v", r)
	}
	if got := b.ask(somebody, "/healthz"); got.Code != 200 || got.Body.String() != "ok\n" || !b.Alive() {
		t.Errorf("%d %q", got.Code, got.Body)
	}
}

// failing is a site of which nothing can be read.
type failing struct{ http.Handler }

func (failing) State() ([]serve.State, error) { return nil, io.ErrUnexpectedEOF }

func TestMirrorThatCannotBeRead(t *testing.T) {
	b := build(t, failing{http.NotFoundHandler()}, func(*Config) {})
	if got := b.ask(somebody, "/readyz"); got.Code != 503 || !strings.Contains(got.Body.String(), "cannot be read") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if got := b.ask(somebody, "/metrics"); !strings.Contains(got.Body.String(), "\noffmirror_site_readable 0\n") {
		t.Errorf("%s", got.Body)
	}
}

// An answer that breaks off is counted and logged as such, and the connection is cut.
func TestAnswersThatBreakOff(t *testing.T) {
	site := failing{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
		panic(http.ErrAbortHandler)
	})}
	b := build(t, site, func(c *Config) { c.AccessLog = "-" })
	url := b.start()[0]
	resp, err := http.Get(url + "/hex/a")
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	if err == nil {
		t.Error("a whole answer")
	}
	for !strings.Contains(b.accessLog.String(), "\n") { // the client may be faster
		time.Sleep(time.Millisecond)
	}
	if text := b.accessLog.String(); !strings.Contains(text, `"whole":false`) || !strings.Contains(text, `"bytes":4`) {
		t.Errorf("%s", text)
	}
}

// What is composed of everything still lets the kernel send files.
func TestSendfileIsKept(t *testing.T) {
	m := newMirror(t)
	content := strings.Repeat("x", 1<<20)
	m.publish("hex", map[string]string{"big": content})
	b := build(t, m.site(), func(c *Config) {
		c.Hosts = map[string]string{"repo.hex.pm": "hex"}
		c.Access = map[string]Access{"*": {Users: file(t, "ada:{PLAIN}x")}}
		c.AccessLog, c.Rate, c.Proxies = "-", 100, []string{"10.0.0.0/8"}
	})
	r := httptest.NewRequest(http.MethodGet, "/big", nil)
	r.Host, r.RemoteAddr = "repo.hex.pm", "10.0.0.1:1"
	r.Header.Set("X-Forwarded-For", "192.0.2.1")
	r.SetBasicAuth("ada", "x")
	for _, want := range []int64{0, int64(len(content))} { // the first time it is hashed on the way
		w := &sink{ResponseRecorder: httptest.NewRecorder()}
		b.Handler().ServeHTTP(w, r)
		if w.fromFile != want {
			t.Errorf("%d of %d bytes went from the file to the connection, want %d: %d", w.fromFile, len(content), want, w.Code)
		}
	}
	if text := b.accessLog.String(); !strings.Contains(text, `"bytes":1048576`) || !strings.Contains(text, `"client":"192.0.2.1"`) {
		t.Errorf("%s", text)
	}
}

// sink notices what the kernel would be asked to send by itself.
type sink struct {
	*httptest.ResponseRecorder
	fromFile int64
}

func (s *sink) ReadFrom(r io.Reader) (int64, error) {
	n, err := io.Copy(io.Discard, r)
	if l, ok := r.(*io.LimitedReader); ok {
		if _, ok := l.R.(*os.File); ok {
			s.fromFile += n
		}
	}
	return n, err
}

// Counting costs a request no memory.
func TestObservingAllocatesNothing(t *testing.T) {
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
	plain, counted := failing{answer}, build(t, failing{answer}, func(*Config) {})
	r := httptest.NewRequest(http.MethodGet, "/hex/names", nil)
	w := &statusOnly{header: http.Header{}}
	before := testing.AllocsPerRun(100, func() { plain.ServeHTTP(w, r) })
	after := testing.AllocsPerRun(100, func() { counted.Handler().ServeHTTP(w, r) })
	if after > before {
		t.Errorf("%v allocations beside %v", after, before)
	}
}
