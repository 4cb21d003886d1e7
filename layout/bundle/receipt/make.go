package receipt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle/trust"
)

// Options is what a receipt says beside what the mirror holds.
type Options struct {
	Site        string       // accepted by [CheckSite]
	Bundle      string       // the bundle that was applied last; empty: none
	Key         trust.Secret // signs
	Time        time.Time    // of making it
	SkipDamaged bool         // leave out snapshots that are not whole, instead of making no receipt
}

// Made is a receipt and how it came about.
type Made struct {
	Receipt Receipt
	Text    []byte  // signed, at most MaxSize bytes
	Damaged []error // why snapshots were left out, each an *IncompleteError
}

// IncompleteError says that a mirror does not hold all of a snapshot.
type IncompleteError struct {
	Ecosystem, Snapshot string
	Err                 error
}

func (e *IncompleteError) Error() string {
	return fmt.Sprintf("%s: snapshot %s is not whole: %v", e.Ecosystem, e.Snapshot, e.Err)
}

// Unwrap returns the cause.
func (e *IncompleteError) Unwrap() error { return e.Err }

// Make makes the receipt of a mirror root about the given ecosystems. Every object of every
// snapshot that it lists is looked for, by name and size and without reading it, in memory
// that grows by 32 bytes for each of them. A snapshot that is not whole gives an
// [*IncompleteError]: a sender who believed it would leave out what is needed.
//
// What has no place in [MaxSize] bytes is left out, kept snapshots only and the oldest first;
// Receipt.Dropped counts them. It costs no correctness: a later bundle may then carry more than
// is missing.
//
// Reading needs no lock. A snapshot that is forgotten meanwhile makes an error.
func Make(ctx context.Context, root *os.Root, objects *store.Store, ecosystems []string, o Options) (*Made, error) {
	if o.Key.IsZero() {
		return nil, errors.New("receipt: there is no key to sign it")
	}
	m := &maker{objects: objects, histories: map[string]*layout.History{}}
	m.receipt = Receipt{Site: o.Site, Time: o.Time.UTC().Truncate(time.Second), Key: o.Key.Public(), Bundle: o.Bundle}
	names := slices.Compact(slices.Sorted(slices.Values(ecosystems)))
	for _, name := range names {
		if err := m.list(root, name); err != nil {
			return nil, err
		}
	}
	if err := m.fit(o.Key); err != nil {
		return nil, err
	}
	damaged, err := m.prove(ctx, o.SkipDamaged)
	if err != nil {
		return nil, err
	}
	text, err := m.receipt.Sign(o.Key)
	return &Made{Receipt: m.receipt, Text: text, Damaged: damaged}, err
}

type maker struct {
	objects   *store.Store
	histories map[string]*layout.History
	receipt   Receipt
	ages      map[string]time.Time // of kept snapshots, by ecosystem and id
}

// list adds what is kept of an ecosystem.
func (m *maker) list(root *os.Root, name string) error {
	h, err := layout.OpenHistory(root, m.objects, name)
	if err != nil {
		return err
	}
	confirmed, err := h.Confirmed()
	if err != nil {
		return err
	}
	kept, err := h.List()
	if err != nil {
		return err
	}
	slices.Reverse(kept) // newest first
	holding := Holding{Name: name, Confirmed: confirmed.Time}
	for _, k := range kept {
		switch {
		case k.Current:
			holding.Current = k.ID
		case len(holding.Kept) == maxKept:
			m.receipt.Dropped++
		default:
			holding.Kept = append(holding.Kept, k.ID)
			m.remember(name, k.ID, k.Time)
		}
	}
	m.histories[name] = h
	m.receipt.Ecosystems = append(m.receipt.Ecosystems, holding)
	return nil
}

func (m *maker) remember(name, id string, at time.Time) {
	if m.ages == nil {
		m.ages = map[string]time.Time{}
	}
	m.ages[name+" "+id] = at
}

// fit leaves out the oldest kept snapshots until the receipt is small enough.
func (m *maker) fit(key trust.Secret) error {
	for {
		text, err := m.receipt.Sign(key)
		if err != nil {
			return err
		}
		if len(text) <= MaxSize {
			return nil
		}
		if !m.dropOldest() {
			return fmt.Errorf("receipt: %d bytes without any older snapshot, more than %d; name fewer ecosystems", len(text), MaxSize)
		}
	}
}

func (m *maker) dropOldest() bool {
	var oldest *Holding
	var at time.Time
	for i := range m.receipt.Ecosystems {
		h := &m.receipt.Ecosystems[i]
		if len(h.Kept) == 0 {
			continue
		}
		if t := m.ages[h.Name+" "+h.Kept[len(h.Kept)-1]]; oldest == nil || t.Before(at) {
			oldest, at = h, t
		}
	}
	if oldest == nil {
		return false
	}
	oldest.Kept = oldest.Kept[:len(oldest.Kept)-1]
	m.receipt.Dropped++
	return true
}

// prove looks for the objects of everything that is listed.
func (m *maker) prove(ctx context.Context, skip bool) (damaged []error, err error) {
	seen := &seen{}
	whole := func(name, id string) (bool, error) {
		err := complete(ctx, m.histories[name], m.objects, id, seen)
		if err == nil {
			return true, nil
		}
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		incomplete := &IncompleteError{name, id, err}
		if !skip {
			return false, incomplete
		}
		damaged = append(damaged, incomplete)
		return false, nil
	}
	for i := range m.receipt.Ecosystems {
		h := &m.receipt.Ecosystems[i]
		if h.Current != "" {
			ok, err := whole(h.Name, h.Current)
			if err != nil {
				return nil, err
			}
			if !ok {
				h.Current = ""
			}
		}
		var kept []string
		for _, id := range h.Kept {
			ok, err := whole(h.Name, id)
			if err != nil {
				return nil, err
			}
			if ok {
				kept = append(kept, id)
			}
		}
		h.Kept = kept
	}
	return damaged, nil
}
