package metrics

import (
	"math"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWriter(t *testing.T) {
	var w Writer
	w.Family("a_total", Counter, "What \\ is\ncounted.")
	w.Count(1<<63 + 1)
	w.Sample(0.25, "one", "x")
	w.Sample(math.Inf(1), "one", "quote\" back\\ line\n bad\xff", "two", "")
	w.Sample(math.Inf(-1))
	w.Sample(math.NaN())
	w.Family("b_seconds", Histogram, "Time.")
	w.Histogram([]float64{0.5, 1}, []uint64{2, 0, 1}, 3.5, "of", "me")
	const want = `# HELP a_total What \\ is\ncounted.
# TYPE a_total counter
a_total 9223372036854775809
a_total{one="x"} 0.25
a_total{one="quote\" back\\ line\n bad` + "\uFFFD" + `",two=""} +Inf
a_total -Inf
a_total NaN
# HELP b_seconds Time.
# TYPE b_seconds histogram
b_seconds_bucket{of="me",le="0.5"} 2
b_seconds_bucket{of="me",le="1"} 2
b_seconds_bucket{of="me",le="+Inf"} 3
b_seconds_sum{of="me"} 3.5
b_seconds_count{of="me"} 3
`
	if diff := cmp.Diff(want, string(w.Bytes())); diff != "" {
		t.Error(diff)
	}
}

func text(q *Requests) string {
	var w Writer
	q.Write(&w)
	return string(w.Bytes())
}

func TestRequests(t *testing.T) {
	q := NewRequests([]string{"hex", "julia"})
	for range 4 {
		q.Begin()
	}
	q.End("hex", 200, 1000, 500*time.Microsecond)
	q.End("hex", 404, 10, time.Hour)
	q.End("nobody", 7, -1, -time.Second)
	got := text(q)
	for _, want := range []string{
		`offmirror_requests_total{ecosystem="hex",status="200"} 1`,
		`offmirror_requests_total{ecosystem="hex",status="404"} 1`,
		`offmirror_requests_total{ecosystem="",status="500"} 1`,
		`offmirror_response_bytes_total{ecosystem="hex"} 1010`,
		`offmirror_response_bytes_total{ecosystem=""} 0`,
		`offmirror_request_duration_seconds_bucket{ecosystem="hex",le="0.0005"} 1`,
		`offmirror_request_duration_seconds_bucket{ecosystem="hex",le="300"} 1`,
		`offmirror_request_duration_seconds_bucket{ecosystem="hex",le="+Inf"} 2`,
		`offmirror_request_duration_seconds_count{ecosystem="hex"} 2`,
		`offmirror_request_duration_seconds_sum{ecosystem="hex"} 3600.0005`,
		`offmirror_requests_in_flight 1`,
	} {
		if !strings.Contains(got, "\n"+want+"\n") {
			t.Errorf("no line %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "julia") {
		t.Errorf("an ecosystem that nobody asked for:\n%s", got)
	}
	line := regexp.MustCompile(`^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? \S+)$`)
	for l := range strings.Lines(got) {
		if !line.MatchString(strings.TrimSuffix(l, "\n")) {
			t.Errorf("a line that no scraper understands: %q", l)
		}
	}
}

func TestRequestsBesideEachOther(t *testing.T) {
	q := NewRequests([]string{"hex"})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				q.Begin()
				q.End("hex", 200, 3, time.Millisecond)
			}
		})
	}
	all.Wait()
	got := text(q)
	for _, want := range []string{`status="200"} 8000`, `_bytes_total{ecosystem="hex"} 24000`, `_in_flight 0`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// What is counted for each request costs no memory.
func TestCountingAllocatesNothing(t *testing.T) {
	q := NewRequests([]string{"hex"})
	if n := testing.AllocsPerRun(100, func() {
		q.Begin()
		q.End("hex", 200, 3, time.Millisecond)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestEveryLatencyHasItsBucket(t *testing.T) {
	var s series
	if len(s.latency) != len(bounds)+1 {
		t.Errorf("%d counters for %d bounds", len(s.latency), len(bounds))
	}
}
