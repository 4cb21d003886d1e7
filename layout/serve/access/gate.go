package access

import (
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// Rule is who is let in: who shows a password, a token or a certificate. One that gives
// none of them lets nobody in.
type Rule struct {
	Users, Tokens Source

	// Certificates are the names of client certificates that are let in: a DNS name, mail
	// address or URI that the certificate is for, or else the common name of its subject.
	// "*" means every certificate that the server's authorities have signed.
	Certificates []string
}

// Gate lets in whom a [Rule] means. It may be used by many goroutines.
type Gate struct {
	rule    Rule
	users   *kept[*users]
	tokens  *kept[tokens]
	guesses *Guesses
	log     *slog.Logger
	hashing chan struct{} // bounds what passwords may take of the processors

	complain rate.Sometimes // to the log
}

// NewGate reads the sources of a rule. An error is one line, names the file or variable, and quotes
// no secret. A nil log is told nothing.
func NewGate(r Rule, g *Guesses, log *slog.Logger) (*Gate, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if !r.Users.Given() && !r.Tokens.Given() && len(r.Certificates) == 0 {
		return nil, errors.New("nobody is let in: give users, tokens or certificates")
	}
	u, err := keep(r.Users, parseUsers, log)
	if err != nil {
		return nil, fmt.Errorf("users: %w", err)
	}
	t, err := keep(r.Tokens, parseTokens, log)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	return &Gate{
		rule: r, users: u, tokens: t, guesses: g, log: log,
		hashing:  make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)),
		complain: rate.Sometimes{Interval: time.Minute},
	}, nil
}

// Verdict is what a gate thinks of a request.
type Verdict int

// The verdicts.
const (
	Admitted  Verdict = iota
	Unknown           // shows nothing, or something that is wrong: 401
	Forbidden         // lacks a certificate, and nothing else would do: 403
	Guessing          // has been wrong too often: 429
	Gone              // has hung up meanwhile
)

// Admit judges a request of a client, whose address is as [peer.Group] gives it, and returns the
// name of who is admitted.
func (g *Gate) Admit(r *http.Request, client netip.Addr) (name string, v Verdict) {
	if name, ok := g.byCertificate(r); ok {
		return name, Admitted
	}
	header := r.Header.Get("Authorization")
	scheme, rest, hasScheme := strings.Cut(strings.TrimSpace(header), " ")
	switch {
	case header == "":
		return "", g.refusal()
	case hasScheme && strings.EqualFold(scheme, "Basic"):
		return g.byPassword(r, client, rest)
	case hasScheme && strings.EqualFold(scheme, "Bearer"):
		return g.byToken(client, strings.TrimSpace(rest))
	case hasScheme:
		return "", g.refusal()
	}
	return g.byToken(client, scheme)
}

// Reload reads files again that have changed, without waiting for a client.
func (g *Gate) Reload() {
	g.users.reload()
	g.tokens.reload()
}

// refusal is the verdict on who has shown nothing.
func (g *Gate) refusal() Verdict {
	if !g.rule.Users.Given() && !g.rule.Tokens.Given() {
		return Forbidden
	}
	return Unknown
}

func (g *Gate) byCertificate(r *http.Request) (name string, ok bool) {
	if len(g.rule.Certificates) == 0 || r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return "", false
	}
	names := namesOf(r.TLS.VerifiedChains[0][0])
	for _, name := range names {
		if slices.Contains(g.rule.Certificates, name) {
			return name, true
		}
	}
	if slices.Contains(g.rule.Certificates, "*") {
		return append(names, "certificate")[0], true
	}
	return "", false
}

// namesOf returns what a certificate is for. An asterisk in it is no name.
func namesOf(c *x509.Certificate) []string {
	names := slices.Concat(c.DNSNames, c.EmailAddresses)
	for _, u := range c.URIs {
		names = append(names, u.String())
	}
	if len(names) == 0 && c.Subject.CommonName != "" {
		names = append(names, c.Subject.CommonName)
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "*" })
}

func (g *Gate) byToken(client netip.Addr, token string) (string, Verdict) {
	if name, ok := g.tokens.get().find(token); ok {
		return name, Admitted
	}
	return "", g.wrong(client, false)
}

func (g *Gate) byPassword(r *http.Request, client netip.Addr, encoded string) (string, Verdict) {
	pair, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	name, password, ok := strings.Cut(string(pair), ":")
	if err != nil || !ok || !g.rule.Users.Given() || len(name) > maxName {
		return "", g.wrong(client, false)
	}
	all := g.users.get()
	if spent(g.guesses.ofClient(client)) && !all.known(name, password) {
		return "", Guessing // before anything is remembered, or waited for
	}
	mine := g.guesses.ofName(client, name)
	if spent(mine) {
		return "", Guessing
	}
	if all.known(name, password) {
		return name, Admitted
	}
	// One after the other, so that many attempts at once are no more than many in turn.
	select {
	case g.hashing <- struct{}{}:
		defer func() { <-g.hashing }()
	case <-r.Context().Done():
		return "", Gone
	}
	switch {
	case spent(mine):
		return "", Guessing
	case all.known(name, password):
		return name, Admitted
	case spent(g.guesses.ofClient(client)):
		return "", Guessing
	case all.matches(name, password):
		return name, Admitted
	}
	mine.Allow()
	return "", g.wrong(client, spent(mine))
}

// wrong counts a wrong attempt of a client, who has none left for a name perhaps.
func (g *Gate) wrong(client netip.Addr, noneLeft bool) Verdict {
	all := g.guesses.ofClient(client)
	if !all.Allow() {
		return Guessing
	}
	if noneLeft || spent(all) {
		g.complain.Do(func() {
			g.log.Warn("too many wrong passwords or tokens; this client is put off", "client", client)
		})
	}
	return g.refusal()
}

// Refuse answers a request that was not admitted.
func (g *Gate) Refuse(w http.ResponseWriter, v Verdict) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	status, text := http.StatusForbidden, "this needs a client certificate that is known here\n"
	switch v {
	case Unknown:
		status, text = http.StatusUnauthorized, "this needs a user name and password, or a token, that is known here\n"
		if g.rule.Users.Given() {
			h.Add("WWW-Authenticate", `Basic realm="mirror", charset="UTF-8"`)
		}
		if g.rule.Tokens.Given() {
			h.Add("WWW-Authenticate", `Bearer realm="mirror"`)
		}
	case Guessing:
		status, text = http.StatusTooManyRequests, "too many wrong attempts, try again later\n"
		h.Set("Retry-After", "10")
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}
