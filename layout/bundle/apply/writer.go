package apply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

const (
	chunkSize = 256 << 10
	chunks    = 16 // under way between the reader and those that hash and write

	// openAtOnce is how many objects may be under way to their files. Each has a buffer of the
	// store until then.
	openAtOnce = 32

	// maxCommits is how many objects may wait until they are durable. The store groups them;
	// each has a file open.
	maxCommits = 1024
)

// writer stores payloads that one goroutine reads: hashing, writing and waiting for
// the disk are done beside it.
type writer struct {
	objects *store.Store
	ctx     context.Context // ends with the first error
	stop    context.CancelCauseFunc
	slots   chan struct{} // of objects that are not durable yet
	opened  chan struct{} // of those of them that have no file yet
	buffers chan []byte
	running sync.WaitGroup

	mu      sync.Mutex
	written int64 // objects
	bytes   int64
	damaged func(id store.ID, volume int, err error) // called with mu held
}

type chunk struct {
	data []byte
	err  error // of the media; the last chunk
}

func newWriter(ctx context.Context, objects *store.Store, damaged func(store.ID, int, error)) *writer {
	w := &writer{objects: objects, slots: make(chan struct{}, commitsAtOnce()), opened: make(chan struct{}, openAtOnce), buffers: make(chan []byte, chunks), damaged: damaged}
	w.ctx, w.stop = context.WithCancelCause(ctx)
	for range chunks {
		w.buffers <- make([]byte, chunkSize)
	}
	return w
}

// commitsAtOnce leaves most of the files that this process may open to others.
func commitsAtOnce() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 64
	}
	return int(max(16, min(maxCommits, limit.Cur/4)))
}

// take reads one payload of a volume to its end and lets it be stored. The error is
// about the run as a whole; what is wrong with the payload goes to damaged.
func (w *writer) take(volume int, want bundle.Piece, r io.Reader) error {
	for _, room := range []chan struct{}{w.slots, w.opened} {
		select {
		case room <- struct{}{}:
		case <-w.ctx.Done():
			return context.Cause(w.ctx) // ends the writer, which nobody waits for room of
		}
	}
	ch := make(chan chunk, 2)
	w.running.Go(func() {
		defer func() { <-w.slots }()
		if in := w.receive(volume, want, ch); in != nil {
			w.commit(in, want.Size)
		}
	})
	defer close(ch)
	for left := want.Size; left > 0; {
		var buffer []byte
		select {
		case buffer = <-w.buffers:
		case <-w.ctx.Done():
			return context.Cause(w.ctx)
		}
		n, err := io.ReadFull(r, buffer[:min(left, chunkSize)])
		left -= int64(n)
		ch <- chunk{buffer[:n], err}
		if err != nil {
			return nil
		}
	}
	return nil
}

// receive writes the chunks into a file, and returns nil if they are not what is wanted.
func (w *writer) receive(volume int, want bundle.Piece, ch <-chan chunk) *store.Incoming {
	defer func() { <-w.opened }()
	in, err := w.objects.Create("")
	var media error
	for c := range ch {
		if err == nil {
			_, err = in.Write(c.data)
		}
		w.buffers <- c.data[:cap(c.data)]
		media = c.err
	}
	if err == nil && w.ctx.Err() == nil {
		if media == nil && in.ID() != want.SHA256 {
			media = fmt.Errorf("is %w: its bytes have SHA-256 %s", read.ErrDamaged, in.ID())
		}
		if media == nil {
			if err = in.Spill(); err == nil {
				return in
			}
		} else {
			w.mu.Lock()
			w.damaged(want.SHA256, volume, media)
			w.mu.Unlock()
		}
	}
	if err != nil {
		w.stop(err)
	}
	if in != nil {
		in.Discard()
	}
	return nil
}

func (w *writer) commit(in *store.Incoming, size int64) {
	if _, err := in.Commit(w.ctx); err != nil {
		if w.ctx.Err() == nil {
			w.stop(err)
		}
		return
	}
	w.mu.Lock()
	w.written++
	w.bytes += size
	w.mu.Unlock()
}

// done returns how much is durable.
func (w *writer) done() (objects, bytes int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written, w.bytes
}

// wait returns when everything that was taken is durable, and the first error.
func (w *writer) wait() error {
	w.running.Wait()
	err := context.Cause(w.ctx)
	w.stop(errFinished)
	if errors.Is(err, errFinished) {
		return nil
	}
	return err
}

var errFinished = errors.New("finished")
