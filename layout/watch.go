package layout

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// reopenAfter is how long a Watcher may look into a folder that somebody has
// moved away and replaced.
const reopenAfter = time.Second

// settled is how long ago a folder must have been changed for the next change to
// give it another time, on every file system.
const settled = 3 * time.Second

// Watcher tells which snapshot the link of the published one leads to, each time
// for one cheap system call. It may be used by many goroutines.
type Watcher struct {
	history *History

	mu     sync.RWMutex
	folder *os.Root // of the history's snapshots; nil if there was none
	dir    *os.File // the same folder
	until  time.Time
	known  atomic.Pointer[watched] // as long as the folder has this time
}

// watched is where the link led while the folder had a time.
type watched struct {
	id       string
	modified time.Time
}

// Watch returns a Watcher. It holds one folder open until Close.
func (h *History) Watch() *Watcher { return &Watcher{history: h} }

// ID returns the id of that snapshot, or "" if there is none.
func (w *Watcher) ID() (string, error) {
	now := time.Now()
	w.mu.RLock()
	if w.folder == nil || now.After(w.until) {
		w.mu.RUnlock()
		if err := w.reopen(now); err != nil {
			return "", err
		}
		w.mu.RLock()
	}
	defer w.mu.RUnlock()
	if w.folder == nil {
		return "", nil
	}
	info, err := w.dir.Stat()
	if err != nil {
		return w.history.currentIn(w.folder, "current")
	}
	modified := info.ModTime()
	if known := w.known.Load(); known != nil && known.modified.Equal(modified) {
		return known.id, nil
	}
	id, err := w.history.currentIn(w.folder, "current")
	if err == nil && now.Sub(modified) > settled {
		w.known.Store(&watched{id, modified})
	}
	return id, err
}

func (w *Watcher) reopen(now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.folder != nil && !now.After(w.until) {
		return nil // another one was faster
	}
	folder, err := w.history.root.OpenRoot(w.history.folder())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", w.history.folder(), err)
	}
	var dir *os.File
	if folder != nil {
		if dir, err = folder.Open("."); err != nil {
			folder.Close()
			return fmt.Errorf("%s: %w", w.history.folder(), err)
		}
	}
	w.close()
	w.folder, w.dir, w.until = folder, dir, now.Add(reopenAfter)
	return nil
}

func (w *Watcher) close() {
	if w.folder != nil {
		w.folder.Close()
		w.dir.Close()
		w.folder, w.dir = nil, nil
		w.known.Store(nil)
	}
}

// Close lets go of the folder.
func (w *Watcher) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.close()
}
