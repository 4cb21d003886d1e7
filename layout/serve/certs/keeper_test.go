package certs

import (
	"bytes"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/layout/serve/certs/certstest"
)

var nextYear = time.Now().AddDate(1, 0, 0)

func open(t *testing.T, o Options) *Keeper {
	t.Helper()
	k, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// shakeHands returns what a client learns of a server, and what either says went wrong.
func shakeHands(t *testing.T, k *Keeper, client *tls.Config) (state tls.ConnectionState, server tls.ConnectionState, clientErr, serverErr error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan error)
	go func() {
		c, err := l.Accept()
		if err != nil {
			done <- err
			return
		}
		s := tls.Server(c, k.Config())
		err = s.Handshake()
		server = s.ConnectionState()
		if err == nil {
			_, err = s.Write([]byte("x"))
		}
		s.Close()
		done <- err
	}()
	c, err := tls.Dial("tcp", l.Addr().String(), client)
	if err == nil {
		_, err = io.ReadAll(c) // with TLS 1.3 a refusal comes late
		state = c.ConnectionState()
		c.Close()
	}
	serverErr = <-done
	return state, server, err, serverErr
}

func TestChosenByName(t *testing.T) {
	a := certstest.New(t)
	var pairs []Files
	for _, name := range []string{"mirror.corp", "repo.hex.pm", "*.julialang.org"} {
		cert, key := a.Issue(strings.Trim(name, "*."), nextYear, name)
		pairs = append(pairs, Files{cert, key})
	}
	k := open(t, Options{Pairs: pairs})
	for name, want := range map[string]string{
		"mirror.corp": "mirror.corp", "repo.hex.pm": "repo.hex.pm", "REPO.hex.pm": "repo.hex.pm",
		"pkg.julialang.org": "*.julialang.org", "elsewhere.org": "mirror.corp", "": "mirror.corp",
	} {
		state, _, err, _ := shakeHands(t, k, &tls.Config{ServerName: name, InsecureSkipVerify: true})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := state.PeerCertificates[0].DNSNames[0]; got != want {
			t.Errorf("%q is shown the certificate of %s, want %s", name, got, want)
		}
	}
	for name, want := range map[string]bool{"repo.hex.pm": true, "us.julialang.org": true, "hex.pm": false} {
		if k.Covers(name) != want {
			t.Errorf("Covers(%s) is not %v", name, want)
		}
	}
}

