package front

import (
	"log/slog"
	"slices"
	"time"

	"github.com/offmirror/offmirror/layout/serve/express"
	"github.com/offmirror/offmirror/layout/serve/metrics"
	"github.com/offmirror/offmirror/layout/serve/peer"
)

// plainSite is a site that knows answers to plain requests.
type plainSite interface {
	FindPlain(q *express.Request, a *express.Answer) bool
}

// plain answers plain requests where nothing stands between the clients and the site but limits and metrics.
type plain struct {
	site     plainSite
	limit    *rateLimit
	requests *metrics.Requests // nil: nothing is counted
	known    []string          // ecosystems
}

// composePlain is compose for plain requests. Where proxies speak for clients, hosts stand for parts, somebody is
// not let in or each request is logged, all of them are for the handler.
func (f *Front) composePlain(log *slog.Logger) express.Source {
	site, ok := f.site.(plainSite)
	if !ok || log != nil || len(f.gates) > 0 || len(f.proxies) > 0 || len(f.config.Hosts) > 0 {
		return nil
	}
	return &plain{site, f.limit, f.requests, f.o.Ecosystems}
}

// Find implements [express.Source]. A request that is too much is for the handler, which says so.
func (p *plain) Find(q *express.Request, a *express.Answer) bool {
	if !p.site.FindPlain(q, a) || !p.limit.allow(peer.Group(q.Client)) {
		return false
	}
	if p.requests != nil {
		p.requests.Begin()
	}
	return true
}

// Sent implements [express.Source].
func (p *plain) Sent(_ *express.Request, a *express.Answer, bytes int64, took time.Duration) {
	if p.requests == nil {
		return
	}
	ecosystem := metrics.Other
	if slices.Contains(p.known, a.Label) {
		ecosystem = a.Label
	}
	p.requests.End(ecosystem, a.Status, bytes, took)
}
