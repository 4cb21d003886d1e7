package access

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/offmirror/offmirror/layout/serve/certs/certstest"
)

const (
	// "correct horse" and "battery staple", with the fewest rounds there are
	adaHash = "$6$rounds=1000$saltsalt$"
	token   = "a-token-of-some-length"
)

func hashOf(password string) string {
	c, _ := parseSHACrypt(adaHash + strings.Repeat(".", 86))
	return adaHash + c.hash(password)
}

var (
	here  = netip.MustParseAddr("192.0.2.1")
	there = netip.MustParseAddr("192.0.2.2")
)

func file(t *testing.T, lines ...string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "secrets")
	if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func newGate(t *testing.T, r Rule) *Gate {
	t.Helper()
	g, err := NewGate(r, NewGuesses(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *Gate) basic(client netip.Addr, name, password string) (string, Verdict) {
	r := httptest.NewRequest(http.MethodGet, "/hex/names", nil)
	r.SetBasicAuth(name, password)
	return g.Admit(r, client)
}

func (g *Gate) header(value string) (string, Verdict) {
	r := httptest.NewRequest(http.MethodGet, "/hex/names", nil)
	if value != "" {
		r.Header.Set("Authorization", value)
	}
	return g.Admit(r, here)
}

func TestPasswords(t *testing.T) {
	g := newGate(t, Rule{Users: Source{File: file(t, "# people", "", "ada:"+hashOf("correct horse"), "  bob:{PLAIN}battery:staple  ")}})
	for range 2 { // the second time from memory
		for _, c := range []struct {
			name, password string
			want           Verdict
		}{
			{"ada", "correct horse", Admitted}, {"bob", "battery:staple", Admitted}, {"ada", "battery:staple", Unknown},
			{"bob", "", Unknown}, {"ada", "correct horse ", Unknown}, {"Ada", "correct horse", Unknown}, {"", "", Unknown}, {"nobody", "x", Unknown},
		} {
			name, v := g.basic(here, c.name, c.password)
			if v != c.want || v == Admitted && name != c.name || v != Admitted && name != "" {
				t.Errorf("%s with %q: %v as %q, want %v", c.name, c.password, v, name, c.want)
			}
		}
	}
}

func TestTokens(t *testing.T) {
	sum := sha256.Sum256([]byte("another token without spaces"))
	g := newGate(t, Rule{Tokens: Source{File: file(t, "ci "+token, "night\tsha256:"+strings.ToUpper(hex.EncodeToString(sum[:])))}})
	for value, want := range map[string]string{
		"Bearer " + token: "ci", "bearer  " + token: "ci", token: "ci",
		"Bearer another token without spaces": "night",
		"Bearer " + token + "x":               "", "Bearer": "", "Bearer ": "", "": "", "Basic " + token: "", "Digest " + token: "",
		"sha256:" + hex.EncodeToString(sum[:]): "", "Bearer " + strings.Repeat("x", 10_000): "",
	} {
		name, v := g.header(value)
		if name != want || (v == Admitted) != (want != "") {
			t.Errorf("%.60q: %v as %q, want %q", value, v, name, want)
		}
	}
}

func TestSecretsOfTheEnvironment(t *testing.T) {
	t.Setenv("SITE_USERS", "ada:{PLAIN}correct horse\nbob:"+hashOf("x"))
	t.Setenv("SITE_TOKENS", "ci "+token)
	g := newGate(t, Rule{Users: Source{Env: "SITE_USERS"}, Tokens: Source{Env: "SITE_TOKENS"}})
	if _, v := g.basic(here, "ada", "correct horse"); v != Admitted {
		t.Error(v)
	}
	if _, v := g.header("Bearer " + token); v != Admitted {
		t.Error(v)
	}
}

func TestCertificates(t *testing.T) {
	a := certstest.New(t)
	with := func(rule []string, names ...string) (string, Verdict) {
		t.Helper()
		leaf, err := x509.ParseCertificate(a.Client(names...).Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.TLS = &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{leaf}}, PeerCertificates: []*x509.Certificate{leaf}}
		return newGate(t, Rule{Certificates: rule}).Admit(r, here)
	}
	for _, c := range []struct {
		rule, names []string
		want        string // "" if refused
	}{
		{[]string{"ci.corp"}, []string{"ci.corp"}, "ci.corp"},
		{[]string{"ci.corp"}, []string{"other.corp", "ci.corp"}, "ci.corp"},
		{[]string{"ada@corp"}, []string{"ada@corp"}, "ada@corp"},
		{[]string{"spiffe://corp/ci"}, []string{"spiffe://corp/ci"}, "spiffe://corp/ci"},
		{[]string{"ada"}, []string{"CN=ada"}, "ada"},
		{[]string{"ada"}, []string{"CN=ada", "ci.corp"}, ""}, // who has better names goes by them
		{[]string{"ci.corp"}, []string{"x.ci.corp"}, ""},
		{[]string{"*"}, []string{"ci.corp"}, "ci.corp"},
		{[]string{"*"}, []string{"CN="}, "certificate"},
		{[]string{"other"}, []string{"CN=*"}, ""},
		{[]string{"*"}, []string{"CN=*"}, "certificate"},
	} {
		name, v := with(c.rule, c.names...)
		if name != c.want || c.want == "" && v != Forbidden || c.want != "" && v != Admitted {
			t.Errorf("%q with a certificate for %q: %v as %q", c.rule, c.names, v, name)
		}
	}

	// A certificate that nobody has verified is none.
	leaf, _ := x509.ParseCertificate(a.Client("ci.corp").Certificate[0])
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}}
	if _, v := newGate(t, Rule{Certificates: []string{"*"}}).Admit(r, here); v != Forbidden {
		t.Error(v)
	}
}

