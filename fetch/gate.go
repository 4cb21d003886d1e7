package fetch

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// gate stands between go-retryablehttp and the connections of one host. Each
// attempt waits here until the host may be asked and a slot is free, so a
// request that pauses between attempts keeps nobody else from working. Slots
// are given back when the body of the answer is closed.
type gate struct {
	e    *Engine
	h    *host
	next http.RoundTripper
}

// newHostClient builds the retry layer of a host with its traps disarmed: it
// would log to standard error, sleep as long as a server says, without jitter,
// close all idle connections on any failure, and hide the last answer.
func (e *Engine) newHostClient(h *host, next http.RoundTripper) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport:     &gate{e: e, h: h, next: next},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		Logger:       nil,
		RetryWaitMin: e.set.Backoff,
		RetryWaitMax: e.set.BackoffMax,
		RetryMax:     e.set.Retries,
		CheckRetry:   e.checkRetry,
		Backoff:      h.pause,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
}

// checkRetry decides whether an attempt is repeated.
func (e *Engine) checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	var again bool
	if err != nil {
		again = passing(err)
	} else {
		again = mayPass(resp.StatusCode)
	}
	if t := transferOf(ctx); again && t != nil {
		if t.others && t.hop.isDemoted() {
			return false, nil // the next candidate is the better hope
		}
		e.counts.retries.Add(1)
	}
	return again, nil
}

// mayPass reports whether a status says that the same request may succeed later.
func mayPass(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return status >= 520 && status <= 530 // CDNs about their origin
}

func (g *gate) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	t := transferOf(ctx)
	if err := g.enter(ctx); err != nil {
		return nil, err
	}
	t.hop = g.h
	g.h.counts.requests.Add(1)
	resp, err := g.next.RoundTrip(req)
	if err != nil {
		g.leave()
		if ctx.Err() == nil {
			g.e.noteFailure(g.h, Redact(req.URL.String()), err)
		}
		return nil, err
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		// Redirects are our business: net/http would quote a Location that it cannot parse.
		t.location = resp.Header.Get("Location")
		resp.Header.Del("Location")
	}
	t.body, t.gate = resp.Body, g
	resp.Body = (*transferBody)(t)
	g.e.watch.add(t)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable:
		pause := retryAfter(resp.Header, time.Now(), g.e.set.BackoffMax)
		g.h.throttle(pause)
		if pause == 0 {
			g.e.noteFailure(g.h, Redact(req.URL.String()), &StatusError{Status: resp.StatusCode})
		} else {
			g.e.event(Event{Kind: Throttled, URL: Redact(req.URL.String()), Host: g.h.name, Wait: pause})
		}
	case resp.StatusCode >= 500:
		g.e.noteFailure(g.h, Redact(req.URL.String()), &StatusError{Status: resp.StatusCode})
	case resp.StatusCode >= 300:
		g.h.worked()
	}
	return resp, nil
}

// enter takes a slot of the host and one of the total, in this order, and while
// the host pauses none of the total. The pause is looked at with the slots in
// hand: who waited for one while the pause began must not slip through.
func (g *gate) enter(ctx context.Context) error {
	if err := g.h.slots.acquire(ctx); err != nil {
		return err
	}
	for {
		err := g.h.pass(ctx)
		if err == nil {
			err = g.e.total.acquire(ctx)
		}
		if err != nil {
			g.h.slots.release()
			return err
		}
		if !g.h.pausing() {
			return nil
		}
		g.e.total.release()
	}
}

func (g *gate) leave() {
	g.e.total.release()
	g.h.slots.release()
}

// transferBody is the body of the answer that a transfer has at the moment.
type transferBody transfer

func (b *transferBody) Read(p []byte) (int, error) {
	t := (*transfer)(b)
	t.reading.Store(true)
	n, err := t.body.Read(p)
	t.reading.Store(false)
	if n > 0 {
		t.received.Add(int64(n))
		t.hop.counts.bytes.Add(int64(n))
	}
	if err != nil && err != io.EOF && t.cut.Load() != nil {
		err = *t.cut.Load()
	}
	return n, err
}

// Close gives the slots back. It may be called more than once.
func (b *transferBody) Close() error {
	t := (*transfer)(b)
	if t.gate == nil {
		return nil
	}
	err := t.body.Close()
	t.e.watch.remove(t)
	t.gate.leave()
	t.gate = nil
	return err
}
