package mirror

import (
	"sync"
	"time"
)

// space is the room of a root for what arrives while it is served. It is measured anew from time to time,
// as others change the root too.
type space struct {
	measure func() (Room, error)
	now     func() time.Time

	mu     sync.Mutex
	at     time.Time // of the last measurement
	room   int64     // bytes left then
	err    error
	taken  int64 // bytes that have arrived since then
	flying int64 // of them, of fetches that are under way
}

// measureEvery is how often the room is measured: with a budget that looks at every object.
const measureEvery = 10 * time.Minute

// left returns how much more may come.
func (s *space) left() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.now(); s.at.IsZero() || s.err != nil || now.Sub(s.at) >= measureEvery || now.Before(s.at) {
		room, err := s.measure()
		s.at, s.room, s.err = now, room.Left(), err
		s.taken = s.flying // what is under way may or may not have been counted: be careful
	}
	return s.room - s.taken, s.err
}

// fits reports whether there is room for so many bytes, if it is known how many they are.
func (s *space) fits(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return n < 0 || n <= s.room-s.taken
}

// take counts bytes that arrive, and reports whether there is room for them.
func (s *space) take(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken += n
	s.flying += n
	return s.taken <= s.room
}

// arrived says that a fetch which took so many bytes has ended.
func (s *space) arrived(n int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying -= n
}