func TestAnyWayIsEnough(t *testing.T) {
	a := certstest.New(t)
	leaf, _ := x509.ParseCertificate(a.Client("ci.corp").Certificate[0])
	g := newGate(t, Rule{Users: Source{File: file(t, "ada:{PLAIN}x")}, Tokens: Source{File: file(t, "ci "+token)}, Certificates: []string{"*"}})
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.TLS = &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{leaf}}}
	_, byCertificate := g.Admit(r, here)
	_, byPassword := g.basic(here, "ada", "x")
	_, byToken := g.header("Bearer " + token)
	if byCertificate != Admitted || byPassword != Admitted || byToken != Admitted {
		t.Error(byCertificate, byPassword, byToken)
	}
	if _, v := g.header(""); v != Unknown {
		t.Error(v)
	}
}

func TestGuessingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t, Rule{Users: Source{File: file(t, "ada:"+hashOf("right"), "bob:"+hashOf("fine"))}, Tokens: Source{File: file(t, "ci "+token)}})
		want := func(client netip.Addr, name, password string, want Verdict) {
			t.Helper()
			if _, v := g.basic(client, name, password); v != want {
				t.Errorf("%s with %q: %v, want %v", name, password, v, want)
			}
		}
		want(here, "bob", "fine", Admitted)
		for i := range attemptsPerName {
			want(here, "ada", fmt.Sprint(i), Unknown)
		}
		want(here, "ada", "10", Guessing)
		want(here, "ada", "right", Guessing) // or a guess would show
		want(there, "ada", "right", Admitted)
		want(here, "ada", "right", Guessing) // although it is known to be right
		want(here, "bob", "fine", Admitted)  // a neighbour behind the same address
		time.Sleep(nameRecovers)
		want(here, "ada", "11", Unknown)
		want(here, "ada", "12", Guessing)
		time.Sleep(nameRecovers)
		want(here, "ada", "right", Admitted)

		// Names that nobody has are no way round, and look like others.
		time.Sleep(attemptsPerClient * clientRecovers)
		for i := range attemptsPerClient {
			want(here, fmt.Sprint("nobody", i), "x", Unknown)
		}
		want(here, "nobody", "x", Guessing)
		want(here, "bob", "fine", Admitted)
		want(there, "nobody", "x", Unknown)
		if _, v := g.header("Bearer not-a-token-at-all"); v != Guessing {
			t.Error("tokens may be guessed: ", v)
		}
		if _, v := g.header("Bearer " + token); v != Admitted {
			t.Error("a right token: ", v)
		}
		time.Sleep(clientRecovers)
		if _, v := g.header("Bearer not-a-token-at-all"); v != Unknown {
			t.Error(v)
		}
	})
}

