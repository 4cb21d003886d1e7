package front

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
	"github.com/offmirror/offmirror/layout/serve/certs/certstest"
)

// mirror is a root with a site in front of it.
type mirror struct {
	t     *testing.T
	root  *os.Root
	store *store.Store
}

func newMirror(t *testing.T) *mirror {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close(); root.Close() })
	return &mirror{t, root, st}
}

// publish publishes files of an ecosystem, by path.
func (m *mirror) publish(ecosystem string, files map[string]string) *layout.Snapshot {
	m.t.Helper()
	h, err := layout.OpenHistory(m.root, m.store, ecosystem)
	if err != nil {
		m.t.Fatal(err)
	}
	s, err := h.Write(context.Background(), layout.Header{Time: time.Now().Add(-time.Hour)}, func(yield func(layout.Entry) bool) {
		for path, content := range files {
			id, err := m.store.Put(context.Background(), []byte(content))
			if err != nil {
				m.t.Fatal(err)
			}
			if !yield(layout.Entry{Path: path, Object: id, Size: int64(len(content))}) {
				return
			}
		}
	})
	if err == nil {
		err = h.Publish(context.Background(), s)
	}
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

// site serves what is published. Files whose names begin with "forever" may be kept.
// pages tell which ecosystems are open.
type pages struct{}

func (pages) Site(w http.ResponseWriter, r *http.Request) {
	for _, name := range []string{"hex", "julia"} {
		if serve.Open(r, name) {
			fmt.Fprintln(w, name)
		}
	}
}

func (pages) Ecosystem(w http.ResponseWriter, _ *http.Request, p serve.Place) {
	fmt.Fprintln(w, p.Ecosystem)
}

func (m *mirror) site() *serve.Site {
	return serve.NewSite(m.root, m.store, func(_ string, view layout.View) http.Handler {
		return serve.Static(view, func(path string) serve.Class {
			if strings.HasPrefix(path, "forever") {
				return serve.Immutable
			}
			return serve.Revalidate
		})
	}).WithPages(pages{})
}

// lines are what was logged.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// built is a Front with what it said.
type built struct {
	*Front
	t         *testing.T
	log       *lines
	accessLog *lines // of access_log = "-"
}

func build(t *testing.T, site Site, set func(*Config)) *built {
	t.Helper()
	b := &built{t: t, log: &lines{}, accessLog: &lines{}}
	c := DefaultConfig()
	c.Listen = []string{"127.0.0.1:0"}
	set(&c)
	var err error
	b.Front, err = New(c, site, Options{
		Ecosystems: []string{"hex", "julia"}, Version: "1.2.3",
		Logger: slog.New(slog.NewTextHandler(b.log, nil)), Stderr: b.accessLog,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// start serves until the test ends and returns the base URLs.
func (b *built) start() []string {
	b.t.Helper()
	endpoints, err := b.Listen(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- b.Server().Serve(ctx, endpoints...) }()
	b.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.t.Errorf("Serve: %v", err)
		}
	})
	var urls []string
	for _, e := range endpoints {
		urls = append(urls, e.URL())
	}
	return urls
}

// ask sends a request to the handler, from an address, and returns the answer with its body.
func (b *built) ask(from, target string, set ...func(*http.Request)) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.RemoteAddr = from
	for _, s := range set {
		s(r)
	}
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, r)
	return w
}

const somebody = "192.0.2.1:1000"

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}
func user(name, password string) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(name, password) }
}

