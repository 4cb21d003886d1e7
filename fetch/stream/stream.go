package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/offmirror/offmirror/fetch"
)

// HeldBack is how many bytes at the end of what has arrived nobody sees before all is proven.
const HeldBack = 64 << 10

// ErrCut means that bytes were handed out that turned out not to be those of the object.
var ErrCut = errors.New("cut off: what was sent already is not what the object is")

// Stream is an object that is being fetched, or was when it was asked for. It may be used by
// many goroutines.
type Stream struct {
	o Options

	mu      sync.Mutex
	changed chan struct{} // closed, and made anew, whenever something below changes

	begun  bool  // a body has begun
	size   int64 // that it was said to have
	told   bool  // somebody relies on size
	spool  spool
	length int64 // bytes in the spool
	at     int64 // where the next bytes of the current body belong, never behind length
	taken  int64 // no byte from here on was handed out
	broken error // why the spool is of no use

	done   bool
	object fetch.Object
	err    error
}

func newStream(o Options) *Stream { return &Stream{o: o, changed: make(chan struct{})} }

// notify is called with the lock held.
func (s *Stream) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Begin implements [fetch.Follower].
func (s *Stream) Begin(size int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told && s.size != size && s.taken > 0 {
		s.breakOff(fmt.Errorf("%w: it was said to have another size", ErrCut))
	}
	s.begun, s.size, s.at = true, size, 0
	s.notify()
}

// Arrived implements [fetch.Follower].
func (s *Stream) Arrived(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return
	}
	if err := s.arrived(p); err != nil {
		s.breakOff(err)
	}
	s.notify()
}

// arrived compares what was there already and writes the rest. The lock is held: readers
// wait for a write, which goes to memory, and read without it.
func (s *Stream) arrived(p []byte) error {
	for len(p) > 0 && s.at < s.length {
		n := min(int64(len(p)), s.length-s.at)
		same, err := s.spool.compare(p[:n], s.at)
		if err != nil {
			return err
		}
		s.at += same
		p = p[same:]
		if same == n {
			continue
		}
		if s.at < s.taken {
			return fmt.Errorf("%w: it was fetched again, with other bytes from %d on", ErrCut, s.at)
		}
		s.length = s.at
	}
	if len(p) == 0 {
		return nil
	}
	if err := s.spool.write(p, s.at, s.o.Temp); err != nil {
		return err
	}
	s.at += int64(len(p))
	s.length = s.at
	return nil
}

// breakOff ends what readers can have before the end of the fetch.
func (s *Stream) breakOff(why error) {
	if s.broken == nil {
		s.broken = why
	}
}

// end says what became of the fetch.
func (s *Stream) end(o fetch.Object, err error) {
	s.mu.Lock()
	taken := s.taken
	if err != nil || s.broken != nil {
		taken = 0
	}
	s.mu.Unlock()
	var wrong error
	if taken > 0 {
		wrong = s.sameAs(o)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if wrong != nil {
		s.breakOff(wrong)
	}
	s.object, s.err, s.done = o, err, true
	s.spool.release()
	s.notify()
}

// sameAs compares what may have been handed out with the object that the fetch came to.
func (s *Stream) sameAs(o fetch.Object) error {
	f, err := s.o.Open(o)
	if err != nil {
		return fmt.Errorf("open what was fetched: %w", err)
	}
	defer f.Close()
	s.mu.Lock()
	at, taken := s.at, s.taken
	s.mu.Unlock()
	if at > o.Size || taken > at {
		return ErrCut
	}
	same, err := s.spool.samePrefix(f, at)
	if err == nil && !same {
		err = ErrCut
	}
	return err
}

// Head waits until it is known how many bytes there will be, and returns that: as soon as the
// body begins, or else at the end. The body's size may be [fetch.UnknownSize]. The error is the
// fetch's, or the context's.
//
// The size is what was announced: bytes that turn out to be wrong may have had another.
func (s *Stream) Head(ctx context.Context) (int64, error) {
	for {
		s.mu.Lock()
		switch {
		case s.done && s.err != nil:
			defer s.mu.Unlock()
			return 0, s.err
		case s.done:
			defer s.mu.Unlock()
			return s.object.Size, nil
		case s.begun && s.broken == nil:
			defer s.mu.Unlock()
			s.told = true
			return s.size, nil
		}
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// Wait waits for the end of the fetch and returns what it came to.
func (s *Stream) Wait(ctx context.Context) (fetch.Object, error) {
	for {
		s.mu.Lock()
		changed, done := s.changed, s.done
		s.mu.Unlock()
		if done {
			return s.object, s.err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fetch.Object{}, ctx.Err()
		}
	}
}

// Done reports whether the fetch has ended well, and with what: the object can be had from
// where it is kept then, in any order.
func (s *Stream) Done() (fetch.Object, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.object, s.done && s.err == nil
}
