package peer_test

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/layout/serve/peer"
)

func TestGroup(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7":            "192.0.2.7",
		"::ffff:192.0.2.7":     "192.0.2.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::",
		"2001:db8:1:2:ffff::":  "2001:db8:1:2::",
		"2001:db8:1:3::1":      "2001:db8:1:3::",
		"fe80::1%eth0":         "fe80::",
	} {
		if got := peer.Group(netip.MustParseAddr(address)); got != netip.MustParseAddr(want) {
			t.Errorf("%s counts as %v, want %s", address, got, want)
		}
	}
	if got := peer.Group(netip.Addr{}); got.IsValid() {
		t.Errorf("nobody counts as %v", got)
	}
}

func TestParse(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.7:1234": "192.0.2.7", "[2001:db8::1]:80": "2001:db8::1", "@": "invalid IP", "": "invalid IP", "192.0.2.7": "invalid IP",
	} {
		if got := peer.Parse(remote); got.String() != want {
			t.Errorf("%q is %v, want %s", remote, got, want)
		}
	}
}

func TestProxiesAreParsed(t *testing.T) {
	p, err := peer.ParseProxies([]string{"10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::1"})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"10.255.0.1": true, "11.0.0.1": false, "192.0.2.1": true, "192.0.2.2": false, "2001:db8:ffff::1": true, "::1": true, "::2": false,
		"::ffff:10.0.0.1": true,
	} {
		if got := p.Trust(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is trusted: %v", address, got)
		}
	}
	if !p.Trust(netip.Addr{}) {
		t.Error("a Unix socket is not trusted")
	}
	for _, bad := range []string{"", "proxy.corp", "10.0.0.0/33", "10.0.0.0/8/8", "::ffff:10.0.0.0/104"} {
		if _, err := peer.ParseProxies([]string{bad}); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestWhoAProxySpeaksFor(t *testing.T) {
	p, err := peer.ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		remote string
		chain  []string
		proto  string
		client string // "" if nobody
		https  bool
	}{
		"a stranger's word":       {"192.0.2.1:1", []string{"192.0.2.9"}, "https", "", false},
		"one proxy":               {"10.0.0.1:1", []string{"192.0.2.9"}, "https", "192.0.2.9", true},
		"what was there before":   {"10.0.0.1:1", []string{"10.9.9.9, 198.51.100.1, 192.0.2.9"}, "http", "192.0.2.9", false},
		"two proxies":             {"10.0.0.1:1", []string{"198.51.100.1, 192.0.2.9,10.0.0.2"}, "", "192.0.2.9", false},
		"two lines":               {"10.0.0.1:1", []string{"192.0.2.9", "10.0.0.2"}, "HTTPS", "192.0.2.9", true},
		"with ports":              {"10.0.0.1:1", []string{"[2001:db8::9]:4711"}, "", "2001:db8::9", false},
		"in brackets":             {"10.0.0.1:1", []string{"[2001:db8::9]"}, "", "2001:db8::9", false},
		"with a zone":             {"10.0.0.1:1", []string{"fe80::9%evil"}, "", "fe80::9", false},
		"proxies only":            {"10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "", "10.0.0.3", false},
		"nonsense":                {"10.0.0.1:1", []string{"unknown"}, "", "", false},
		"nonsense before a proxy": {"10.0.0.1:1", []string{"_hidden, 10.0.0.2"}, "", "10.0.0.2", false},
		"nothing":                 {"10.0.0.1:1", nil, "https", "", true},
		"a Unix socket":           {"@", []string{"192.0.2.9"}, "https", "192.0.2.9", true},
		"a chain longer than any": {"10.0.0.1:1", []string{"192.0.2.9" + strings.Repeat(",10.0.0.2", 1000)}, "", "10.0.0.2", false},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		if c.chain != nil {
			r.Header["X-Forwarded-For"] = c.chain
		}
		if c.proto != "" {
			r.Header.Set("X-Forwarded-Proto", c.proto)
		}
		client, https, ok := p.Client(r)
		got := ""
		if ok {
			got = client.String()
		}
		if got != c.client || https != c.https {
			t.Errorf("%s: %q, https %v; want %q, %v", name, got, https, c.client, c.https)
		}
	}
}

func FuzzClient(f *testing.F) {
	f.Add("192.0.2.9, 10.0.0.2", "https")
	f.Add("[::1]:1,,[", "")
	f.Add("fe80::1%a,b", "http")
	p, err := peer.ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, chain, proto string) {
		r := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{"X-Forwarded-For": {chain}, "X-Forwarded-Proto": {proto}}}
		client, _, ok := p.Client(r)
		if ok != client.IsValid() {
			t.Errorf("%v, %v", client, ok)
		}
		if client.Zone() != "" || client.Is4In6() {
			t.Errorf("%v is not as addresses are compared", client)
		}
		r.RemoteAddr = "192.0.2.1:1"
		if _, https, ok := p.Client(r); ok || https {
			t.Error("a stranger was believed")
		}
	})
}

func TestTableRemembersAndForgets(t *testing.T) {
	made := 0
	table := peer.NewTable[int](10, func() *int { made++; n := made; return &n })
	first, always := table.Of(0), table.Of(-1)
	for i := range 10_000 {
		if table.Of(i) == nil {
			t.Fatal("no value")
		}
		if again := table.Of(-1); again != always {
			t.Fatal("who asks all the time was forgotten")
		}
		if n := table.Len(); n > 20 {
			t.Fatalf("%d values for a table of 10", n)
		}
	}
	if table.Of(0) == first {
		t.Error("who asked long ago is remembered")
	}
	recent := table.Of(9_999)
	for i := range 5 {
		table.Of(20_000 + i)
	}
	if table.Of(9_999) != recent {
		t.Error("who asked a moment ago was forgotten")
	}
}

func TestTableForMany(t *testing.T) {
	table := peer.NewTable[int](8, func() *int { return new(int) })
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 1000 {
				if table.Of(g*i%32) == nil {
					t.Error("no value")
				}
			}
		})
	}
	all.Wait()
}