// Many at once have no more attempts than one after the other.
func TestGuessingAtOnce(t *testing.T) {
	g := newGate(t, Rule{Users: Source{File: file(t, "ada:"+hashOf("right"))}})
	g.hashing = make(chan struct{}, 1)
	var all sync.WaitGroup
	var mu sync.Mutex
	seen := map[Verdict]int{}
	for i := range 50 {
		all.Go(func() {
			_, v := g.basic(here, "ada", fmt.Sprint(i))
			mu.Lock()
			defer mu.Unlock()
			seen[v]++
		})
	}
	all.Wait()
	if seen[Unknown] > attemptsPerName+1 || seen[Unknown]+seen[Guessing] != 50 { // one may have recovered
		t.Errorf("%v", seen)
	}
}

// Who has no attempts left costs others nothing: neither their turn, nor what is remembered of their guesses.
func TestGuessingOnIsCheap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(t, Rule{Users: Source{File: file(t, "ada:"+hashOf("right"))}})
		if _, v := g.basic(here, "ada", "right"); v != Admitted {
			t.Fatal(v)
		}
		for i := range attemptsPerClient {
			if _, v := g.basic(here, fmt.Sprint("nobody", i), "x"); v != Unknown {
				t.Fatal(v)
			}
		}
		remembered := g.guesses.names.Len()
		for range cap(g.hashing) { // somebody else is being judged
			g.hashing <- struct{}{}
		}
		for i := range 1000 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/hex/names", nil)
			r.SetBasicAuth(fmt.Sprint("somebody", i), "x")
			_, v := g.Admit(r, here)
			cancel()
			if v != Guessing {
				t.Fatalf("attempt %d: %v", i, v)
			}
		}
		if n := g.guesses.names.Len(); n != remembered {
			t.Errorf("%d names are remembered instead of %d", n, remembered)
		}
		if _, v := g.basic(here, "ada", "right"); v != Admitted {
			t.Errorf("a neighbour behind the same address: %v", v)
		}
	})
}

