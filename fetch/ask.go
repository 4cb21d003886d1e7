package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
)

// againError is a failure after which the same place is worth another attempt.
type againError struct {
	err   error
	blame bool // count it as a failure of the host
	whole bool // what has arrived is of no use
}

func (a *againError) Error() string { return a.err.Error() }
func (a *againError) Unwrap() error { return a.err }

// A resumed transfer that breaks off after this many new bytes does not count as
// an attempt without success: a large object gets through a bad line in pieces.
const goodPiece = 1 << 20

// So often a place may deliver the whole thing after what was put together from
// pieces, or confirmed, was wrong.
const maxWholes = 2

// ask asks one place, as often as its bodies break off. The attempts at an
// answer as such are go-retryablehttp's.
func (e *Engine) ask(ctx context.Context, p *partial, place string, others, document bool) (Result, error) {
	unconditional, wholes := false, 0
	for breaks := 0; ; {
		before := p.size()
		res, h, err := e.askOnce(ctx, p, place, others, document && !unconditional, document)
		var again *againError
		switch {
		case err == nil:
			return res, nil
		case ctx.Err() != nil:
			return Result{}, ctx.Err()
		case errors.Is(err, ErrWrongBytes):
			if wholes++; wholes <= maxWholes && (p.spliced || errors.Is(err, errStaleCopy)) {
				// The pieces may not belong together, or the copy of an earlier run
				// no longer satisfies. Only the whole thing tells about the place.
				unconditional = true
				if err := p.restart(); err != nil {
					return Result{}, err
				}
				continue
			}
			e.blame(place, h, p.r, err)
			return Result{}, cmp.Or(p.restart(), err)
		case !errors.As(err, &again):
			return Result{}, err
		}
		if again.whole {
			if err := p.restart(); err != nil {
				return Result{}, err
			}
		}
		if again.blame && h != nil {
			e.noteFailure(h, Redact(place), again.err)
		}
		if before > 0 && p.spliced && p.size()-before >= goodPiece {
			breaks = 0
		}
		if breaks++; breaks > e.set.Retries || others && h != nil && h.isDemoted() {
			return Result{}, again.err
		}
		e.counts.retries.Add(1)
	}
}

// blame reports wrong bytes and puts their place aside.
func (e *Engine) blame(place string, h *host, r *Request, err error) {
	e.aside.put(place, r)
	e.counts.wrong.Add(1)
	ev := Event{Kind: WrongBytes, URL: Redact(place), Err: e.keys.plainError(err)}
	if h != nil {
		ev.Host = h.name
	}
	e.event(ev)
	if h != nil && h.lied() {
		ev.Kind = Demoted
		e.event(ev)
	}
}

// askOnce sends one request and takes its answer to the end.
func (e *Engine) askOnce(ctx context.Context, p *partial, place string, others, conditional, document bool) (Result, *host, error) {
	asked, t := e.begin(ctx, others)
	defer t.end()
	defer func() { p.transferred += t.received.Load() }()

	x, known := e.headers(ctx, p, place, conditional)
	a, err := e.send(asked, t, http.MethodGet, place, x)
	if err != nil {
		if cut := t.cut.Load(); cut != nil {
			err = *cut
		}
		return Result{}, t.hop, err
	}
	defer a.Body.Close()
	switch {
	case a.StatusCode == http.StatusOK:
		if err := p.restart(); err != nil {
			return Result{}, t.hop, err
		}
	case a.StatusCode == http.StatusPartialContent && x.from > 0:
		if err := checkRange(a.Header, x, p); err != nil {
			return Result{}, t.hop, &againError{err: err, whole: true}
		}
		p.spliced = true
		_, _, p.total, _ = parseContentRange(a.Header.Get("Content-Range"))
		e.counts.resumed.Add(1)
		e.event(Event{Kind: Resumed, URL: Redact(place), Host: t.hop.name, At: x.from})
	case a.StatusCode == http.StatusRequestedRangeNotSatisfiable && x.from > 0:
		return Result{}, t.hop, &againError{err: &StatusError{Status: a.StatusCode}, whole: true}
	case a.StatusCode == http.StatusNotModified && known.valid():
		a.discard()
		res, err := e.confirm(ctx, p.r, place, known)
		if err == nil {
			t.hop.told()
		}
		return res, t.hop, err
	default:
		a.discard()
		return Result{}, t.hop, e.refusal(a, p.r)
	}
	res, err := e.take(asked, t, a, p, place, document)
	if cut := t.cut.Load(); cut != nil && errors.Is(err, context.Canceled) {
		err = *cut
	}
	return res, t.hop, err
}

