// Package mirror brings a driver, the fetch engine and the layout of a mirror
// root together: it plans, syncs, verifies and describes one root.
//
// A run goes the same way for every ecosystem:
//
//  1. the driver reads upstream indexes and yields items;
//  2. what the store lacks is fetched, proven and made durable while the driver
//     still plans;
//  3. the complete list becomes a snapshot, and the snapshot is published by
//     swapping one symbolic link.
//
// An interruption at any point leaves the published tree as it was, and the
// next run finds everything that had arrived.
package mirror

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// Config is how a root is worked on.
type Config struct {
	Fetch    fetch.Config
	Version  string                  // of the program, told to upstreams
	Logger   *slog.Logger            // nil: nothing is logged
	Now      func() time.Time        // nil: the system's clock
	OnNotice func(ecosystems.Notice) // called for each remark of a driver, one at a time
}

// Mirror is one mirror root. Its methods may be called concurrently; those that
// change the root take its lock and fail while another process holds it.
type Mirror struct {
	cfg   Config
	root  *os.Root
	store *store.Store
	run   atomic.Pointer[run] // the one under way, for Progress
}

// Create opens the root at path, which is made if it does not exist.
func Create(path string, cfg Config) (*Mirror, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("mirror root %s: %w", path, err)
	}
	return Open(path, cfg)
}

// Open opens an existing root. It changes nothing, so that a root on read-only
// media can be served and verified.
func Open(path string, cfg Config) (*Mirror, error) {
	cfg.Logger = cmp.Or(cfg.Logger, slog.New(slog.DiscardHandler))
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.OnNotice == nil {
		cfg.OnNotice = func(ecosystems.Notice) {}
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("mirror root %s: %w; name it with --root; offmirror sync makes one, or offmirror bundle apply", path, err)
	}
	m := &Mirror{cfg: cfg, root: root}
	if m.store, err = store.Open(root); err != nil {
		m.locate(&err)
		return nil, errors.Join(err, root.Close())
	}
	return m, nil
}

// Close releases the root.
func (m *Mirror) Close() error { return errors.Join(m.store.Close(), m.root.Close()) }

// Root returns the root, for packages that work on what is below it. It belongs to the mirror.
func (m *Mirror) Root() *os.Root { return m.root }

// Objects returns the store, which belongs to the mirror too.
func (m *Mirror) Objects() *store.Store { return m.store }

// dir returns where an ecosystem's tree is published.
func (m *Mirror) dir(ecosystem string) string {
	dir := filepath.Join(m.root.Name(), ecosystem)
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}

// History returns the snapshots of an ecosystem in this root.
func (m *Mirror) History(ecosystem string) (*layout.History, error) {
	return layout.OpenHistory(m.root, m.store, ecosystem)
}
