package main

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestDelayedWaitsBeforeEachAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answered := time.Time{}
		d := &delayed{handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { answered = time.Now() })}
		d.latency.Store(int64(20 * time.Millisecond))
		start := time.Now()
		d.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/names", nil))
		if got := answered.Sub(start); got != 20*time.Millisecond {
			t.Errorf("answered after %v, want exactly the latency (the clock is a fake)", got)
		}
	})
}

func TestDelayedCounts(t *testing.T) {
	statuses := map[string]int{"/ok": 200, "/same": 304, "/gone": 404, "/broken": 503}
	d := &delayed{handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(statuses[r.URL.Path])
	})}
	for path := range statuses {
		d.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	got := d.take()
	if got.Requests != 4 || got.NotModified != 1 || got.Failed != 2 || got.InFlight != 1 {
		t.Errorf("took %+v, want 4 requests, 1 not modified, 2 failed, 1 in flight", got)
	}
	if again := d.take(); again.Requests != 0 || again.NotModified != 0 || again.Failed != 0 || again.InFlight != 0 {
		t.Errorf("a second take found %+v, want zeros", again)
	}
}

func TestDelayedFindsTheMostInFlight(t *testing.T) {
	const clients = 5
	var all, done sync.WaitGroup
	all.Add(clients)
	d := &delayed{handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		all.Done()
		all.Wait() // until every client is in here
	})}
	for range clients {
		done.Go(func() {
			d.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
		})
	}
	done.Wait()
	if got := d.take().InFlight; got != clients {
		t.Errorf("at most %d in flight, want %d", got, clients)
	}
}

func TestCountedKeepsTheServersWriter(t *testing.T) {
	recorder := httptest.NewRecorder()
	if err := http.NewResponseController(&counted{ResponseWriter: recorder}).Flush(); err != nil {
		t.Errorf("Flush through the wrapper: %v", err)
	}
}
