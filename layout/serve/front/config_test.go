package front

import (
	"math"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/layout/serve/certs/certstest"
	"github.com/offmirror/offmirror/layout/serve/systemd"
)

func TestDefaultsAreInOrder(t *testing.T) {
	c := DefaultConfig()
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

func TestCheckNamesTheKey(t *testing.T) {
	for want, set := range map[string]func(*Config){
		"serve.listen: want an address":          func(c *Config) { c.Listen = nil },
		`serve.listen: "8000"`:                   func(c *Config) { c.Listen = []string{"127.0.0.1:1", "8000"} },
		`serve.listen: "ftp://127.0.0.1:21"`:     func(c *Config) { c.Listen = []string{"ftp://127.0.0.1:21"} },
		`serve.listen: "https://127.0.0.1:443"`:  func(c *Config) { c.Listen = []string{"https://127.0.0.1:443"} },
		"serve.grace: ":                          func(c *Config) { c.Grace = -time.Second },
		"serve.rate: -1":                         func(c *Config) { c.Rate = -1 },
		"serve.rate: NaN":                        func(c *Config) { c.Rate = math.NaN() },
		"serve.rate: +Inf":                       func(c *Config) { c.Rate = math.Inf(1) },
		"serve.burst: -1":                        func(c *Config) { c.Rate, c.Burst = 1, -1 },
		"serve.burst: means nothing":             func(c *Config) { c.Burst = 1 },
		"serve.connections_per_client: -1":       func(c *Config) { c.Connections = -1 },
		"serve.client_ca: ":                      func(c *Config) { c.ClientCA = "x" },
		`serve.proxies: "nobody"`:                func(c *Config) { c.Proxies = []string{"nobody"} },
		`serve.hosts: "" is no host name`:        func(c *Config) { c.Hosts = map[string]string{"": "hex"} },
		`serve.hosts: "x:80" is no host name`:    func(c *Config) { c.Hosts = map[string]string{"x:80": "hex"} },
		`serve.hosts: "*.corp" is no host name`:  func(c *Config) { c.Hosts = map[string]string{"*.corp": "hex"} },
		`serve.hosts: "/hex" of x is no part`:    func(c *Config) { c.Hosts = map[string]string{"x": "/hex"} },
		`serve.hosts: "" of x is no part`:        func(c *Config) { c.Hosts = map[string]string{"x": ""} },
		`serve.hosts: "hex//@a" of x is no part`: func(c *Config) { c.Hosts = map[string]string{"x": "hex//@a"} },
	} {
		c := DefaultConfig()
		set(&c)
		if err := c.Check(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s…", err, want)
		}
	}
}

func TestNewNamesTheKey(t *testing.T) {
	a := certstest.New(t)
	certFile, keyFile := a.Issue("site", time.Now().Add(time.Hour), "x")
	for want, set := range map[string]func(*Config){
		"serve.rate: ":                                 func(c *Config) { c.Rate = -1 },
		"serve.certificates: ":                         func(c *Config) { c.Certificates = []Certificate{{Cert: certFile}} },
		`serve.access."perl": is no part`:              func(c *Config) { c.Access = map[string]Access{"perl": {Users: "x"}} },
		`serve.access."hex": nobody is let in`:         func(c *Config) { c.Access = map[string]Access{"hex": {}} },
		`serve.access."hex": users: `:                  func(c *Config) { c.Access = map[string]Access{"hex": {Users: "/does/not/exist"}} },
		`serve.access."hex".certificates: nobody can`:  func(c *Config) { c.Access = map[string]Access{"hex": {Certificates: []string{"*"}}} },
		`serve.hosts: "perl" of x is no part`:          func(c *Config) { c.Hosts = map[string]string{"x": "perl"} },
		`serve.hosts: "hex/packages" of x is no part`:  func(c *Config) { c.Hosts = map[string]string{"x": "hex/packages"} },
		"serve.access_log: open /does/not/exist/log: ": func(c *Config) { c.AccessLog = "/does/not/exist/log" },
		"serve.certificates: authorities of client certificates: ": func(c *Config) {
			c.Certificates, c.ClientCA = []Certificate{{certFile, keyFile}}, keyFile
		},
	} {
		c := DefaultConfig()
		set(&c)
		_, err := New(c, ok(), Options{Ecosystems: []string{"hex"}})
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %s…", err, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		text         string
		certificates bool
		host         string // "" if it is none
		tls          bool
	}{
		{"127.0.0.1:8000", false, "127.0.0.1:8000", false}, {"127.0.0.1:8000", true, "127.0.0.1:8000", true},
		{"[::]:0", false, "[::]:0", false}, {":80", false, ":80", false}, {"http://0.0.0.0:80", true, "0.0.0.0:80", false},
		{"https://0.0.0.0:443/", true, "0.0.0.0:443", true}, {"https://0.0.0.0:443", false, "", false},
		{"localhost:http", false, "localhost:http", false}, {"localhost", false, "", false}, {"localhost:", false, "", false}, {"", false, "", false},
		{"::1:80", false, "", false},
	} {
		got, err := parseAddress(c.text, c.certificates)
		if (err == nil) != (c.host != "") || err == nil && got != (address{c.host, c.tls}) {
			t.Errorf("%q: %+v, %v", c.text, got, err)
		}
	}
}

func TestListenIsAllOrNothing(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	b := build(t, ok(), func(c *Config) { c.Listen = []string{address, taken.Addr().String()} })
	if _, err := b.Listen(t.Context()); err == nil || !strings.Contains(err.Error(), taken.Addr().String()) {
		t.Errorf("%v", err)
	}
	again, err := net.Listen("tcp", address)
	if err != nil {
		t.Errorf("the first address is still held: %v", err)
	} else {
		again.Close()
	}
}

func TestSocketsAreAdopted(t *testing.T) {
	a := certstest.New(t)
	certFile, keyFile := a.Issue("site", time.Now().AddDate(1, 0, 0), "127.0.0.1")
	plain := build(t, ok(), func(*Config) {})
	secure := build(t, ok(), func(c *Config) { c.Certificates = []Certificate{{certFile, keyFile}} })
	for name, want := range map[string]struct{ plain, secure string }{
		"http": {"http", "http"}, "https": {"", "https"}, "offmirror.socket": {"http", "https"}, "": {"http", "https"},
	} {
		for b, scheme := range map[*built]string{plain: want.plain, secure: want.secure} {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			got, err := b.Adopt([]systemd.Socket{{Listener: l, Name: name}})
			if (err == nil) != (scheme != "") || err == nil && !strings.HasPrefix(got[0].URL(), scheme+"://") {
				t.Errorf("%q: %v, %v; want %s", name, got, err, scheme)
			}
			l.Close()
		}
	}
	if got, err := plain.Adopt([]systemd.Socket{{Listener: at{addr: &net.UnixAddr{Name: "/run/x.sock", Net: "unix"}}}}); err != nil || got[0].URL() != "unix:/run/x.sock" {
		t.Errorf("a Unix socket: %v, %v", got, err)
	}
}

// at is a listener at an address, for as long as nobody comes.
type at struct {
	net.Listener
	addr net.Addr
}

func (l at) Addr() net.Addr { return l.addr }

func TestWarningsOfSecretsInTheClear(t *testing.T) {
	a := certstest.New(t)
	certFile, keyFile := a.Issue("site", time.Now().AddDate(1, 0, 0), "repo.hex.pm")
	certificates := []Certificate{{certFile, keyFile}}
	passwords := map[string]Access{"hex": {Users: file(t, "ada:{PLAIN}x")}}
	everywhere, here := &net.TCPAddr{IP: net.IPv4zero, Port: 8000}, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8000}
	for name, c := range map[string]struct {
		set  func(*Config)
		addr net.Addr
		name string // of the socket
		warn bool
	}{
		"in the clear":       {func(c *Config) { c.Access = passwords }, everywhere, "", true},
		"on this machine":    {func(c *Config) { c.Access = passwords }, here, "", false},
		"on a Unix socket":   {func(c *Config) { c.Access = passwords }, &net.UnixAddr{Name: "x"}, "", false},
		"behind a proxy":     {func(c *Config) { c.Access, c.Proxies = passwords, []string{"10.0.0.1"} }, everywhere, "", false},
		"with TLS":           {func(c *Config) { c.Access, c.Certificates = passwords, certificates }, everywhere, "", false},
		"beside TLS":         {func(c *Config) { c.Access, c.Certificates = passwords, certificates }, everywhere, "http", true},
		"with nothing to it": {func(*Config) {}, everywhere, "", false},
	} {
		b := build(t, ok(), c.set)
		if _, err := b.Adopt([]systemd.Socket{{Listener: at{addr: c.addr}, Name: c.name}}); err != nil {
			t.Error(err)
		}
		if got := b.log.String(); strings.Contains(got, "in the clear") != c.warn || strings.Count(got, "\n") > 1 {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestWarningsOfHosts(t *testing.T) {
	a := certstest.New(t)
	certFile, keyFile := a.Issue("site", time.Now().AddDate(1, 0, 0), "repo.hex.pm")
	b := build(t, ok(), func(c *Config) {
		c.Hosts, c.Certificates = map[string]string{"repo.hex.pm": "hex", "hex.pm": "hex"}, []Certificate{{certFile, keyFile}}
	})
	if got := b.log.String(); !strings.Contains(got, "host=hex.pm") || strings.Contains(got, "repo.hex.pm") {
		t.Errorf("%q", got)
	}
}

func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"127.0.0.1:8000", "https://[::1]:443/", "http://", ":"} {
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, certificates bool) {
		a, err := parseAddress(text, certificates)
		if err == nil {
			if _, _, err := net.SplitHostPort(a.host); err != nil || a.tls && !certificates {
				t.Errorf("%q is %+v", text, a)
			}
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%q", err)
		}
	})
}
