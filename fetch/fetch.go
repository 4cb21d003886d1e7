package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/offmirror/offmirror/fetch/digest"
)

// Fetch gets an immutable object. If the store holds what Want or Key names,
// nothing is asked; what Key names is not proven again either, but a Proof beside a
// SHA-256 is run, since others may have asked for these bytes. Otherwise the candidates are asked in turn,
// and the object that satisfies the request is durable when Fetch returns.
//
// A request with neither Want nor Key names no particular bytes, so it is treated
// as [Engine.Revalidate] would.
//
// The error is an [*Error] about all candidates, the context's, or one of this
// machine: a full disk ends a run, whoever delivers.
func (e *Engine) Fetch(ctx context.Context, r Request) (Result, error) {
	if !r.immutable() {
		return e.Revalidate(ctx, r)
	}
	if err := check(&r); err != nil {
		return Result{}, err
	}
	return e.calls.share(ctx, e, &r, r.callKey(), func() (Result, error) {
		if res, ok := e.held(&r); ok && e.stillGood(ctx, res.Object, &r) {
			return res, nil
		}
		return e.askAll(ctx, &r, false)
	})
}

// Revalidate gets a mutable document. Candidates are sent the validators that
// came with the copy in the store, so a document that has not changed costs one
// answer without a body; the result is then [NotModified]. A confirmed copy has
// to satisfy the request like any other; one that does not is fetched again.
//
// Of several calls for the same URL at the same time, one asks. The errors are
// those of [Engine.Fetch].
func (e *Engine) Revalidate(ctx context.Context, r Request) (Result, error) {
	if err := check(&r); err != nil {
		return Result{}, err
	}
	return e.calls.share(ctx, e, &r, documentKey(&r), func() (Result, error) {
		return e.askAll(ctx, &r, true)
	})
}

// check refuses requests that cannot be meant.
func check(r *Request) error {
	if len(r.URL) > maxURL {
		return fmt.Errorf("%.100s…: URL longer than %d bytes", Redact(r.URL), maxURL)
	}
	if u, err := url.Parse(r.URL); err != nil || u.Scheme == "" {
		return &Error{URL: Redact(r.URL), Attempts: []Attempt{{URL: Redact(r.URL), Err: errors.New("not a complete URL")}}}
	}
	if len(r.Key) > maxKey {
		return fmt.Errorf("%s: key longer than %d bytes", Redact(r.URL), maxKey)
	}
	for _, d := range r.Want {
		if err := d.Check(); err != nil {
			return fmt.Errorf("%s: %w", Redact(r.URL), err)
		}
	}
	return nil
}

// held looks into the store for what the request wants, under the SHA-256 that it
// names or the one that other digests turned out to belong to.
func (e *Engine) held(r *Request) (Result, bool) {
	id, ok := wantedID(r.Want)
	if !ok {
		rec, found := e.journal.get(r.recordKey())
		if !found {
			return Result{}, false
		}
		id = rec.id
	}
	size, ok := e.store.Has(id)
	if !ok || r.Size > 0 && size != r.Size {
		return Result{}, false
	}
	return Result{Object: Object{ID: id, Size: size}, Outcome: Held}, true
}

// stillGood reports whether an object that the store holds satisfies a request. One that
// is named by its SHA-256 may be here for another request, of which the Proof was another: a
// file can be the tarball of one tree, whatever else an index says that it is. One that is
// damaged makes room.
func (e *Engine) stillGood(ctx context.Context, o Object, r *Request) bool {
	if _, byDigest := wantedID(r.Want); !byDigest || r.Proof == nil {
		return true
	}
	err := e.satisfies(o, r)
	if err != nil {
		_ = e.store.RemoveDamaged(ctx, o.ID)
	}
	return err == nil
}

// askAll asks the candidates in turn.
func (e *Engine) askAll(ctx context.Context, r *Request, document bool) (Result, error) {
	p, err := e.takeUp(ctx, r)
	if err != nil {
		return Result{}, err
	}
	defer p.close()
	if res, ok, err := p.adopt(ctx); ok || err != nil {
		return res, err
	}
	failed := &Error{URL: Redact(r.URL)}
	for places := e.order(r); len(places) > 0; places = e.lastResorts(places) {
		place := places[0]
		places = places[1:]
		if !document && !r.Fresh && e.aside.has(place, r) {
			failed.Attempts = append(failed.Attempts, Attempt{URL: Redact(place), Err: errAside})
			continue
		}
		res, err := e.ask(ctx, p, place, len(places) > 0, document)
		if err == nil {
			res.Transferred = p.transferred
			r.tell(place, nil)
			return res, nil
		}
		if ctx.Err() != nil {
			return Result{}, ctx.Err()
		}
		if mine, ok := errors.AsType[*localError](err); ok {
			return Result{}, fmt.Errorf("%s: %w", failed.URL, mine)
		}
		err = e.keys.plainError(err)
		r.tell(place, err)
		failed.Attempts = append(failed.Attempts, Attempt{URL: Redact(place), Err: err})
	}
	return Result{}, failed
}

func (r *Request) tell(place string, err error) {
	if r.Tried != nil {
		r.Tried(Attempt{URL: Redact(place), Err: err})
	}
}

// order returns the candidates with those of demoted hosts behind all others.
func (e *Engine) order(r *Request) []string {
	return e.lastResorts(e.Places(r))
}

// lastResorts puts the places of demoted hosts behind all others. It is asked again after
// each place: further URLs of a host that has just been given up must not make a request wait
// for its pauses while a good place is left.
func (e *Engine) lastResorts(list []string) []string {
	if len(list) < 2 {
		return list
	}
	good, bad := make([]string, 0, len(list)), []string(nil)
	for _, place := range list {
		if e.demotedURL(place) {
			bad = append(bad, place)
		} else {
			good = append(good, place)
		}
	}
	return append(good, bad...)
}

func (e *Engine) demotedURL(place string) bool {
	u, err := url.Parse(place)
	if err != nil || u.Host == "" {
		return false
	}
	h, err := e.host(strings.ToLower(u.Host))
	return err == nil && h.isDemoted()
}

// hopelessNow reports whether a place's host has been given up and pauses: whoever only wants to
// know something does not wait for it.
func (e *Engine) hopelessNow(place string) bool {
	u, err := url.Parse(place)
	if err != nil || u.Host == "" {
		return false
	}
	h, err := e.host(strings.ToLower(u.Host))
	return err == nil && h.isDemoted() && h.pausing()
}

// errGivenUp is the answer for a host that is not waited for.
var errGivenUp = errors.New("the host failed so often that it is not asked now")

// localError is a failure of this machine, which no other candidate will mend.
type localError struct{ err error }

// IsLocal reports whether an error of [Engine.Fetch] or [Engine.Revalidate] is a
// failure of this machine, such as a full disk: other requests will not fare better.
func IsLocal(err error) bool {
	_, local := errors.AsType[*localError](err)
	return local
}

func (l *localError) Error() string { return l.err.Error() }
func (l *localError) Unwrap() error { return l.err }

func local(err error) error {
	if err == nil {
		return nil
	}
	return &localError{err: err}
}

// otherDigests returns the algorithms wanted beside SHA-256, which the store
// computes anyway.
func otherDigests(want []digest.Digest) []digest.Algorithm {
	var out []digest.Algorithm
	for _, d := range want {
		if d.Algorithm != digest.SHA256 {
			out = append(out, d.Algorithm)
		}
	}
	return out
}