func TestWhoHangsUp(t *testing.T) {
	g := newGate(t, Rule{Users: Source{File: file(t, "ada:"+hashOf("right"))}})
	for range cap(g.hashing) {
		g.hashing <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	r.SetBasicAuth("ada", "right")
	if _, v := g.Admit(r, here); v != Gone {
		t.Error(v)
	}
}

func TestRefusals(t *testing.T) {
	users, tokens := Source{File: file(t, "ada:{PLAIN}x")}, Source{File: file(t, "ci "+token)}
	for _, c := range []struct {
		rule       Rule
		v          Verdict
		status     int
		challenges string
	}{
		{Rule{Users: users}, Unknown, 401, `Basic realm="mirror", charset="UTF-8"`},
		{Rule{Tokens: tokens}, Unknown, 401, `Bearer realm="mirror"`},
		{Rule{Users: users, Tokens: tokens}, Unknown, 401, `Basic realm="mirror", charset="UTF-8"|Bearer realm="mirror"`},
		{Rule{Certificates: []string{"*"}}, Forbidden, 403, ""},
		{Rule{Users: users}, Guessing, 429, ""},
	} {
		w := httptest.NewRecorder()
		newGate(t, c.rule).Refuse(w, c.v)
		if w.Code != c.status || strings.Join(w.Header()["Www-Authenticate"], "|") != c.challenges || w.Header().Get("Cache-Control") != "no-store" ||
			strings.Count(w.Body.String(), "\n") != 1 || w.Body.Len() > 100 || c.status == 429 && w.Header().Get("Retry-After") == "" {
			t.Errorf("%v: %d %v %q", c.v, w.Code, w.Header(), w.Body)
		}
	}
}

func TestFilesAreReadAgain(t *testing.T) {
	name := file(t, "ada:{PLAIN}old")
	var said bytes.Buffer
	g, err := NewGate(Rule{Users: Source{File: name}}, NewGuesses(), slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	change := func(text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		g.users.looked = time.Time{} // as if it were long ago
	}
	verdict := func(password string, want Verdict) {
		t.Helper()
		if _, v := g.basic(here, "ada", password); v != want {
			t.Errorf("%q: %v, want %v", password, v, want)
		}
	}
	verdict("old", Admitted)
	change("ada:{PLAIN}renewed")
	verdict("old", Unknown)
	verdict("renewed", Admitted)
	for _, bad := range []string{"ada", "ada:$1$salt$md5", "ada:plain"} {
		change(bad)
		verdict("renewed", Admitted)
		verdict("plain", Unknown)
	}
	if n := strings.Count(said.String(), "level=ERROR"); n < 2 || strings.Contains(said.String(), "md5") {
		t.Errorf("said:\n%s", said.String())
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	g.Reload()
	verdict("renewed", Admitted)
	change("# nobody")
	g.Reload()
	verdict("renewed", Unknown)
}

func TestBadRules(t *testing.T) {
	t.Setenv("SITE_BAD", "very secret")
	for name, r := range map[string]Rule{
		"nothing":      {},
		"both":         {Users: Source{File: file(t, "ada:{PLAIN}x"), Env: "SITE_BAD"}},
		"absent":       {Users: Source{File: "/does/not/exist"}},
		"not set":      {Tokens: Source{Env: "SITE_NOT_SET"}},
		"no colon":     {Users: Source{Env: "SITE_BAD"}},
		"plain":        {Users: Source{File: file(t, "ada:very secret")}},
		"empty":        {Users: Source{File: file(t, "ada:{PLAIN}")}},
		"twice":        {Users: Source{File: file(t, "ada:{PLAIN}x", "ada:{PLAIN}very secret")}},
		"no name":      {Users: Source{File: file(t, ":{PLAIN}very secret")}},
		"rounds":       {Users: Source{File: file(t, "ada:$6$rounds=999999999$very secret$"+strings.Repeat("x", 86))}},
		"half a hash":  {Users: Source{File: file(t, "ada:$6$salt$very secret")}},
		"short token":  {Tokens: Source{File: file(t, "ci very-secret")}},
		"one word":     {Tokens: Source{File: file(t, "very-secret-and-long-enough")}},
		"three words":  {Tokens: Source{File: file(t, "ci a very-secret-and-long-enough")}},
		"bad hash":     {Tokens: Source{File: file(t, "ci sha256:very-secret")}},
		"token twice":  {Tokens: Source{File: file(t, "ci "+token, "night "+token)}},
		"control name": {Tokens: Source{File: file(t, "c\x1bi "+token)}},
	} {
		_, err := NewGate(r, NewGuesses(), nil)
		if err == nil || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "very") || strings.Contains(err.Error(), token) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzSecrets(f *testing.F) {
	f.Add("ada:$6$salt$"+strings.Repeat("x", 86), "a:b")
	f.Add("ada:$5$rounds=1000$salt$"+strings.Repeat(".", 43), "\x00:")
	f.Add("ci sha256:"+strings.Repeat("0f", 32), "")
	f.Add("# \r\n\n:", "ü")
	f.Fuzz(func(t *testing.T, text, pair string) {
		users, err := parseUsers(text)
		if err == nil {
			for name := range users.byName {
				if checkName(name) != nil {
					t.Errorf("a user %q", name)
				}
			}
			if c, ok := users.stranger.(*shaCrypt); !ok || c.rounds <= defaultRounds {
				name, password, _ := strings.Cut(pair, ":")
				users.matches(name, password)
			}
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%q", err)
		}
		if tokens, err := parseTokens(text); err == nil {
			tokens.find(pair)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%q", err)
		}
	})
}
