package front

import (
	"context"
	"log/slog"
	"net/http"
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

// plain answers plain requests where nothing stands between the clients and the site but limits, metrics and the access log.
type plain struct {
	site     plainSite
	limit    *rateLimit
	requests *metrics.Requests // nil: nothing is counted
	log      *slog.Logger      // nil: nothing is logged
	known    []string          // ecosystems
}

// composePlain is compose for plain requests. Where proxies speak for clients, hosts stand for parts or somebody is
// not let in, all of them are for the handler.
func (f *Front) composePlain(log *slog.Logger) express.Source {
	site, ok := f.site.(plainSite)
	if !ok || len(f.gates) > 0 || len(f.proxies) > 0 || len(f.config.Hosts) > 0 {
		return nil
	}
	return &plain{site, f.limit, f.requests, log, f.o.Ecosystems}
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
func (p *plain) Sent(q *express.Request, a *express.Answer, bytes int64, took time.Duration) {
	ecosystem := metrics.Other
	if slices.Contains(p.known, a.Label) {
		ecosystem = a.Label
	}
	if p.requests != nil {
		p.requests.End(ecosystem, a.Status, bytes, took)
	}
	if p.log == nil {
		return
	}
	(&logLine{
		client: addressName(q.Client), host: string(q.Host), method: method(q), path: "/" + q.Path, ecosystem: ecosystem, protocol: "HTTP/1.1",
		status: a.Status, bytes: bytes, took: took, whole: true, agent: string(q.UserAgent),
	}).write(context.Background(), p.log)
}

func method(q *express.Request) string {
	if q.Head {
		return http.MethodHead
	}
	return http.MethodGet
}
