package fetch

import (
	"context"
	"io"
	"sync/atomic"
	"time"
)

// transfer is one candidate being asked: what the gate, the watchdog and the
// loop that reads bodies know together.
type transfer struct {
	e      *Engine
	cancel context.CancelCauseFunc
	others bool // there are further candidates

	hop      *host         // that is being asked, or was last
	gate     *gate         // whose slots are held; nil when none are
	body     io.ReadCloser // of the answer, while gate is set
	location string        // of the answer, if it is a redirect

	received atomic.Int64 // body bytes
	expected atomic.Int64 // body bytes of the answer
	reading  atomic.Bool
	cut      atomic.Pointer[error] // why the watchdog ended it

	begun, windowBegun time.Time // guarded by the watchdog
	windowBytes        int64
}

// transferContext carries a transfer through net/http to the gate.
type transferContext struct {
	context.Context
	t *transfer
}

type transferKey struct{}

func (c *transferContext) Value(k any) any {
	if _, ok := k.(transferKey); ok {
		return c.t
	}
	return c.Context.Value(k)
}

func transferOf(ctx context.Context) *transfer {
	t, _ := ctx.Value(transferKey{}).(*transfer)
	return t
}

// begin makes a transfer and the context for its requests. End must be called.
func (e *Engine) begin(ctx context.Context, others bool) (context.Context, *transfer) {
	inner, cancel := context.WithCancelCause(ctx)
	t := &transfer{e: e, cancel: cancel, others: others}
	return &transferContext{Context: inner, t: t}, t
}

func (t *transfer) end() {
	_ = (*transferBody)(t).Close()
	t.cancel(nil)
}

// abort is the watchdog's end of a transfer.
func (t *transfer) abort(why error) {
	t.cut.CompareAndSwap(nil, &why)
	t.cancel(why)
}
