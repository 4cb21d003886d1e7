package apply

import (
	"context"
	"errors"
	"io/fs"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
)

// needed returns those of a bundle's lists and pieces that something else has come to name
// since they were stored: a snapshot, or another bundle that waits for volumes. Pieces are
// seldom stored, so that only the lists of the bundle itself are read as a rule. It is not
// sure if a list is gone or cannot be read: then gc sees to what was kept.
func (a *application) needed(ctx context.Context, name string, m *bundle.Manifest, ours []store.ID) (named map[store.ID]bool, sure bool, err error) {
	named = make(map[store.ID]bool)
	left := make(map[store.ID]bool)
	for _, id := range ours {
		if _, ok := a.objects.Has(id); ok {
			left[id] = true
		}
	}
	mark := func(e layout.Entry) error {
		if !e.IsLink() && left[e.Object] {
			named[e.Object] = true
		}
		return ctx.Err()
	}
	brought := make(map[[2]string]bool)
	for _, e := range m.Ecosystems {
		h, err := layout.OpenHistory(a.root, a.objects, e.Name)
		if err != nil {
			return nil, false, err
		}
		if _, err := h.Scan(e.Snapshot, mark); errors.Is(err, fs.ErrNotExist) {
			return nil, false, nil
		} else if err != nil {
			return nil, false, err
		}
		brought[[2]string{e.Name, e.Snapshot}] = true
	}
	if err := a.awaited(name, left, named); err != nil {
		return nil, false, err
	}
	for _, e := range m.Ecosystems {
		delete(left, e.List.SHA256)
	}
	if len(left) == 0 {
		return named, true, nil
	}
	if err := a.scanOthers(brought, mark); err != nil {
		if ctx.Err() != nil {
			return nil, false, err
		}
		return nil, false, nil
	}
	return named, true, nil
}

// awaited marks what other bundles wait with.
func (a *application) awaited(name string, left, named map[store.ID]bool) error {
	others, err := Applying(a.root)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other == name {
			continue
		}
		s, err := loadApplying(a.root, other)
		if err != nil {
			return err
		}
		if s == nil {
			continue
		}
		for _, id := range s.Keep {
			if left[id] {
				named[id] = true
			}
		}
	}
	return nil
}

// scanOthers reads all snapshots that are kept, but those that a bundle has brought.
func (a *application) scanOthers(brought map[[2]string]bool, mark func(layout.Entry) error) error {
	ecosystems, err := layout.Ecosystems(a.root)
	if err != nil {
		return err
	}
	for _, name := range ecosystems {
		h, err := layout.OpenHistory(a.root, a.objects, name)
		if err != nil {
			return err
		}
		kept, err := h.List()
		if err != nil {
			return err
		}
		for _, k := range kept {
			if brought[[2]string{name, k.ID}] {
				continue
			}
			if _, err := h.Scan(k.ID, mark); err != nil {
				return err
			}
		}
	}
	return nil
}
