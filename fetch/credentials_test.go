package fetch_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/upstreamtest"
)

// anything answers every path well.
var anything = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(r.URL.Path)) })

func basicAuth(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func TestCredentialsGoWhereTheyBelong(t *testing.T) {
	t.Setenv("CORP_TOKEN", "corp-secret")
	t.Setenv("BOB_PASSWORD", "bob-secret")
	t.Setenv("UNSET_TOKEN", "")
	netrc := filepath.Join(t.TempDir(), "netrc")
	if err := os.WriteFile(netrc, []byte("# machine none\nmachine other.test login x password y\n"+
		"macdef init\nmachine netrc.test\n\nmachine netrc.test login \"ann\"\n password #ann-secret\ndefault login any password one\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	up := upstreamtest.NewInMemory(t, anything)
	e := newRoom(t).engine(t, func(c *fetch.Config) {
		c.Hosts = map[string]fetch.Host{
			"corp.test":      {TokenEnv: "CORP_TOKEN"},
			"Bob.test":       {User: "bob", PasswordEnv: "BOB_PASSWORD"},
			"port.test:8080": {TokenEnv: "CORP_TOKEN"},
			"unset.test":     {TokenEnv: "UNSET_TOKEN"},
			"netrc.test":     {Netrc: netrc},
			"default.test":   {Netrc: netrc},
		}
	}, fetch.WithDialer(up.Dial))
	err := e.AddCredentials(
		fetch.Credential{Prefix: "http://hex.test/repos/acme/", Authorization: "acme-key"},
		fetch.Credential{Prefix: "http://hex.test/repos/acme/private/", Authorization: "private-key"},
		fetch.Credential{Prefix: "https://tls.test/", Authorization: "tls-key"},
	)
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"http://corp.test/x":                         "Bearer corp-secret",
		"http://CORP.test/x":                         "Bearer corp-secret",
		"http://corp.test:8080/x":                    "Bearer corp-secret",
		"http://corp.test@evil.test/x":               basicAuth("corp.test", ""), // the URL's own
		"http://corp.test.evil.test/x":               "",
		"http://evil.test/corp.test/":                "",
		"http://bob.test/x":                          basicAuth("bob", "bob-secret"),
		"http://port.test:8080/x":                    "Bearer corp-secret",
		"http://port.test/x":                         "",
		"http://unset.test/x":                        "",
		"http://netrc.test/x":                        basicAuth("ann", "#ann-secret"),
		"http://default.test/x":                      basicAuth("any", "one"),
		"http://hex.test/repos/acme/names":           "acme-key",
		"http://hex.test:80/repos/acme/names":        "acme-key",
		"http://hex.test:81/repos/acme/names":        "",
		"http://hex.test/repos/acme/private/x":       "private-key",
		"http://hex.test/repos/acmeother/names":      "",
		"http://hex.test/repos/":                     "",
		"http://hex.test/repos/acme/../other/names":  "",
		"http://hex.test/repos/acme/%2e%2e/other":    "",
		"http://hex.test/repos/acme/..%2fother":      "",
		"http://hex.test/repos/acme/a..b":            "acme-key",
		"http://tls.test/x":                          "",
		"http://us%65r:p%40ss@plain.test/x":          basicAuth("user", "p@ss"),
		"http://user:other@hex.test/repos/acme/mine": "acme-key",
	} {
		up.Forget()
		res, err := e.Revalidate(t.Context(), fetch.Request{URL: url})
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if got := up.Requests()[0].Header.Get("Authorization"); got != want {
			t.Errorf("%s: Authorization %q, want %q", url, got, want)
		}
		if told := e.Authorization(url); told != want && !strings.Contains(url, "@") {
			t.Errorf("%s: Authorization says %q, want %q", url, told, want)
		}
		if strings.Contains(res.From, "@") {
			t.Errorf("from %s", res.From)
		}
	}
}

func TestCredentialsDoNotFollowRedirects(t *testing.T) {
	up := upstreamtest.NewInMemory(t, anything)
	e := newRoom(t).engine(t, nil, fetch.WithDialer(up.Dial))
	if err := e.AddCredentials(fetch.Credential{Prefix: "http://corp.test/", Authorization: "Bearer corp-secret"}); err != nil {
		t.Fatal(err)
	}
	up.Script("//corp.test/a", upstreamtest.Redirect(302, "http://cdn.test/b?sig=1"))
	up.Script("//cdn.test/b", upstreamtest.Redirect(307, "http://user:password@corp.test/c"))
	up.Script("//corp.test/c", upstreamtest.Redirect(301, "/d"))
	res, err := e.Fetch(t.Context(), fetch.Request{URL: "http://corp.test/a"})
	if err != nil || res.From != "http://corp.test/a" {
		t.Fatalf("%+v, %v", res, err)
	}
	var got []string
	for _, r := range up.Requests() {
		got = append(got, r.Host+r.Path+" "+r.Header.Get("Authorization"))
		if r.Header.Get("Referer") != "" || r.Header.Get("Cookie") != "" {
			t.Errorf("%v", r.Header)
		}
	}
	want := "corp.test/a Bearer corp-secret,cdn.test/b ,corp.test/c Bearer corp-secret,corp.test/d Bearer corp-secret"
	if strings.Join(got, ",") != want {
		t.Errorf("%s", got)
	}
}

// Whoever sits on the way to some plain upstream could otherwise have the token of
// any configured host sent past in the clear, or to another service of that host.
func TestNoRedirectChoosesWhereTokensGo(t *testing.T) {
	t.Setenv("CORP_TOKEN", "corp-secret")
	secure := upstreamtest.NewTLS(t, anything)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, secure.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	up := upstreamtest.NewInMemory(t, anything)
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == secure.Addr() {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
		return up.Dial(ctx, network, address)
	}
	e := newRoom(t).engine(t, func(c *fetch.Config) {
		c.Hosts = map[string]fetch.Host{
			"corp.test":   {TokenEnv: "CORP_TOKEN"},
			secure.Addr(): {TokenEnv: "CORP_TOKEN", CA: ca},
		}
	}, fetch.WithDialer(dial))
	const token = "Bearer corp-secret"
	for i, c := range []struct{ from, to, want string }{
		{"http://open.test", "http://corp.test", ""},
		{"http://corp.test", "http://corp.test:8080", ""},
		{"http://corp.test:8080", "http://corp.test", ""},
		{"http://corp.test", "http://corp.test:80", token},
		{"http://corp.test:8080", "http://CORP.test:8080", token},
		{"http://open.test", secure.URL, token},
	} {
		path := fmt.Sprint("/", i)
		up.Forget()
		secure.Forget()
		up.Script("//"+strings.TrimPrefix(c.from, "http://")+path, upstreamtest.Redirect(302, c.to+path+"/there"))
		if _, err := e.Revalidate(t.Context(), fetch.Request{URL: c.from + path}); err != nil {
			t.Errorf("%s: %v", c.from, err)
			continue
		}
		requests := append(up.Requests(), secure.Requests()...)
		if got := requests[len(requests)-1]; len(requests) != 2 || got.Header.Get("Authorization") != c.want {
			t.Errorf("%s to %s: %d requests, Authorization %q, want %q", c.from, c.to, len(requests), got.Header.Get("Authorization"), c.want)
		}
	}
}

func TestNoRedirectFromTLSToPlain(t *testing.T) {
	plain := upstreamtest.New(t, anything)
	up := upstreamtest.NewTLS(t, anything)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, up.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	e := newRoom(t).engine(t, func(c *fetch.Config) { c.Hosts = map[string]fetch.Host{up.Addr(): {CA: ca}} })
	if _, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + file}); err != nil {
		t.Fatal(err)
	}
	up.Script(file, upstreamtest.Redirect(302, plain.URL+"/x?token=t0ps3cret"))
	_, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + file})
	if err == nil || !strings.Contains(err.Error(), "redirect from https to http") || strings.Contains(err.Error(), "t0ps3cret") {
		t.Error(err)
	}
	if plain.Count("*") != 0 {
		t.Error("it was followed")
	}
}

