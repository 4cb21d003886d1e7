package fetch

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"

	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/store"
)

// callKey names what several goroutines may want at the same time.
type callKey [sha256.Size]byte

// calls lets one goroutine do what many ask for. It differs from the package
// singleflight in what happens when the one gives up: its context ends its own
// call only, and one of those who wait goes on.
type calls struct {
	mu     sync.Mutex
	active map[callKey]*call
}

type call struct {
	done      chan struct{} // closed at the end; nil while nobody waits
	url       string
	mirrors   []string
	result    Result
	err       error
	abandoned bool // the caller gave up; the work was not done
}

// share runs f unless another call with the same key is running, whose result
// serves then. An error is shared by those who named the same places; others try
// theirs.
func (c *calls) share(ctx context.Context, e *Engine, r *Request, key callKey, f func() (Result, error)) (Result, error) {
	for {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		c.mu.Lock()
		if c.active == nil {
			c.active = map[callKey]*call{}
		}
		running := c.active[key]
		if running == nil {
			mine := &call{url: r.URL, mirrors: r.Mirrors, abandoned: true}
			c.active[key] = mine
			c.mu.Unlock()
			return c.lead(ctx, e, key, mine, f)
		}
		if running.done == nil {
			running.done = make(chan struct{})
		}
		done := running.done
		c.mu.Unlock()

		select {
		case <-ctx.Done():
			return Result{}, ctx.Err()
		case <-done:
		}
		switch {
		case running.abandoned:
			continue
		case running.err == nil:
			res := running.result
			if err := e.satisfies(res.Object, r); err != nil {
				continue
			}
			res.Transferred = 0
			if len(r.Want) > 0 {
				res.Outcome, res.From = Held, ""
			}
			e.counts.outcome(res)
			return res, nil
		case running.url == r.URL && slices.Equal(running.mirrors, r.Mirrors):
			return Result{}, running.err
		}
	}
}

// lead does the work and tells those who wait, also if f panics.
func (c *calls) lead(ctx context.Context, e *Engine, key callKey, mine *call, f func() (Result, error)) (Result, error) {
	defer func() {
		c.mu.Lock()
		delete(c.active, key)
		if mine.done != nil {
			close(mine.done)
		}
		c.mu.Unlock()
	}()
	res, err := f()
	mine.result, mine.err, mine.abandoned = res, err, err != nil && ctx.Err() != nil
	switch {
	case err == nil:
		e.counts.outcome(res)
	case errors.Is(err, ErrAbsent):
		e.counts.absent.Add(1)
	case !mine.abandoned:
		e.counts.failed.Add(1)
	}
	return res, err
}

// wantedID returns the object that want names, if it names one by SHA-256.
func wantedID(want []digest.Digest) (store.ID, bool) {
	for _, d := range want {
		if d.Algorithm == digest.SHA256 {
			id, err := store.ParseID(d.Hex)
			return id, err == nil
		}
	}
	return store.ID{}, false
}

func documentKey(r *Request) callKey {
	if r.Fresh {
		return sha256.Sum256([]byte("fresh document\n" + r.URL))
	}
	return sha256.Sum256([]byte("document\n" + r.URL))
}
