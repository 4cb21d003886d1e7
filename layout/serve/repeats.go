package serve

import (
	"log/slog"
	"sync"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
)

// repeats keeps the log from being told of one damaged object again and again: at once the first time, and
// then once in [repeatAfter] with how often it was met since. It may be used by many goroutines.
type repeats struct {
	mu   sync.Mutex
	told map[store.ID]*repeat
	many repeat // objects beyond those that are remembered, together
}

type repeat struct {
	at   time.Time // that it was told of last; zero: never
	more int64     // times since
}

const (
	repeatAfter     = time.Minute
	repeatsOfAtMost = 1 << 10 // objects that are remembered
)

// tell reports whether the log is to be told of an object now, and how often it was met, this time
// included, since that was so last.
func (r *repeats) tell(id store.ID) (times int64, now bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o := r.of(id)
	o.more++
	if t := time.Now(); o.at.IsZero() || t.Sub(o.at) >= repeatAfter {
		times, *o = o.more, repeat{at: t}
		return times, true
	}
	return 0, false
}

func (r *repeats) of(id store.ID) *repeat {
	if o := r.told[id]; o != nil {
		return o
	}
	if len(r.told) >= repeatsOfAtMost {
		return &r.many
	}
	if r.told == nil {
		r.told = map[store.ID]*repeat{}
	}
	o := &repeat{}
	r.told[id] = o
	return o
}

// log tells the log of an object, if it is time, and for how many requests that stands.
func (r *repeats) log(id store.ID, message string, args ...any) {
	if times, now := r.tell(id); now {
		slog.Error(message, append(args, "times", times)...)
	}
}