func TestUnknownAuthorityIsNotRetried(t *testing.T) {
	up := upstreamtest.NewTLS(t, anything)
	e := newRoom(t).engine(t, nil)
	_, err := e.Fetch(t.Context(), fetch.Request{URL: up.URL + file})
	if err == nil || !strings.Contains(err.Error(), "unknown authority") || e.Stats().Retries != 0 {
		t.Errorf("%v, %+v", err, e.Stats())
	}
}

func TestProxyOfAHost(t *testing.T) {
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, fmt.Sprint(r.URL, " ", r.Header.Get("Proxy-Authorization")))
	}))
	defer proxy.Close()
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	e := newRoom(t).engine(t, func(c *fetch.Config) {
		c.Retries = 0
		c.Hosts = map[string]fetch.Host{
			"far.test":  {Proxy: strings.Replace(proxy.URL, "//", "//me:proxy-secret@", 1)},
			"near.test": {Proxy: "none"},
		}
	})
	if _, err := e.Fetch(t.Context(), fetch.Request{URL: "http://far.test/x"}); err != nil {
		t.Error(err)
	}
	if want := "http://far.test/x " + basicAuth("me", "proxy-secret"); len(asked) != 1 || asked[0] != want {
		t.Errorf("%q", asked)
	}
	if _, err := e.Fetch(t.Context(), fetch.Request{URL: "http://near.test/x"}); err == nil || strings.Contains(err.Error(), "proxy") {
		t.Errorf("none: %v", err)
	}
}

