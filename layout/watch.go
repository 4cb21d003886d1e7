package layout

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// reopenAfter is how long a Watcher may look into a folder that somebody has
// moved away and replaced.
const reopenAfter = time.Second

// Watcher tells which snapshot the link of the published one leads to, each time
// for one system call. It may be used by many goroutines.
type Watcher struct {
	history *History

	mu     sync.RWMutex
	folder *os.Root // of the history's snapshots; nil if there was none
	until  time.Time
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
	return w.history.currentIn(w.folder, "current")
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
	w.close()
	w.folder, w.until = folder, now.Add(reopenAfter)
	return nil
}

func (w *Watcher) close() {
	if w.folder != nil {
		w.folder.Close()
		w.folder = nil
	}
}

// Close lets go of the folder.
func (w *Watcher) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.close()
}
