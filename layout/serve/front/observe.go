package front

import (
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/offmirror/offmirror/layout/serve/metrics"
	"github.com/offmirror/offmirror/layout/serve/peer"
)

// observer counts and logs requests.
type observer struct {
	next      http.Handler
	requests  *metrics.Requests            // nil: nothing is counted
	log       *slog.Logger                 // nil: nothing is logged
	ecosystem func(r *http.Request) string // that a request is about
}

func (o *observer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	rec := recorders.Get().(*recorder)
	*rec = recorder{ResponseWriter: w}
	if o.requests != nil {
		o.requests.Begin()
	}
	whole := false
	defer func() {
		o.ended(rec, r, started, whole)
		if whole { // otherwise somebody may still write
			*rec = recorder{}
			recorders.Put(rec)
		}
	}()
	o.next.ServeHTTP(rec, r)
	whole = true
}

func (o *observer) ended(w *recorder, r *http.Request, started time.Time, whole bool) {
	took := time.Since(started)
	status, bytes := w.status, w.bytes
	if status == 0 && whole {
		status = http.StatusOK // what net/http makes of an empty answer
	}
	if r.Method == http.MethodHead {
		bytes = 0
	}
	ecosystem := o.ecosystem(r)
	if o.requests != nil {
		o.requests.End(ecosystem, status, bytes, took)
	}
	if o.log == nil {
		return
	}
	(&logLine{
		client: clientName(r), user: w.user, host: r.Host, method: r.Method, path: r.URL.Path, ecosystem: ecosystem, protocol: r.Proto,
		tls: r.TLS != nil, status: status, bytes: bytes, took: took, whole: whole, agent: r.UserAgent(),
	}).write(r.Context(), o.log)
}

// clientName is the address of a client without its port, which tells nothing behind a proxy.
func clientName(r *http.Request) string {
	return addressName(peer.Parse(r.RemoteAddr))
}

func addressName(a netip.Addr) string {
	if a.IsValid() {
		return a.Unmap().String()
	}
	return "local"
}
