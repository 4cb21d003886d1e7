package fetch

import (
	"context"
	"sync"
)

// slots is a first come, first served semaphore whose size may change while it
// is in use.
type slots struct {
	mu      sync.Mutex
	limit   int
	used    int
	waiting []chan struct{} // each has room for one
}

// acquire takes a slot, waiting for one if it must.
func (s *slots) acquire(ctx context.Context) error {
	s.mu.Lock()
	if s.used < s.limit && len(s.waiting) == 0 {
		s.used++
		s.mu.Unlock()
		return nil
	}
	turn := make(chan struct{}, 1)
	s.waiting = append(s.waiting, turn)
	s.mu.Unlock()

	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, w := range s.waiting {
		if w == turn {
			s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
			s.admit()
			return ctx.Err()
		}
	}
	// The turn came at the same moment: hand the slot on.
	s.used--
	s.admit()
	return ctx.Err()
}

func (s *slots) release() {
	s.mu.Lock()
	s.used--
	s.admit()
	s.mu.Unlock()
}

// resize changes the limit. Those who are above a smaller one are not disturbed.
func (s *slots) resize(limit int) {
	s.mu.Lock()
	s.limit = limit
	s.admit()
	s.mu.Unlock()
}

// admit gives free slots to those who wait. The lock is held.
func (s *slots) admit() {
	for s.used < s.limit && len(s.waiting) > 0 {
		s.used++
		s.waiting[0] <- struct{}{}
		s.waiting = s.waiting[1:]
	}
}
