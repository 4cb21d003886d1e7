// Package fetch gets bytes from upstreams into the store, and believes nobody.
//
// One [Request] is a set of expected digests and an ordered list of places. For
// a primary URL P with fallback mirrors M the candidates are
//
//  1. the local mirrors of P: those of exactly P first, then those of prefixes of
//     P that end in "/", longest prefix first; each in the configured order;
//  2. P and M, where preferred hosts come first, in the order of their list,
//     stably; the others keep their order. See [SortByHost].
//
// Hosts that keep failing are demoted: for the rest of the run, and the beginning
// of the next ones, their candidates come after all others. A candidate that
// answers with wrong bytes is reported, put aside for the run, and the next one
// is asked. When every candidate says that there is no such thing, the error is
// [ErrAbsent]; after anything else it may work next time.
//
// Local mirrors may be folders and files of this machine, as file:///… URLs; no
// other candidate may, and no redirect.
//
// # Promises
//
// What [Engine.Fetch] and [Engine.Revalidate] return has passed all digests, the
// size and the proof of the request, and is durable in the store. One digest is
// fetched once, however many goroutines ask for it. An interrupted transfer of a
// larger object goes on where it stopped, in this process or the next, if the
// server names the bytes by a strong validator; otherwise it begins again.
//
// # Limits
//
// Requests are limited in total, per host, and by the bytes that are under way
// or not yet durable; a shared token bucket limits bandwidth. Call from as many
// goroutines as you like: the slots are given back before the engine waits for
// the store, so some more goroutines than slots keep all slots busy.
//
// # Secrets
//
// Credentials go to the URLs that they were given for, hop by hop: none follows
// a redirect elsewhere. URLs in results, errors and events have passed [Redact].
package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"github.com/offmirror/offmirror/fetch/store"
)

// Engine fetches. All its methods may be called from many goroutines.
type Engine struct {
	set     settings
	store   *store.Store
	state   *os.Root
	agent   string
	observe func(Event)

	places     *places
	keys       *keyring
	transports *transports
	watch      *watchdog
	journal    *journal
	past       map[string]pastHealth

	total    slots
	inFlight *semaphore.Weighted
	limiter  *rate.Limiter // nil: no limit

	hostsMu sync.RWMutex
	hosts   map[string]*host

	calls  calls
	aside  aside
	counts counts

	closeOnce sync.Once
	closeErr  error
}

// Option adjusts an Engine.
type Option func(*options)

type options struct {
	version string
	observe func(Event)
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
}

// WithVersion sets the version that the engine calls itself by to servers.
func WithVersion(version string) Option { return func(o *options) { o.version = version } }

// WithObserver lets f see what happens on the way. It is called from many
// goroutines and must not block.
func WithObserver(f func(Event)) Option { return func(o *options) { o.observe = f } }

// WithDialer replaces how connections are made.
func WithDialer(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return func(o *options) { o.dial = dial }
}

// New makes an Engine that keeps objects in st and its own memory in the folder
// state, both of which must stay open until [Engine.Close]. An error is a mistake
// in cfg and names the key.
func New(cfg Config, st *store.Store, state *os.Root, opts ...Option) (*Engine, error) {
	o := options{version: "devel", observe: func(Event) {}}
	for _, set := range opts {
		set(&o)
	}
	e, err := assemble(cfg, o, func() map[string]pastHealth { return loadHealth(state) })
	if err != nil {
		return nil, err
	}
	e.store, e.state = st, state
	e.journal = newJournal(state)
	e.watch = newWatchdog(&e.set)
	return e, nil
}

