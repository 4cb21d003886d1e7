package front

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How often an answer for those who watch a server is worked out: at once so many times, and then once in that time.
const (
	workedOutAtOnce = 10
	workedOutEvery  = time.Second
)

// shared is something that takes work and that anybody may ask for. Who asks as often as monitoring does
// gets it as it is now. When all together ask for more, they get what was worked out last, which is about
// a second old. It may be used by many goroutines.
type shared[T any] struct {
	mu    sync.Mutex
	limit *rate.Limiter // nil before the first time
	last  T
}

func (s *shared[T]) get(work func() T) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limit == nil {
		s.limit = rate.NewLimiter(rate.Every(workedOutEvery), workedOutAtOnce)
	}
	if s.limit.Allow() {
		s.last = work()
	}
	return s.last
}
