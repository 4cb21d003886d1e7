package front

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/offmirror/offmirror/layout/serve/access"
)

// endpoints answers what is for the machines that watch a server. Under host names of their own
// there is nothing but the part of the site that they stand for.
func (f *Front) endpoints(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var answer func(http.ResponseWriter, *http.Request)
		switch r.URL.Path {
		case "/healthz":
			answer = f.healthz
		case "/readyz":
			answer = f.readyz
		case "/metrics":
			if f.requests != nil {
				answer = f.metrics
			}
		}
		if answer == nil || f.hosts != nil && f.hosts.Path(r) != "" {
			next.ServeHTTP(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			tell(w, http.StatusMethodNotAllowed, "only GET and HEAD are possible\n")
			return
		}
		answer(w, r)
	})
}

func (f *Front) healthz(w http.ResponseWriter, _ *http.Request) { tell(w, http.StatusOK, "ok\n") }

// readiness is the answer at /readyz.
type readiness struct {
	Ready        bool                 `json:"ready"`
	Problems     []string             `json:"problems"`
	Ecosystems   []ecosystemReadiness `json:"ecosystems"`
	Certificates []certReadiness      `json:"certificates"`
}

type ecosystemReadiness struct {
	Name     string    `json:"name"`
	Snapshot string    `json:"snapshot"`
	Taken    time.Time `json:"taken"`
	Since    time.Time `json:"since"`
	Files    int64     `json:"files"`
	Bytes    int64     `json:"bytes"`
}

type certReadiness struct {
	File    string    `json:"file"`
	Names   []string  `json:"names"`
	Until   time.Time `json:"until"`
	Expired bool      `json:"expired"`
	Soon    bool      `json:"soon"`
}

// ready reads what is published, if it has not been read yet, and tells how things stand. A
// server is ready if it serves an ecosystem, even if not the newest of it; what an administrator
// should see to is a problem.
func (f *Front) ready() readiness {
	a := readiness{Problems: []string{}, Ecosystems: []ecosystemReadiness{}, Certificates: []certReadiness{}}
	states, err := f.site.State()
	if err != nil {
		a.Problems = append(a.Problems, "the mirror cannot be read: "+err.Error())
	}
	for _, s := range states {
		if s.Err != nil {
			a.Problems = append(a.Problems, s.Ecosystem+": "+s.Err.Error())
		}
		if s.Snapshot != "" {
			a.Ready = true
			a.Ecosystems = append(a.Ecosystems, ecosystemReadiness{s.Ecosystem, s.Snapshot, s.Taken, s.Since, s.Files, s.Bytes})
		}
	}
	if err == nil && len(states) == 0 {
		a.Problems = append(a.Problems, "nothing is published yet")
	}
	if f.certs == nil {
		return a
	}
	now := time.Now()
	for _, e := range f.certs.Expiries() {
		a.Certificates = append(a.Certificates, certReadiness{e.File, e.Names, e.Until, e.Expired(now), e.Soon(now)})
		switch {
		case e.Expired(now):
			a.Problems = append(a.Problems, "the certificate "+e.File+" has expired")
		case e.Soon(now):
			a.Problems = append(a.Problems, "the certificate "+e.File+" expires soon")
		}
	}
	return a
}

// Ready reads what is published and reports whether there is anything to serve.
func (f *Front) Ready() bool { return f.ready().Ready }

// Alive reports whether the server answers at all.
func (f *Front) Alive() bool {
	w := &statusOnly{header: http.Header{}}
	r, err := http.NewRequest(http.MethodGet, "/healthz", nil) //nolint:noctx // it is answered at once
	if err != nil {
		return false
	}
	f.endpoints(http.NotFoundHandler()).ServeHTTP(w, r)
	return w.status == http.StatusOK
}

type statusOnly struct {
	header http.Header
	status int
}

func (w *statusOnly) Header() http.Header         { return w.header }
func (w *statusOnly) WriteHeader(status int)      { w.status = status }
func (w *statusOnly) Write(p []byte) (int, error) { return len(p), nil }

// readyAnswer is a readiness as it is sent.
type readyAnswer struct {
	status int
	plain  string // for whom the rest is not meant
	data   []byte
	err    error
}

func (f *Front) readyAnswer() readyAnswer {
	a := f.ready()
	answer := readyAnswer{status: http.StatusOK, plain: "ready\n"}
	if !a.Ready {
		answer.status, answer.plain = http.StatusServiceUnavailable, "not ready\n"
	}
	answer.data, answer.err = json.Marshal(a)
	answer.data = append(answer.data, '\n')
	return answer
}

func (f *Front) readyz(w http.ResponseWriter, r *http.Request) {
	a := f.readinesses.get(f.readyAnswer)
	if gate := f.gate(partMetrics); gate != nil {
		if _, verdict := gate.Admit(r, clientOf(r)); verdict != access.Admitted {
			tell(w, a.status, a.plain)
			return
		}
	}
	if a.err != nil {
		tell(w, http.StatusInternalServerError, "this cannot be told\n")
		return
	}
	send(w, a.status, "application/json", a.data)
}

func send(w http.ResponseWriter, status int, contentType string, data []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	_, _ = w.Write(data)
}

// refusals counts by verdict.
type refusals [5]atomic.Uint64

func (c *refusals) count(v access.Verdict) {
	if v > 0 && int(v) < len(c) {
		c[v].Add(1)
	}
}