// client trusts an authority and finds every host at the address of a URL.
func client(t *testing.T, a *certstest.Authority, url string, certs ...tls.Certificate) *http.Client {
	t.Helper()
	_, address, _ := strings.Cut(url, "://")
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: a.Pool(), Certificates: certs},
		ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func get(t *testing.T, c *http.Client, url string) (*http.Response, string) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(data)
}

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// A site under the names of those that it stands for, with a private authority: over HTTP/1.1 and
// HTTP/2, and what is published meanwhile is there without a restart.
func TestNamesOverTLS(t *testing.T) {
	m, a := newMirror(t), certstest.New(t)
	m.publish("hex", map[string]string{"names": "first"})
	m.publish("julia", map[string]string{"registries": "list"})
	year := time.Now().AddDate(1, 0, 0)
	certFile, keyFile := a.Issue("site", year, "mirror.corp", "127.0.0.1")
	hexFile, hexKey := a.Issue("hex", year, "repo.hex.pm", "hex.pm")
	juliaFile, juliaKey := a.Issue("julia", year, "pkg.julialang.org")
	b := build(t, m.site(), func(c *Config) {
		c.Listen = append(c.Listen, "http://127.0.0.1:0")
		c.Certificates = []Certificate{{certFile, keyFile}, {hexFile, hexKey}, {juliaFile, juliaKey}}
		c.Hosts = map[string]string{"repo.hex.pm": "hex", "pkg.julialang.org": "julia"}
	})
	urls := b.start()
	if !strings.HasPrefix(urls[0], "https://") || !strings.HasPrefix(urls[1], "http://") {
		t.Errorf("listens at %q", urls)
	}
	c := client(t, a, urls[0])
	for url, want := range map[string]string{
		"https://repo.hex.pm/names":            "first",
		"https://pkg.julialang.org/registries": "list",
		"https://mirror.corp/hex/names":        "first",
		urls[0] + "/julia/registries":          "list",
	} {
		resp, body := get(t, c, url)
		if body != want || resp.Proto != "HTTP/2.0" {
			t.Errorf("%s: %q over %s, want %q", url, body, resp.Proto, want)
		}
	}
	if _, err := c.Get("https://elsewhere.org/names"); err == nil {
		t.Error("a name for which there is no certificate")
	}
	c.Transport.(*http.Transport).TLSClientConfig.NextProtos = nil
	old := client(t, a, urls[0])
	old.Transport.(*http.Transport).ForceAttemptHTTP2 = false
	m.publish("hex", map[string]string{"names": "second"})
	if resp, body := get(t, old, "https://repo.hex.pm/names"); body != "second" || resp.Proto != "HTTP/1.1" {
		t.Errorf("%q over %s", body, resp.Proto)
	}
	if _, body := get(t, http.DefaultClient, urls[1]+"/hex/names"); body != "second" {
		t.Errorf("without TLS: %q", body)
	}

	// A renewed certificate counts for the next connection.
	before, _ := get(t, old, "https://repo.hex.pm/names")
	a.Issue("hex", year.AddDate(1, 0, 0), "repo.hex.pm")
	b.Reload()
	old.CloseIdleConnections()
	after, _ := get(t, old, "https://repo.hex.pm/names")
	if !after.TLS.PeerCertificates[0].NotAfter.After(before.TLS.PeerCertificates[0].NotAfter) {
		t.Error("the certificate from before is still shown")
	}
}

func TestAccessByPart(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", map[string]string{"names": "n", "forever": "f"})
	m.publish("julia", map[string]string{"registries": "r"})
	users := file(t, "ada:{PLAIN}correct horse\n")
	tokens := file(t, "ci a-token-of-some-length\n")
	b := build(t, m.site(), func(c *Config) {
		c.Hosts = map[string]string{"repo.hex.pm": "hex"}
		c.Access = map[string]Access{"hex": {Users: users}, "metrics": {Tokens: tokens}, "page": {Users: users, Tokens: tokens}}
		c.AccessLog = "-"
	})
	ada, wrong, ci := user("ada", "correct horse"), user("ada", "wrong"), header("Authorization", "Bearer a-token-of-some-length")
	for _, c := range []struct {
		target string
		set    func(*http.Request)
		want   int
	}{
		{"/hex/names", nil, 401}, {"/hex/names", ada, 200}, {"/hex/names", wrong, 401}, {"/hex/names", ci, 401},
		{"/hex/absent", nil, 401}, {"/hex/absent", ada, 404}, {"//hex//names", nil, 401}, {"/hex", nil, 401}, {"/hex/", nil, 401},
		{"/hex/@nobody/names", nil, 401}, {"/%68ex/names", nil, 401}, {"/./hex/names", nil, 401}, {"/julia/../hex/names", nil, 404},
		{"/julia/registries", nil, 200}, {"/julia/absent", nil, 404},
		{"/", nil, 401}, {"/", ci, 200}, {"/", ada, 200}, {"/api/v1/anything", nil, 401}, {"/absent", nil, 401},
		{"/api/v1/anything", ci, 200}, {"/api/v1/ecosystems/hex", nil, 401}, {"/api/v1/ecosystems/hex", ci, 401}, {"/api/v1/ecosystems/hex/diff", ada, 200},
		{"//api//v1//ecosystems//hex//", ci, 401}, {"/api/v1/ecosystems/%68ex", ci, 401}, {"/api/v1/ecosystems/julia", nil, 200},
		{"/metrics", nil, 401}, {"/metrics", ada, 401}, {"/metrics", ci, 200}, {"/healthz", nil, 200}, {"/readyz", nil, 200},
	} {
		set := []func(*http.Request){}
		if c.set != nil {
			set = append(set, c.set)
		}
		if got := b.ask(somebody, c.target, set...); got.Code != c.want {
			t.Errorf("%s: %d, want %d", c.target, got.Code, c.want)
		}
	}
	if got := b.ask(somebody, "/names", host("repo.hex.pm")); got.Code != 401 {
		t.Errorf("under its own name: %d", got.Code)
	}
	if got := b.ask(somebody, "/names", host("repo.hex.pm"), ada); got.Code != 200 {
		t.Errorf("under its own name, with a password: %d", got.Code)
	}

	// A page about all of the site shows what is open to everybody, or by the rule that let somebody in.
	if got := b.ask(somebody, "/", ada).Body.String(); got != "julia\n" {
		t.Errorf("open beside a rule of its own: %q", got)
	}
	all := build(t, m.site(), func(c *Config) { c.Access = map[string]Access{"*": {Users: users}} })
	if got := all.ask(somebody, "/", ada).Body.String(); got != "hex\njulia\n" {
		t.Errorf("open by one rule for all: %q", got)
	}

	// Whether there is something is told to nobody.
	there, absent := b.ask(somebody, "/hex/names"), b.ask(somebody, "/hex/absent")
	if there.Body.String() != absent.Body.String() || fmt.Sprint(there.Header()) != fmt.Sprint(absent.Header()) {
		t.Errorf("%v %q, %v %q", there.Header(), there.Body, absent.Header(), absent.Body)
	}
	// What only some may have is kept by no cache that others share.
	for target, want := range map[string]string{"/hex/forever": "private, max-age=31536000, immutable", "/hex/names": "no-cache, private", "/hex/absent": "no-cache, private"} {
		if got := b.ask(somebody, target, ada).Header().Get("Cache-Control"); got != want {
			t.Errorf("%s: Cache-Control: %s, want %s", target, got, want)
		}
	}
	if got := b.ask(somebody, "/julia/registries").Header().Get("Cache-Control"); got != "no-cache" {
		t.Errorf("what everybody may have: %s", got)
	}
	// The state without its details.
	if got := b.ask(somebody, "/readyz").Body.String(); got != "ready\n" {
		t.Errorf("/readyz tells %q", got)
	}
	if got := b.ask(somebody, "/readyz", ci).Body.String(); !strings.Contains(got, `"snapshot"`) {
		t.Errorf("/readyz tells %q", got)
	}
	text := b.accessLog.String()
	for _, secret := range []string{"correct horse", "wrong", "a-token", "Bearer", "Basic"} {
		if strings.Contains(text+b.log.String(), secret) {
			t.Errorf("%q is logged", secret)
		}
	}
	if !strings.Contains(text, `"user":"ada"`) || !strings.Contains(text, `"user":"ci"`) {
		t.Errorf("nobody's name is logged:\n%s", text)
	}
}

