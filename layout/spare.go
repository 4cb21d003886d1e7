package layout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
)

// ReleaseSpare sees to it that the tree which is not served keeps no object alive that only
// a forgotten snapshot named: if it shows one for which gone returns true, or one that is not
// kept any more, it is brought to the current snapshot. That takes the memory of neither
// list. What is not known to show anything, after an interruption, is emptied instead, as is
// a tree that cannot be brought there; the next publication fills it.
//
// It reports whether there was anything to do. Readers see nothing of it.
func (h *History) ReleaseSpare(ctx context.Context, gone func(id string) bool) (bool, error) {
	stale, err := h.StaleSpare(gone)
	if err != nil || !stale {
		return false, err
	}
	held, current, spare, err := h.spare()
	if err != nil {
		return false, err
	}
	if held == "" {
		return true, h.emptySpare(spare)
	}
	err = h.leadSpare(ctx, spare, held, current)
	if err == nil || ctx.Err() != nil {
		return true, err
	}
	if emptied := h.emptySpare(spare); emptied != nil {
		return true, fmt.Errorf("release the second tree of %s: %w", h.ecosystem, emptied)
	}
	return true, nil
}

// StaleSpare reports whether [History.ReleaseSpare] has anything to do.
func (h *History) StaleSpare(gone func(id string) bool) (bool, error) {
	held, current, spare, err := h.spare()
	switch {
	case err != nil || current == "":
		return false, err
	case held != "":
		return held != current && gone(held), nil
	}
	_, err = h.root.Lstat(h.treePath(spare))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// spare returns the name of the spare tree and what it shows, and what is current; current is
// "" before the first publication.
func (h *History) spare() (held, current, name string, err error) {
	live, name, err := h.trees()
	if err != nil || live == "" {
		return "", "", "", err
	}
	if current, err = h.CurrentID(); err != nil {
		return "", "", "", err
	}
	if held = h.marker(name); held != "" {
		if _, err := h.root.Lstat(h.snapshotPath(held)); err != nil {
			held = ""
		}
	}
	return held, current, name, nil
}

// leadSpare changes the spare tree from one snapshot to another, entry by entry.
func (h *History) leadSpare(ctx context.Context, name, from, to string) error {
	h.step(StepUnmark)
	if err := removeFile(h.root, h.markerPath(name)); err != nil {
		return err
	}
	t, err := openTree(h.root, h.treePath(name), h.objects)
	if err != nil {
		return err
	}
	defer t.close()
	t.step = h.step
	base, end, err := h.scanner(from)
	if err != nil {
		return err
	}
	defer end()
	if err := t.change(ctx, base, h.walk(to)); err != nil {
		return err
	}
	h.step(StepSync)
	if err := t.sync(); err != nil {
		return err
	}
	h.step(StepMark)
	return writeText(h.root, h.markerPath(name), to+"\n")
}

func (h *History) emptySpare(name string) error {
	h.step(StepUnmark)
	if err := removeFile(h.root, h.markerPath(name)); err != nil {
		return err
	}
	h.step(StepRemove)
	err := h.root.RemoveAll(h.treePath(name))
	if err == nil {
		err = syncFolder(h.root, path.Dir(h.treePath(name)))
	}
	if err != nil {
		return failure("empty the tree", h.treePath(name), err)
	}
	return nil
}
