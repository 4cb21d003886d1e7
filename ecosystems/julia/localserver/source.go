package localserver

import (
	"context"
	"sync"
	"time"
)

// updates is when a source is asked again, and what became of it. Its user guards what an update
// brings by a lock of its own.
type updates struct {
	ask  func(ctx context.Context) error // one update; one at a time
	now  func() time.Time
	life context.Context // of the server
	done *sync.WaitGroup // of its goroutines

	mu        sync.Mutex
	running   chan struct{} // closed at the end of the update under way; nil if there is none
	attempted time.Time     // the beginning of the last update
	succeeded time.Time     // of the last one that was of use; zero: none ever was, or that is not known
	err       error         // of the last update that ended
	asked     bool          // one has ended
	have      bool          // there is a state, however old
}

// retryFirst is how soon a source is asked again that nothing is known of.
const retryFirst = 10 * time.Second

// due begins an update if the last one is longer ago than a time, and returns a channel that is closed at
// the end of the one under way, or nil if there is nothing to wait for. The second result tells whether
// there is a state to answer with meanwhile.
func (u *updates) due(after time.Duration) (ended <-chan struct{}, have bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.running != nil {
		return u.running, u.have
	}
	if !u.have {
		after = min(after, retryFirst)
	}
	now := u.now()
	if !u.attempted.IsZero() && now.Sub(u.attempted) < after && !now.Before(u.attempted) || u.life.Err() != nil {
		return nil, u.have
	}
	u.attempted = now
	running := make(chan struct{})
	u.running = running
	u.done.Go(func() {
		err := u.ask(u.life)
		u.mu.Lock()
		defer u.mu.Unlock()
		u.err, u.asked = err, true
		if err == nil {
			u.have, u.succeeded = true, now
		}
		u.running = nil
		close(running)
	})
	return running, u.have
}

// bring waits for an update that is under way, or begins one if the last is longer ago than a time.
func (u *updates) bring(ctx context.Context, after time.Duration) error {
	if ended, _ := u.due(after); ended != nil {
		select {
		case <-ended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.err
}

// restored says that there is a state of an earlier process.
func (u *updates) restored(succeeded time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.have, u.succeeded = true, succeeded
}

// partly says that there is a state, although the update may not be a success.
func (u *updates) partly() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.have = true
}

// standing is how a source is doing.
type standing struct {
	attempted, succeeded time.Time
	err                  error
	asked                bool // by this process, and answered or not
}

func (u *updates) standing() standing {
	u.mu.Lock()
	defer u.mu.Unlock()
	return standing{u.attempted, u.succeeded, u.err, u.asked}
}
