package front

import (
	"log/slog"
	"net/http"
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
	// No query and no other header: they may hold secrets.
	o.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
		slog.String("client", clientName(r)),
		slog.String("user", w.user),
		slog.String("host", clip(r.Host)),
		slog.String("method", clip(r.Method)),
		slog.String("path", clip(r.URL.Path)),
		slog.String("ecosystem", ecosystem),
		slog.String("protocol", r.Proto),
		slog.Bool("tls", r.TLS != nil),
		slog.Int("status", status),
		slog.Int64("bytes", bytes),
		slog.Float64("seconds", took.Seconds()),
		slog.Bool("whole", whole),
		slog.String("agent", clip(r.UserAgent())),
	)
}

// clientName is the address of a client without its port, which tells nothing behind a proxy.
func clientName(r *http.Request) string {
	if a := peer.Parse(r.RemoteAddr); a.IsValid() {
		return a.Unmap().String()
	}
	return "local"
}

// maxLogged is how much of a text of a client gets into the log, in bytes.
const maxLogged = 512

func clip(text string) string {
	if len(text) <= maxLogged {
		return text
	}
	return text[:maxLogged] + "…"
}
