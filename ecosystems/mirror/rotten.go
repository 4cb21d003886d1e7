package mirror

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
)

// rotten moves damaged objects that serving came across to the quarantine, as a repair does, so that nobody
// takes them for good and they can be fetched anew.
type rotten struct {
	m     *Mirror
	found atomic.Int64 // objects met
	aside atomic.Int64 // of them, moved

	mu   sync.Mutex
	seen map[store.ID]time.Time // that were counted; when the log was told that one stays
	busy map[store.ID]bool
}

// maxRotten bounds what is remembered, so that a disk which dies does not take the memory too.
const maxRotten = 1 << 16

func newRotten(m *Mirror) *rotten {
	return &rotten{m: m, seen: map[store.ID]time.Time{}, busy: map[store.ID]bool{}}
}

// met deals with an object that was found damaged. One that cannot be moved now, as the root is read-only or
// somebody else is changing it, is met again.
func (r *rotten) met(id store.ID) {
	if !r.begin(id) {
		return
	}
	defer r.end(id)
	name, err := r.setAside(id)
	switch {
	case err != nil && !r.complain(id):
	case err != nil:
		r.m.cfg.Logger.Warn("a damaged object stays where it is", "object", id.String(), "error", err)
	case name != "":
		r.aside.Add(1)
		r.m.cfg.Logger.Warn("a damaged object was moved to the quarantine", "object", id.String(), "file", name)
	}
}

func (r *rotten) begin(id store.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[id] {
		return false
	}
	r.busy[id] = true
	if len(r.seen) >= maxRotten {
		clear(r.seen)
	}
	if _, known := r.seen[id]; !known {
		r.seen[id] = time.Time{}
		r.found.Add(1)
	}
	return true
}

// complain reports whether it is time to tell the log that an object stays: once a minute.
func (r *rotten) complain(id store.ID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.m.cfg.Now()
	if last := r.seen[id]; !last.IsZero() && now.Sub(last) < time.Minute && !now.Before(last) {
		return false
	}
	r.seen[id] = now
	return true
}

func (r *rotten) end(id store.ID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, id)
}

// setAside moves an object and returns where to; "" if there is nothing damaged any more. Reading it takes long,
// so the lock of the root is taken after that, for an object that is still the one that was read.
func (r *rotten) setAside(id store.ID) (string, error) {
	file := r.m.store.Path(id)
	read, err := r.m.root.Lstat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	switch err := r.m.store.Check(context.Background(), id); {
	case err == nil, errors.Is(err, fs.ErrNotExist):
		return "", nil
	case !errors.Is(err, store.ErrDamaged):
		return "", err
	}
	unlock, err := r.m.Lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	now, err := r.m.root.Lstat(file)
	if err != nil || !os.SameFile(read, now) || !read.ModTime().Equal(now.ModTime()) {
		return "", nil //nolint:nilerr // it was replaced meanwhile
	}
	name, err := r.m.quarantined(id.String())
	if err != nil {
		return "", err
	}
	if err := r.m.store.SetAside(id, name); err != nil {
		return "", err
	}
	return name, r.m.pruneQuarantine()
}