// headers decides between a range, a condition and neither. What has arrived from
// another place stays until this one answers with something better.
func (e *Engine) headers(ctx context.Context, p *partial, place string, conditional bool) (x extra, known record) {
	x.fresh = p.r.Fresh
	if p.size() > 0 && p.resumable(place) {
		x.from, x.etag = p.size(), p.etag
		return x, known
	}
	if !conditional || p.r.Fresh {
		return x, known
	}
	rec, found := e.journal.get(recordKey("document", place))
	if !found || !rec.valid() {
		return x, known
	}
	if e.present(ctx, rec) {
		x.etag, x.modified = rec.etag, rec.modified
		known = rec
	}
	return x, known
}

// present reports whether the store holds the object of a record. A run that was
// killed may have left it whole, but not yet durable.
func (e *Engine) present(ctx context.Context, rec record) bool {
	if size, ok := e.store.Has(rec.id); ok {
		return size == rec.size
	}
	in, err := e.store.Resume(rec.id.String())
	if err != nil {
		return false
	}
	defer in.Discard()
	if in.Size() != rec.size || in.ID() != rec.id {
		return false
	}
	_, err = in.Commit(ctx)
	return err == nil
}

// refusal turns a status into an error.
func (e *Engine) refusal(a answer, r *Request) error {
	status := &StatusError{Status: a.StatusCode}
	switch {
	case a.StatusCode == http.StatusNotFound, a.StatusCode == http.StatusGone, slices.Contains(r.Absent, a.StatusCode):
		return fmt.Errorf("%w: %w", ErrAbsent, status)
	case a.StatusCode == http.StatusUnauthorized, a.StatusCode == http.StatusForbidden:
		status.Hint = hint(e.set.Hosts, a.url, a.sentCredentials)
		return fmt.Errorf("%w: %w", ErrUnauthorized, status)
	case a.StatusCode == http.StatusProxyAuthRequired:
		status.Hint = "the proxy wants credentials: write them into its URL"
		return fmt.Errorf("%w: %w", ErrUnauthorized, status)
	}
	return status
}

// take reads the body of a good answer, proves it and makes it durable. The
// slots are given back as soon as the body is read.
func (e *Engine) take(ctx context.Context, t *transfer, a answer, p *partial, place string, document bool) (Result, error) {
	if err := p.expect(a, place); err != nil {
		return Result{}, err
	}
	weight := e.weight(a.ContentLength)
	if err := e.inFlight.Acquire(ctx, weight); err != nil {
		return Result{}, err
	}
	defer e.inFlight.Release(weight)

	t.expected.Store(max(a.ContentLength, 0))
	err := p.receive(ctx, t, a.Body)
	if err != nil {
		return Result{}, err
	}
	_ = a.Body.Close()
	t.hop.worked()
	// Answers often come in bursts. The next requests go out, and the other answers
	// are read, before this one is proven: the server waits for nobody's checksums.
	runtime.Gosched()
	if err := p.keep(); err != nil {
		return Result{}, err
	}
	if err := p.verify(); err != nil {
		return Result{}, err
	}
	t.hop.told()
	if document {
		e.journal.put(recordKey("document", place), record{
			id: p.in.ID(), size: p.size(), etag: a.Header.Get("ETag"), modified: a.Header.Get("Last-Modified"),
		})
	}
	p.dropBuffer() // many wait for the disk at a time
	obj, err := p.commit(ctx)
	if err != nil {
		return Result{}, err
	}
	return Result{Object: obj, Outcome: Fetched, From: Redact(place)}, nil
}

// weight is the share of fetch.in_flight that a body of size bytes takes, so
// that one large object does not stop all others.
func (e *Engine) weight(size int64) int64 {
	if size < 0 {
		size = goodPiece
	}
	return min(size, e.set.inFlight/4)
}

// confirm answers with the copy in the store, which a place said is current. A
// damaged copy makes room for the one that will be fetched.
func (e *Engine) confirm(ctx context.Context, r *Request, place string, known record) (Result, error) {
	obj := Object{ID: known.id, Size: known.size}
	if err := e.satisfies(obj, r); err != nil {
		_ = e.store.RemoveDamaged(ctx, obj.ID)
		return Result{}, err
	}
	return Result{Object: obj, Outcome: NotModified, From: Redact(place)}, nil
}

// readSome fills buf as far as the body goes, paying for each piece from the
// bandwidth bucket.
func (e *Engine) readSome(ctx context.Context, body io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = body.Read(buf[n:])
		n += m
		if e.limiter != nil && m > 0 {
			if werr := e.limiter.WaitN(ctx, m); werr != nil && err == nil {
				err = werr
			}
		}
	}
	return n, err
}
