package front

import (
	"net/http"
	"runtime"
	"time"

	"github.com/offmirror/offmirror/layout/serve"
	"github.com/offmirror/offmirror/layout/serve/access"
	"github.com/offmirror/offmirror/layout/serve/metrics"
)

// metrics answers /metrics.
func (f *Front) metrics(w http.ResponseWriter, r *http.Request) {
	if !f.admit(w, r, partMetrics) {
		return
	}
	send(w, http.StatusOK, metrics.ContentType, f.texts.get(f.metricsText))
}

func (f *Front) metricsText() []byte {
	var m metrics.Writer
	f.requests.Write(&m)
	f.writeClients(&m)
	f.writeSnapshots(&m)
	f.writeCertificates(&m)
	f.writeCounts(&m)
	m.Family("offmirror_build_info", metrics.Gauge, "What runs: always 1.")
	m.Sample(1, "version", f.o.Version, "go", runtime.Version())
	m.Family("offmirror_start_time_seconds", metrics.Gauge, "When the server began, in seconds since 1970.")
	m.Sample(seconds(f.started))
	return m.Bytes()
}

func (f *Front) writeClients(m *metrics.Writer) {
	open, closed := f.connections.count()
	m.Family("offmirror_connections", metrics.Gauge, "Connections that are open.")
	m.Sample(float64(open))
	m.Family("offmirror_connections_refused_total", metrics.Counter, "Connections that were closed because their client had too many.")
	m.Count(closed)
	m.Family("offmirror_access_refused_total", metrics.Counter, "Requests that were not let in, by reason.")
	for _, v := range []struct {
		verdict access.Verdict
		reason  string
	}{{access.Unknown, "unknown"}, {access.Forbidden, "forbidden"}, {access.Guessing, "guessing"}} {
		m.Count(f.refused[v.verdict].Load(), "reason", v.reason)
	}
}

func (f *Front) writeSnapshots(m *metrics.Writer) {
	states, err := f.site.State()
	m.Family("offmirror_site_readable", metrics.Gauge, "1 if the mirror root can be read.")
	m.Sample(truth(err == nil))
	m.Family("offmirror_snapshot_info", metrics.Gauge, "The snapshot that is served, by ecosystem: always 1.")
	for _, s := range states {
		if s.Snapshot != "" {
			m.Sample(1, "ecosystem", s.Ecosystem, "snapshot", s.Snapshot)
		}
	}
	for _, g := range []struct {
		name, help string
		value      func(i int) float64
	}{
		{"offmirror_snapshot_healthy", "1 if what is published is what is served, by ecosystem.", func(i int) float64 { return truth(states[i].Err == nil) }},
		{"offmirror_snapshot_age_seconds", "Time since the snapshot was made, by ecosystem.", func(i int) float64 { return time.Since(states[i].Taken).Seconds() }},
		{"offmirror_snapshot_published_seconds", "When the snapshot was published, in seconds since 1970, by ecosystem.", func(i int) float64 { return seconds(states[i].Since) }},
		{"offmirror_snapshot_files", "Files of the snapshot, by ecosystem.", func(i int) float64 { return float64(states[i].Files) }},
		{"offmirror_snapshot_bytes", "Bytes of all files of the snapshot, by ecosystem.", func(i int) float64 { return float64(states[i].Bytes) }},
	} {
		m.Family(g.name, metrics.Gauge, g.help)
		for i := range states {
			if states[i].Snapshot != "" || g.name == "offmirror_snapshot_healthy" {
				m.Sample(g.value(i), "ecosystem", states[i].Ecosystem)
			}
		}
	}
}

func (f *Front) writeCertificates(m *metrics.Writer) {
	if f.certs == nil {
		return
	}
	m.Family("offmirror_certificate_expiry_seconds", metrics.Gauge, "When a certificate ends, in seconds since 1970, by file.")
	for _, e := range f.certs.Expiries() {
		m.Sample(seconds(e.Until), "file", e.File)
	}
}

// writeCounts adds what the site itself counts, if it does.
func (f *Front) writeCounts(m *metrics.Writer) {
	counting, ok := f.site.(interface{ Counts() []serve.Count })
	if !ok {
		return
	}
	for _, c := range counting.Counts() {
		m.Family(c.Name, metrics.Counter, c.Help)
		m.Count(uint64(max(0, c.Value)))
	}
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