func TestHints(t *testing.T) {
	t.Setenv("SET", "a-token-that-is-wrong")
	t.Setenv("UNSET", "")
	up := upstreamtest.NewInMemory(t, nil)
	up.Always("*", upstreamtest.Status(403))
	netrc := filepath.Join(t.TempDir(), "netrc")
	if err := os.WriteFile(netrc, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e := newRoom(t).engine(t, func(c *fetch.Config) {
		c.Hosts = map[string]fetch.Host{"set.test": {TokenEnv: "SET"}, "unset.test": {TokenEnv: "UNSET"}, "netrc.test": {Netrc: netrc}}
	}, fetch.WithDialer(up.Dial))
	for url, want := range map[string]string{
		"http://set.test/":        "the credentials in $SET were refused",
		"http://unset.test:81/":   `set $UNSET, which [fetch.hosts."unset.test"] names`,
		"http://netrc.test/":      "has no entry for netrc.test",
		"http://none.test:81/":    `set token_env in [fetch.hosts."none.test:81"]`,
		"http://u:p@none.test/x/": "the credentials for it were refused",
	} {
		_, err := e.Fetch(t.Context(), fetch.Request{URL: url})
		if !errors.Is(err, fetch.ErrUnauthorized) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestBadCredentials(t *testing.T) {
	e := newRoom(t).engine(t, nil)
	for _, c := range []fetch.Credential{
		{Prefix: "http://h/no-slash"}, {Prefix: "/"}, {Prefix: "http://u:topsecret@h/"}, {Prefix: "http://h/?token=topsecret/"},
		{Prefix: "http://h/", Authorization: "topsecret\nX: y"},
	} {
		if err := e.AddCredentials(c); err == nil || strings.Contains(err.Error(), "topsecret") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestNothingSaysSecrets(t *testing.T) {
	t.Setenv("CORP_TOKEN", "corp-secret")
	up := upstreamtest.NewInMemory(t, nil)
	seen := &events{}
	r := newRoom(t)
	e := r.engine(t, func(c *fetch.Config) {
		c.Retries = 1
		c.Hosts = map[string]fetch.Host{"corp.test": {TokenEnv: "CORP_TOKEN"}}
	}, fetch.WithDialer(up.Dial), fetch.WithObserver(seen.observe))
	url := "http://user:hunter2-secret@corp.test/x?X-Amz-Signature=signature-secret&plain=1&api_key=key-secret#frag"
	for _, step := range []upstreamtest.Step{
		upstreamtest.Status(500), upstreamtest.Reset(), upstreamtest.Truncate(0, upstreamtest.HTML()), upstreamtest.Status(401), upstreamtest.HTML(),
		upstreamtest.RetryAfter(429, "1"), upstreamtest.Redirect(302, "ftp://user:hunter2-secret@x/?token=signature-secret"),
		upstreamtest.Redirect(302, "http://[hunter2-secret"), upstreamtest.Redirect(302, "http://other.test/?token=hunter2-secret"),
	} {
		up.Always("//corp.test/x", step)
		_, err := e.Revalidate(t.Context(), fetch.Request{URL: url, Mirrors: []string{url + "&more=1"}, Proof: func(r io.ReaderAt, n int64) error {
			return errors.New("the proof says corp-secret")
		}})
		if err == nil || !strings.Contains(err.Error(), "http://corp.test/x?X-Amz-Signature=REDACTED&plain=1&api_key=REDACTED") {
			t.Error(err)
		}
		checkOneLine(t, err)
		for text := range strings.SplitSeq(fmt.Sprint(err, "\n", seen.all, e.Stats()), "\n") {
			if strings.Contains(text, "-secret") {
				t.Errorf("says a secret: %s", text)
			}
		}
	}
	e.Close()
	for _, name := range []string{"state/fetch/hosts.json", "state/fetch/journal"} {
		if data, _ := r.root.ReadFile(name); strings.Contains(string(data), "secret") {
			t.Errorf("%s holds a secret: %s", name, data)
		}
	}
}
