package metrics

import (
	"slices"
	"strconv"
	"sync/atomic"
	"time"
)

// bounds are those of the latency, in seconds: from a small file on a local network to a
// Julia release on a slow one.
var bounds = []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300}

// Requests counts requests by ecosystem. It may be used by many goroutines.
type Requests struct {
	names    []string
	series   []series
	inFlight atomic.Int64
}

// series is what is counted of one ecosystem.
type series struct {
	status  [600]atomic.Uint64 // by status
	bytes   atomic.Uint64      // of bodies
	nanos   atomic.Uint64
	latency [18]atomic.Uint64 // as bounds, then the rest
}

// Other is the ecosystem of requests that are about none.
const Other = ""

// NewRequests returns a Requests for ecosystems. What is about another one counts as [Other].
func NewRequests(ecosystems []string) *Requests {
	names := append([]string{Other}, ecosystems...)
	return &Requests{names: names, series: make([]series, len(names))}
}

// Begin counts a request that is under way.
func (q *Requests) Begin() { q.inFlight.Add(1) }

// End counts a request, which was begun, as answered: with a status, so many bytes of body, after
// a time. A status that is none counts as 500.
func (q *Requests) End(ecosystem string, status int, bytes int64, took time.Duration) {
	q.inFlight.Add(-1)
	s := &q.series[max(0, slices.Index(q.names, ecosystem))]
	if status < 100 || status >= len(s.status) {
		status = 500
	}
	s.status[status].Add(1)
	s.bytes.Add(uint64(max(bytes, 0)))
	s.nanos.Add(uint64(max(took, 0)))
	at := 0
	for seconds := took.Seconds(); at < len(bounds) && seconds > bounds[at]; at++ {
	}
	s.latency[at].Add(1)
}

// Write writes all families. Ecosystems that nobody has asked for are left out.
func (q *Requests) Write(w *Writer) {
	w.Family("offmirror_requests_total", Counter, "Requests answered, by ecosystem (empty: none) and status.")
	for i := range q.series {
		for status := range q.series[i].status {
			if n := q.series[i].status[status].Load(); n > 0 {
				w.Count(n, "ecosystem", q.names[i], "status", strconv.Itoa(status))
			}
		}
	}
	w.Family("offmirror_response_bytes_total", Counter, "Bytes sent as bodies of answers, by ecosystem.")
	q.each(func(name string, s *series) { w.Count(s.bytes.Load(), "ecosystem", name) })
	w.Family("offmirror_request_duration_seconds", Histogram, "Time from the head of a request to the end of its answer, by ecosystem.")
	q.each(func(name string, s *series) {
		counts := make([]uint64, len(s.latency))
		for i := range counts {
			counts[i] = s.latency[i].Load()
		}
		w.Histogram(bounds, counts, time.Duration(s.nanos.Load()).Seconds(), "ecosystem", name)
	})
	w.Family("offmirror_requests_in_flight", Gauge, "Requests that are being answered.")
	w.Sample(float64(q.inFlight.Load()))
}

func (q *Requests) each(do func(name string, s *series)) {
	for i := range q.series {
		s := &q.series[i]
		for at := range s.latency {
			if s.latency[at].Load() > 0 {
				do(q.names[i], s)
				break
			}
		}
	}
}
