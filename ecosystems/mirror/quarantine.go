package mirror

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
)

// The quarantine is where a repair moves what is in the way of what should be there.
const (
	quarantineDir  = "state/quarantine"
	quarantineAge  = 30 * 24 * time.Hour // after which something is removed
	quarantineSize = 4 << 30             // bytes; of more the oldest goes

	quarantineTime = "20060102T150405Z"
)

// quarantined makes the name of something in the quarantine: the time, and what it is.
func (m *Mirror) quarantined(what string) (string, error) {
	if err := m.root.MkdirAll(quarantineDir, 0o700); err != nil {
		return "", store.Failure("make the folder", quarantineDir, err)
	}
	what = strings.Map(func(c rune) rune {
		if c > 126 || c <= ' ' || strings.ContainsRune(`/\:*?"<>|`, c) {
			return '_'
		}
		return c
	}, what)
	return path.Join(quarantineDir, m.cfg.Now().UTC().Format(quarantineTime)+"-"+what[:min(len(what), 100)]), nil
}

// setAside moves what has the name of an object into the quarantine, once.
func (r *mender) setAside(id store.ID) error {
	r.mu.Lock()
	_, done := r.aside[id]
	r.mu.Unlock()
	if done {
		return nil
	}
	name, err := r.m.quarantined(id.String())
	if err != nil {
		return here(err)
	}
	err = r.m.store.SetAside(id, name)
	if errors.Is(err, fs.ErrNotExist) {
		name, err = "", nil
	}
	if err != nil {
		return here(err)
	}
	r.mu.Lock()
	r.aside[id] = name
	r.mu.Unlock()
	return nil
}

// putBack returns what could not be replaced to where it was: a damaged object is more than none.
func (r *mender) putBack() error {
	var failed error
	for id, name := range r.aside {
		if _, fixed := r.fixed[id]; fixed || name == "" {
			continue
		}
		if _, ok := r.m.store.Has(id); ok {
			continue
		}
		if err := r.m.root.Rename(name, r.m.store.Path(id)); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// pruneQuarantine removes what is too old, and the oldest while there is too much.
func (m *Mirror) pruneQuarantine() error {
	entries, err := readDir(m.root, quarantineDir)
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(b.Name(), a.Name()) }) // the newest first
	var total int64
	for _, e := range entries {
		name := path.Join(quarantineDir, e.Name())
		stamp, _, _ := strings.Cut(e.Name(), "-")
		at, err := time.Parse(quarantineTime, stamp)
		if err != nil {
			continue // nothing of ours
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		if total > quarantineSize || m.cfg.Now().Sub(at) > quarantineAge {
			if err := m.root.RemoveAll(name); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}
