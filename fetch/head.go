package fetch

import (
	"context"
	"net/http"
	"strconv"
)

// UnknownSize is what [Engine.Size] returns when nobody tells.
const UnknownSize = -1

// Size asks how large an object is, without fetching it: from the request, the
// store, or the candidates by HEAD, in bytes. It returns [UnknownSize] if a
// candidate has the object but does not tell. A host that failed so often that it pauses is
// not waited for. The errors are those of [Engine.Fetch].
func (e *Engine) Size(ctx context.Context, r Request) (int64, error) {
	if err := check(&r); err != nil {
		return UnknownSize, err
	}
	if r.Size > 0 {
		return r.Size, nil
	}
	if r.immutable() {
		if res, ok := e.held(&r); ok {
			return res.Size, nil
		}
	}
	failed := &Error{URL: Redact(r.URL)}
	for places := e.order(&r); len(places) > 0; places = e.lastResorts(places) {
		place := places[0]
		places = places[1:]
		if e.hopelessNow(place) {
			r.tell(place, errGivenUp)
			failed.Attempts = append(failed.Attempts, Attempt{URL: Redact(place), Err: errGivenUp})
			continue
		}
		size, err := e.askSize(ctx, &r, place, len(places) > 0)
		if err == nil {
			r.tell(place, nil)
			return size, nil
		}
		if ctx.Err() != nil {
			return UnknownSize, ctx.Err()
		}
		err = e.keys.plainError(err)
		r.tell(place, err)
		failed.Attempts = append(failed.Attempts, Attempt{URL: Redact(place), Err: err})
	}
	return UnknownSize, failed
}

func (e *Engine) askSize(ctx context.Context, r *Request, place string, others bool) (int64, error) {
	asked, t := e.begin(ctx, others)
	defer t.end()
	a, err := e.send(asked, t, http.MethodHead, place, extra{fresh: r.Fresh})
	if err != nil {
		return UnknownSize, err
	}
	a.discard()
	switch a.StatusCode {
	case http.StatusOK:
		t.hop.worked()
		if n, err := strconv.ParseInt(a.Header.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
			return n, nil
		}
		return UnknownSize, nil
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return UnknownSize, nil
	}
	return UnknownSize, e.refusal(a, r)
}