func TestVersionsOfTLS(t *testing.T) {
	a := certstest.New(t)
	cert, key := a.Issue("mirror", nextYear, "mirror.corp")
	k := open(t, Options{Pairs: []Files{{cert, key}}})
	for version, works := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		_, _, err, _ := shakeHands(t, k, &tls.Config{ServerName: "mirror.corp", RootCAs: a.Pool(), MinVersion: version, MaxVersion: version})
		if (err == nil) != works {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
}

// serial is what tells certificates apart that are made for the same name.
func (k *Keeper) serial(t *testing.T, now time.Time) string {
	t.Helper()
	k.look(now)
	return k.pairs[0].Leaf.SerialNumber.String()
}

func TestRenewalIsNoticed(t *testing.T) {
	a := certstest.New(t)
	cert, key := a.Issue("mirror", nextYear, "mirror.corp")
	var said bytes.Buffer
	k := open(t, Options{Pairs: []Files{{cert, key}}, Logger: slog.New(slog.NewTextHandler(&said, nil))})
	now := time.Now()
	first := k.serial(t, now)

	a.Issue("mirror", nextYear.AddDate(1, 0, 0), "mirror.corp")
	if got := k.serial(t, now.Add(100*time.Millisecond)); got != first {
		t.Error("files were looked at again after a moment")
	}
	now = now.Add(2 * time.Second)
	second := k.serial(t, now)
	if second == first || !strings.Contains(said.String(), "renewed") {
		t.Errorf("the new certificate is not in use: %s", said.String())
	}

	// Between the writing of two files nothing fits, and later it does.
	other, otherKey := a.Issue("other", nextYear, "mirror.corp")
	rename(t, other, cert)
	for range 3 {
		now = now.Add(2 * time.Second)
		if got := k.serial(t, now); got != second {
			t.Fatal("half a renewal")
		}
	}
	if n := strings.Count(said.String(), "level=ERROR"); n != 1 {
		t.Errorf("%d complaints, want one: %s", n, said.String())
	}
	rename(t, otherKey, key)
	third := k.serial(t, now.Add(2*time.Second))
	if third == second {
		t.Error("the second half of a renewal was not noticed")
	}

	// A file that is gone, and one that is nonsense, change nothing either.
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	k.Reload()
	if err := os.WriteFile(key, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	k.Reload()
	if got := k.pairs[0].Leaf.SerialNumber.String(); got != third {
		t.Error("what cannot be read is in use")
	}
	if n := strings.Count(said.String(), "level=ERROR"); n != 3 {
		t.Errorf("%d complaints, want three: %s", n, said.String())
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func TestLinksAreFollowed(t *testing.T) {
	a, dir := certstest.New(t), t.TempDir()
	live := filepath.Join(dir, "live")
	point := func(name string) {
		t.Helper()
		cert, key := a.Issue(name, nextYear, "mirror.corp")
		folder := filepath.Join(dir, name)
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		rename(t, cert, filepath.Join(folder, "cert.pem"))
		rename(t, key, filepath.Join(folder, "key.pem"))
		_ = os.Remove(live)
		if err := os.Symlink(folder, live); err != nil {
			t.Fatal(err)
		}
	}
	point("one")
	k := open(t, Options{Pairs: []Files{{filepath.Join(live, "cert.pem"), filepath.Join(live, "key.pem")}}})
	first := k.serial(t, time.Now())
	point("two")
	if k.serial(t, time.Now().Add(2*time.Second)) == first {
		t.Error("a swapped link was not noticed")
	}
}

func TestClientCertificates(t *testing.T) {
	server, clients, others := certstest.New(t), certstest.New(t), certstest.New(t)
	cert, key := server.Issue("mirror", nextYear, "mirror.corp")
	k := open(t, Options{Pairs: []Files{{cert, key}}, ClientCA: clients.File})
	shows := func(certs ...tls.Certificate) (int, error) {
		_, state, err, serverErr := shakeHands(t, k, &tls.Config{ServerName: "mirror.corp", RootCAs: server.Pool(), Certificates: certs})
		if serverErr != nil {
			err = serverErr
		}
		return len(state.VerifiedChains), err
	}
	if n, err := shows(); n != 0 || err != nil {
		t.Errorf("without a certificate: %d chains, %v", n, err)
	}
	if n, err := shows(clients.Client("ci.corp")); n != 1 || err != nil {
		t.Errorf("with one of the authority: %d chains, %v", n, err)
	}
	// Go's client does not show a certificate of which the server does not know the
	// authority; others do.
	stranger := others.Client("ci.corp")
	_, _, _, err := shakeHands(t, k, &tls.Config{ServerName: "mirror.corp", RootCAs: server.Pool(),
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &stranger, nil }})
	if err == nil {
		t.Error("a certificate of another authority was accepted")
	}
	data, err := os.ReadFile(others.File)
	if err == nil {
		err = os.WriteFile(clients.File, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	k.Reload()
	if n, err := shows(stranger); n != 1 || err != nil {
		t.Errorf("after the authorities changed: %d chains, %v", n, err)
	}
}

func TestExpiry(t *testing.T) {
	a := certstest.New(t)
	now := time.Now()
	var pairs []Files
	for _, c := range []struct {
		name  string
		until time.Time
	}{{"long", nextYear}, {"soon", now.Add(48 * time.Hour)}, {"over", now.Add(-time.Hour)}} {
		cert, key := a.Issue(c.name, c.until, c.name+".corp", "127.0.0.1")
		pairs = append(pairs, Files{cert, key})
	}
	var said bytes.Buffer
	k := open(t, Options{Pairs: pairs, Logger: slog.New(slog.NewTextHandler(&said, nil))})
	for i, want := range []struct {
		names         string
		soon, expired bool
	}{{"long.corp 127.0.0.1", false, false}, {"soon.corp 127.0.0.1", true, false}, {"over.corp 127.0.0.1", true, true}} {
		e := k.Expiries()[i]
		if strings.Join(e.Names, " ") != want.names || e.Soon(now) != want.soon || e.Expired(now) != want.expired || e.File != pairs[i].Cert {
			t.Errorf("%+v", e)
		}
	}
	count := func(warnings, errors int) {
		t.Helper()
		if w, e := strings.Count(said.String(), "level=WARN"), strings.Count(said.String(), "level=ERROR"); w != warnings || e != errors {
			t.Errorf("%d warnings and %d errors, want %d and %d:\n%s", w, e, warnings, errors, said.String())
		}
	}
	count(1, 1)
	k.look(now.Add(time.Hour))
	count(1, 1)
	k.look(now.Add(25 * time.Hour))
	count(2, 2)
	a.Issue("over", nextYear, "over.corp")
	k.look(now.Add(50 * time.Hour))
	count(2, 3) // the soon one is over by now, the other was renewed
}

// A certificate that ends is an error from then on, however short before it was warned of.
func TestTheEndOfACertificateIsSaidAtOnce(t *testing.T) {
	a := certstest.New(t)
	now := time.Now()
	cert, key := a.Issue("site", now.Add(time.Hour), "mirror.corp")
	var said bytes.Buffer
	k := open(t, Options{Pairs: []Files{{cert, key}}, Logger: slog.New(slog.NewTextHandler(&said, nil))})
	for _, c := range []struct {
		after            time.Duration
		warnings, errors int
	}{{59 * time.Minute, 1, 0}, {61 * time.Minute, 1, 1}, {2 * time.Hour, 1, 1}, {26 * time.Hour, 1, 2}} {
		k.look(now.Add(c.after))
		if w, e := strings.Count(said.String(), "level=WARN"), strings.Count(said.String(), "level=ERROR"); w != c.warnings || e != c.errors {
			t.Errorf("after %v: %d warnings and %d errors, want %d and %d:\n%s", c.after, w, e, c.warnings, c.errors, &said)
		}
	}
}

func TestBadFiles(t *testing.T) {
	a := certstest.New(t)
	cert, key := a.Issue("mirror", nextYear, "mirror.corp")
	_, otherKey := a.Issue("other", nextYear, "other.corp")
	for name, o := range map[string]Options{
		"nothing":          {},
		"no key":           {Pairs: []Files{{Cert: cert}}},
		"no certificate":   {Pairs: []Files{{Key: key}}},
		"absent":           {Pairs: []Files{{cert, "/does/not/exist"}}},
		"exchanged":        {Pairs: []Files{{key, cert}}},
		"another key":      {Pairs: []Files{{cert, otherKey}}},
		"second bad":       {Pairs: []Files{{cert, key}, {cert, otherKey}}},
		"a folder":         {Pairs: []Files{{t.TempDir(), key}}},
		"absent authority": {Pairs: []Files{{cert, key}}, ClientCA: "/does/not/exist"},
		"no authority":     {Pairs: []Files{{cert, key}}, ClientCA: key},
	} {
		if _, err := New(o); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