// assemble makes as much of an Engine as a configuration can be wrong about.
func assemble(cfg Config, o options, past func() map[string]pastHealth) (*Engine, error) {
	set, err := newSettings(cfg)
	if err != nil {
		return nil, err
	}
	e := &Engine{
		set:      set,
		agent:    userAgent(o.version),
		observe:  o.observe,
		inFlight: semaphore.NewWeighted(set.inFlight),
		hosts:    map[string]*host{},
	}
	e.total.limit = set.Concurrency
	if set.bandwidth > 0 {
		e.limiter = rate.NewLimiter(rate.Limit(set.bandwidth), max(bufferSize, int(set.bandwidth/10)))
	}
	if e.places, err = newPlaces(cfg); err != nil {
		return nil, err
	}
	if e.keys, err = newKeyring(cfg.Hosts); err != nil {
		return nil, err
	}
	e.past = past()
	e.transports = newTransports(&e.set, o.dial)
	for name := range cfg.Hosts {
		if _, err := e.host(strings.ToLower(name)); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func userAgent(version string) string {
	clean := strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r) {
			return '-'
		}
		return r
	}, version)
	return "offmirror/" + clean + " (+https://github.com/offmirror/offmirror)"
}

// AddCredentials gives the engine further credentials. One for the same prefix
// replaces an earlier one; the longest prefix wins. An invalid one is an error,
// and then none is added after it.
func (e *Engine) AddCredentials(credentials ...Credential) error { return e.keys.add(credentials) }

// Authorization returns the value of the Authorization header that the engine would send
// to a URL on account of its own credentials, or "" for none. It is for other programs that fetch on the engine's behalf, such as git.
func (e *Engine) Authorization(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" {
		return ""
	}
	return e.keys.authorization(u, nil)
}

// Candidates returns the places where primary will be looked for, in the order
// of the package comment and without regard to the health of hosts. It is for
// URLs of any kind, also of git repositories.
func (e *Engine) Candidates(primary string, mirrors []string) []string {
	return e.places.candidates(primary, mirrors)
}

// maxHosts bounds what redirects can make us remember.
const maxHosts = 10_000

// host returns the state of a host, given as in a URL, in lower case.
func (e *Engine) host(name string) (*host, error) {
	e.hostsMu.RLock()
	h := e.hosts[name]
	e.hostsMu.RUnlock()
	if h != nil {
		return h, nil
	}
	e.hostsMu.Lock()
	defer e.hostsMu.Unlock()
	if h := e.hosts[name]; h != nil {
		return h, nil
	}
	if len(e.hosts) >= maxHosts {
		return nil, fmt.Errorf("more than %d hosts in one run; does an upstream redirect to ever new ones?", maxHosts)
	}
	cfg, configured := e.set.Hosts[name]
	if bare, _, err := net.SplitHostPort(name); err == nil && !configured {
		if strings.Contains(bare, ":") {
			bare = "[" + bare + "]"
		}
		cfg = e.set.Hosts[bare]
	}
	next, err := e.transports.forHost(name, cfg)
	if err != nil {
		return nil, err
	}
	h = &host{name: name, most: e.set.PerHost, past: e.past[name]}
	if cfg.Concurrency > 0 {
		h.most = cfg.Concurrency
	}
	h.limit, h.slots.limit = h.most, h.most
	h.demoted = h.past.demotedNow()
	h.client = e.newHostClient(h, next)
	e.hosts[name] = h
	return h, nil
}

// noteFailure counts a failure of a host and says so.
func (e *Engine) noteFailure(h *host, url string, err error) {
	if errors.Is(err, http.ErrUseLastResponse) {
		return
	}
	plain := e.keys.plainError(err)
	demoted := h.failed(e.set.Backoff, e.set.BackoffMax)
	e.event(Event{Kind: Failure, URL: url, Host: h.name, Err: plain})
	if demoted {
		e.event(Event{Kind: Demoted, URL: url, Host: h.name, Err: plain})
	}
}

func (e *Engine) event(ev Event) { e.observe(ev) }

// Close writes down how the hosts did and lets go of connections. Requests must
// have ended. It may be called again.
func (e *Engine) Close() error {
	e.closeOnce.Do(func() {
		e.watch.close()
		e.transports.close()
		e.closeErr = cmp.Or(e.journal.close(e.store), e.saveHealth())
	})
	return e.closeErr
}

// Places returns the places where a request will be looked for, as [Engine.Candidates] does.
func (e *Engine) Places(r *Request) []string {
	return e.places.candidates(r.URL, r.Mirrors, r.Aliases...)
}
