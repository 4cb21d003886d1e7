package gitrepo

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/offmirror/offmirror/layout/serve/peer"
)

// turnstile bounds how many transfers there are at once, in all and of one client, so that nobody
// can take all of them. Who comes when there is no room waits a while: libgit2, with which
// Julia and just-mr fetch, does not come again by itself.
type turnstile struct {
	all  chan struct{}
	each int
	wait time.Duration

	mu      sync.Mutex
	clients map[netip.Addr]*queue
}

// queue is for the transfers of one client.
type queue struct {
	slots chan struct{}
	users int // under way or waiting; guarded by the turnstile
}

func newTurnstile(o ServeOptions) *turnstile {
	return &turnstile{all: make(chan struct{}, o.Concurrency), each: o.PerClient, wait: o.Wait, clients: map[netip.Addr]*queue{}}
}

// enter waits for room for a client, as [http.Request.RemoteAddr] names it. If there is some,
// leave gives it back.
func (t *turnstile) enter(ctx context.Context, remote string) (leave func(), ok bool) {
	client := peer.Group(peer.Parse(remote))
	ctx, cancel := context.WithTimeout(ctx, t.wait)
	defer cancel()
	q := t.queue(client)
	if !take(ctx, q.slots) {
		t.done(client, q)
		return nil, false
	}
	if !take(ctx, t.all) {
		<-q.slots
		t.done(client, q)
		return nil, false
	}
	return func() {
		<-t.all
		<-q.slots
		t.done(client, q)
	}, true
}

// take prefers a slot to the end of ctx.
func take(ctx context.Context, slots chan struct{}) bool {
	select {
	case slots <- struct{}{}:
		return true
	default:
	}
	select {
	case slots <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (t *turnstile) queue(client netip.Addr) *queue {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := t.clients[client]
	if q == nil {
		q = &queue{slots: make(chan struct{}, t.each)}
		t.clients[client] = q
	}
	q.users++
	return q
}

func (t *turnstile) done(client netip.Addr, q *queue) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if q.users--; q.users == 0 {
		delete(t.clients, client)
	}
}