func TestRuleForTheRest(t *testing.T) {
	m := newMirror(t)
	m.publish("hex", map[string]string{"names": "n"})
	m.publish("julia", map[string]string{"registries": "r"})
	t.Setenv("SITE_USERS", "ada:{PLAIN}x")
	t.Setenv("SITE_TOKENS", "ci a-token-of-some-length")
	b := build(t, m.site(), func(c *Config) {
		c.Access = map[string]Access{"*": {UsersEnv: "SITE_USERS"}, "julia": {TokensEnv: "SITE_TOKENS"}}
	})
	for target, want := range map[string]int{"/hex/names": 200, "/": 200, "/metrics": 200, "/julia/registries": 401} {
		if got := b.ask(somebody, target); got.Code != 401 {
			t.Errorf("%s for everybody: %d", target, got.Code)
		}
		if got := b.ask(somebody, target, user("ada", "x")); got.Code != want {
			t.Errorf("%s: %d, want %d", target, got.Code, want)
		}
	}
}

func TestClientCertificates(t *testing.T) {
	m, a, clients := newMirror(t), certstest.New(t), certstest.New(t)
	m.publish("hex", map[string]string{"names": "n"})
	m.publish("julia", map[string]string{"registries": "r"})
	certFile, keyFile := a.Issue("site", time.Now().AddDate(1, 0, 0), "127.0.0.1")
	b := build(t, m.site(), func(c *Config) {
		c.Certificates, c.ClientCA = []Certificate{{certFile, keyFile}}, clients.File
		c.Access = map[string]Access{"hex": {Certificates: []string{"ci.corp"}}}
	})
	url := b.start()[0]
	for _, c := range []struct {
		certs      []tls.Certificate
		hex, julia int
	}{
		{nil, 403, 200}, {[]tls.Certificate{clients.Client("ci.corp")}, 200, 200}, {[]tls.Certificate{clients.Client("other.corp")}, 403, 200},
	} {
		hc := client(t, a, url, c.certs...)
		hex, _ := get(t, hc, url+"/hex/names")
		julia, _ := get(t, hc, url+"/julia/registries")
		if hex.StatusCode != c.hex || julia.StatusCode != c.julia {
			t.Errorf("hex %d, want %d; julia %d, want %d", hex.StatusCode, c.hex, julia.StatusCode, c.julia)
		}
	}
}
