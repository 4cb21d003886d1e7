package front

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/offmirror/offmirror/layout/serve"
	"github.com/offmirror/offmirror/layout/serve/access"
	"github.com/offmirror/offmirror/layout/serve/certs"
	"github.com/offmirror/offmirror/layout/serve/express"
	"github.com/offmirror/offmirror/layout/serve/metrics"
	"github.com/offmirror/offmirror/layout/serve/peer"
)

// Site is what a Front stands before: a [serve.Site], or what wraps one.
type Site interface {
	http.Handler
	State() ([]serve.State, error)
}

// Options are what a Front needs beside its configuration.
type Options struct {
	Ecosystems []string     // that there may be
	Version    string       // of the program
	Logger     *slog.Logger // nil: nothing is logged
	Stderr     io.Writer    // where the access log "-" goes
}

// Front stands between clients and a site. Its methods may be called by many goroutines.
type Front struct {
	config  Config
	o       Options
	log     *slog.Logger
	site    Site
	started time.Time

	certs       *certs.Keeper // nil: there is no HTTPS
	proxies     peer.Proxies
	gates       map[string]*access.Gate
	hosts       *serve.Hosts      // nil: there are none
	requests    *metrics.Requests // nil: nothing is counted
	connections *connections
	refused     refusals
	accessLog   *os.File // nil: standard error or none
	handler     http.Handler
	plain       express.Source // nil: everything is for handler
	limit       *rateLimit     // nil: there is none

	readinesses shared[readyAnswer]
	texts       shared[[]byte] // of /metrics
}

// New makes a Front of a configuration that [Config.Check] has found in order. It reads certificates and secrets; an
// error is about the configuration and names key, file or variable. Close it in the end.
func New(c Config, site Site, o Options) (*Front, error) {
	f := &Front{config: c, o: o, site: site, started: time.Now(), log: cmp.Or(o.Logger, slog.New(slog.DiscardHandler))}
	for _, step := range []func() error{c.Check, f.openCertificates, f.openGates, f.openHosts} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	f.proxies, _ = peer.ParseProxies(c.Proxies) // checked
	f.connections = newConnections(c.Connections, f.proxies)
	f.limit = newRateLimit(c.Rate, c.Burst)
	if c.Metrics {
		f.requests = metrics.NewRequests(o.Ecosystems)
	}
	log, err := f.openAccessLog()
	if err != nil {
		return nil, err
	}
	f.handler = f.compose(log)
	f.plain = f.composePlain(log)
	f.warnOfHosts()
	return f, nil
}

func (f *Front) openCertificates() (err error) {
	if len(f.config.Certificates) == 0 {
		return nil
	}
	f.certs, err = certs.New(certs.Options{Pairs: f.config.pairs(), ClientCA: f.config.ClientCA, Logger: f.log})
	if err != nil {
		return fmt.Errorf("serve.certificates: %w", err)
	}
	return nil
}

// Parts of a site that are no ecosystems, as sections of access call them.
const (
	partPage    = "page"
	partMetrics = "metrics"
	partRest    = "*"
)

func (f *Front) openGates() error {
	guesses := access.NewGuesses()
	f.gates = map[string]*access.Gate{}
	for name, a := range f.config.Access {
		key := fmt.Sprintf("serve.access.%q", name)
		if !slices.Contains(append([]string{partPage, partMetrics, partRest}, f.o.Ecosystems...), name) {
			return fmt.Errorf("%s: is no part of the site; parts are %s, page, metrics and *", key, strings.Join(f.o.Ecosystems, ", "))
		}
		if len(a.Certificates) > 0 && f.config.ClientCA == "" {
			return fmt.Errorf("%s.certificates: nobody can have signed them: give serve.client_ca, too", key)
		}
		gate, err := access.NewGate(a.rule(), guesses, f.log)
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		f.gates[name] = gate
	}
	return nil
}

func (f *Front) openHosts() error {
	for name, path := range f.config.Hosts {
		ecosystem, ref, hasRef := strings.Cut(path, "/")
		if !slices.Contains(f.o.Ecosystems, ecosystem) || hasRef && !strings.HasPrefix(ref, "@") {
			return fmt.Errorf("serve.hosts: %q of %s is no part of the site: want one of %s, perhaps with /@TAG", path, name, strings.Join(f.o.Ecosystems, ", "))
		}
	}
	return nil
}

func (f *Front) openAccessLog() (*slog.Logger, error) {
	var to io.Writer
	switch f.config.AccessLog {
	case "":
		return nil, nil
	case "-":
		to = f.o.Stderr
	default:
		file, err := os.OpenFile(f.config.AccessLog, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640) //nolint:gosec // the user's choice
		if err != nil {
			return nil, fmt.Errorf("serve.access_log: %w", err)
		}
		f.accessLog, to = file, file
	}
	return slog.New(slog.NewJSONHandler(to, nil)), nil
}

// Close lets go of the access log.
func (f *Front) Close() error {
	if f.accessLog == nil {
		return nil
	}
	return f.accessLog.Close()
}

// Server returns a server of the site, with everything that is configured.
func (f *Front) Server() *serve.Server {
	o := serve.Options{Grace: f.config.Grace, ConnState: f.connections.state, Plain: f.plain}
	if f.certs != nil {
		o.TLS = f.certs.Config()
	}
	return serve.NewServer(f.handler, o)
}

// Handler returns what the server answers with.
func (f *Front) Handler() http.Handler { return f.handler }

// Reload reads certificates and secrets again that have changed, without waiting for a client.
func (f *Front) Reload() {
	if f.certs != nil {
		f.certs.Reload()
	}
	for _, gate := range f.gates {
		gate.Reload()
	}
}

// warnOfEndpoints tells the log where secrets would be seen by others.
func (f *Front) warnOfEndpoints(endpoints []serve.Endpoint) {
	secrets := false
	for _, a := range f.config.Access {
		secrets = secrets || a.Users != "" || a.UsersEnv != "" || a.Tokens != "" || a.TokensEnv != ""
	}
	if !secrets || len(f.proxies) > 0 {
		return
	}
	for _, e := range endpoints {
		if a, ok := e.Addr().(*net.TCPAddr); ok && !e.TLS && !a.IP.IsLoopback() {
			f.log.Warn("passwords and tokens cross the network in the clear: give serve.certificates", "listen", a.String())
		}
	}
}

// warnOfHosts tells the log of hosts that no client will believe.
func (f *Front) warnOfHosts() {
	if f.certs == nil {
		return
	}
	for name := range f.config.Hosts {
		if !f.certs.Covers(name) {
			f.log.Warn("no certificate is for this host: its clients refuse the server", "host", name)
		}
	}
}
