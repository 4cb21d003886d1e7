package layout

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/offmirror/offmirror/fetch/store"
)

// Step is a point in the writing or publication of a snapshot. A process that
// dies there leaves a whole tree, and the next publication goes on from there.
type Step string

// The steps, in their order. Those about files come once for each file, and
// those about the spare tree again at the first publication, which fills both.
const (
	StepWrite   Step = "write snapshot"
	StepUnmark  Step = "unmark the spare tree"
	StepRemove  Step = "remove files"
	StepLink    Step = "link files"
	StepSync    Step = "sync folders"
	StepMark    Step = "mark the spare tree"
	StepSwap    Step = "swap the trees"
	StepCurrent Step = "point to the snapshot"
	StepDone    Step = "published"
)

func (h *History) step(s Step) {
	if h.Trace != nil {
		h.Trace(s)
	}
}

func (h *History) treeFolder() string            { return "state/trees/" + h.ecosystem }
func (h *History) treePath(name string) string   { return h.treeFolder() + "/" + name }
func (h *History) markerPath(tree string) string { return h.treeFolder() + "/" + tree + ".snapshot" }

// Publish makes s, which [History.Write] has kept, the snapshot that the tree
// shows. The spare tree is brought to s by what it lacks, then one symbolic link
// is swapped: readers see the old tree or the new one. An older snapshot is
// published the same way, which is a rollback; one step back is the swap alone.
//
// An error leaves what was published as it was, unless it is about the last
// steps, which the next publication takes again.
func (h *History) Publish(ctx context.Context, s *Snapshot) error {
	if s.Ecosystem != h.ecosystem {
		return fmt.Errorf("publish: snapshot %s is of %s, not of %s", s.ID, s.Ecosystem, h.ecosystem)
	}
	if _, err := h.root.Lstat(h.snapshotPath(s.ID)); err != nil {
		return fmt.Errorf("publish: %w", h.readError(s.ID, err))
	}
	live, spare, err := h.trees()
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if live == "" || h.marker(live) != s.ID {
		if err := h.bring(ctx, spare, s); err != nil {
			return fmt.Errorf("publish %s: %w", h.ecosystem, err)
		}
		h.step(StepSwap)
		if err := pointLink(h.root, h.treePath(spare), h.ecosystem); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
		spare = other(spare)
	}
	if linked, err := h.linkedID(); err != nil || linked != s.ID {
		h.step(StepCurrent)
		if err := pointLink(h.root, s.ID, h.currentLink()); err != nil {
			return fmt.Errorf("publish: %w", err)
		}
	}
	if h.marker(spare) == "" { // so that the next publication is as small as its difference
		if err := h.bring(ctx, spare, s); err != nil {
			return fmt.Errorf("publish %s: it is published, but the second tree is not ready: %w", h.ecosystem, err)
		}
	}
	h.step(StepDone)
	return nil
}

// Interrupted reports whether a publication died after it had swapped the trees and before the link
// led to its snapshot, which the next publication makes up for. The link leads to the snapshot before,
// or, at a first publication, is not there and the second tree is not ready.
func (h *History) Interrupted() bool {
	live, spare, err := h.trees()
	if err != nil || live == "" || h.marker(live) == "" {
		return false
	}
	linked, err := h.linkedID()
	if err != nil || linked == h.marker(live) {
		return false
	}
	if linked == "" {
		return h.marker(spare) == ""
	}
	_, err = h.root.Lstat(h.snapshotPath(linked))
	return err == nil
}

// Prepare brings the spare tree to s, so that what is left of [History.Publish] is
// to swap a link: what belongs to several ecosystems can be published together.
// Readers see nothing of it.
func (h *History) Prepare(ctx context.Context, s *Snapshot) error {
	if s.Ecosystem != h.ecosystem {
		return fmt.Errorf("prepare: snapshot %s is of %s, not of %s", s.ID, s.Ecosystem, h.ecosystem)
	}
	live, spare, err := h.trees()
	if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	if live != "" && h.marker(live) == s.ID {
		return nil
	}
	if err := h.bring(ctx, spare, s); err != nil {
		return fmt.Errorf("prepare %s: %w", h.ecosystem, err)
	}
	return nil
}

// Rebuild publishes the current snapshot anew: every file of both trees is
// compared with its object, whatever the trees are believed to hold. It mends
// trees that somebody or a disk has damaged, after the store has been mended.
func (h *History) Rebuild(ctx context.Context) error {
	s, err := h.Current()
	if err != nil || s == nil {
		return err
	}
	live, spare, err := h.trees()
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	for _, tree := range []string{spare, live} {
		if tree == "" {
			continue
		}
		if err := removeFile(h.root, h.markerPath(tree)); err != nil {
			return fmt.Errorf("rebuild: %w", err)
		}
	}
	return h.Publish(ctx, s)
}

// trees returns the name of the tree that is served, or "" before the first
// publication, and of the other one.
func (h *History) trees() (live, spare string, err error) {
	target, err := h.root.Readlink(h.ecosystem)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "a", nil
	}
	if name, ok := strings.CutPrefix(target, h.treeFolder()+"/"); err == nil && ok && (name == "a" || name == "b") {
		return name, other(name), nil
	}
	return "", "", fmt.Errorf("%s in the mirror root is not a link that offmirror made; move it away", h.ecosystem)
}

// Obstacle returns an error if what lies where the published tree belongs is nothing that
// offmirror made, so that nothing can be published before somebody moves it away.
func (h *History) Obstacle() error {
	_, _, err := h.trees()
	return err
}

func other(tree string) string {
	if tree == "a" {
		return "b"
	}
	return "a"
}

// marker returns the id of the snapshot that a tree holds completely, or "".
func (h *History) marker(tree string) string {
	data, err := store.ReadRegular(h.root, h.markerPath(tree), 4096)
	id := strings.TrimSuffix(string(data), "\n")
	if err != nil || !validSnapshotID(id) {
		return ""
	}
	return id
}

// bring makes a tree hold exactly s and marks it so.
func (h *History) bring(ctx context.Context, name string, s *Snapshot) error {
	held := h.marker(name)
	if held == s.ID {
		return nil
	}
	var base *Scanner
	if held != "" {
		if b, done, err := h.scanner(held); err == nil { // else forgotten or damaged: compare
			base = b
			defer done()
		}
	}
	if err := makeFolder(h.root, h.treePath(name)); err != nil {
		return err
	}
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
	if base != nil {
		err = t.change(ctx, base, s.walk)
	}
	if base == nil || err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrFull) {
		err = t.compare(ctx, s.List) // the tree was not what its marker said, or its snapshot is damaged
	}
	if err != nil {
		return err
	}
	h.step(StepSync)
	if err := t.sync(); err != nil {
		return err
	}
	h.step(StepMark)
	return writeText(h.root, h.markerPath(name), s.ID+"\n")
}
