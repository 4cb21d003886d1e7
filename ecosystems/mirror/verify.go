package mirror

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// VerifyOptions say how thorough a verification is.
type VerifyOptions struct {
	Quick bool // compare sizes only
}

// Verification is what a verification found.
type Verification struct {
	Ecosystem string   `json:"ecosystem"`
	Snapshot  string   `json:"snapshot"`
	Files     int      `json:"files"`
	Bytes     int64    `json:"bytes"` // read and hashed, each object once
	Damage    []Damage `json:"damage,omitempty"`
}

// Damage is one thing that is not as it should be.
type Damage struct {
	Path  string `json:"path"` // native path
	Error string `json:"error"`
}

// Verify proves the published snapshot and its tree: every object by its
// SHA-256, every file of the tree by being that object, every symbolic link by
// its target, and, if driver is a
// [ecosystems.Prover], all of it by the ecosystem's own identities. It changes
// nothing and runs beside a sync. Damage is not an error.
func (m *Mirror) Verify(ctx context.Context, ecosystem string, driver ecosystems.Driver, opts VerifyOptions) (*Verification, error) {
	history, err := m.History(ecosystem)
	if err != nil {
		return nil, err
	}
	id, err := history.CurrentID()
	if err == nil && id == "" {
		return nil, fmt.Errorf("%s: nothing published in this root: run offmirror sync %s", ecosystem, ecosystem)
	}
	v := &verifier{m: m, Verification: &Verification{Ecosystem: ecosystem, Snapshot: id}, bad: map[store.ID]string{}}
	if err != nil { // nothing can be compared with it
		v.damage("snapshots/"+ecosystem+"/current", err.Error())
		return v.Verification, nil
	}
	snapshot, err := history.Load(id)
	if err != nil {
		v.damage("snapshots/"+ecosystem+"/"+id, err.Error())
		return v.Verification, nil
	}
	if err := v.objects(ctx, snapshot, opts.Quick); err != nil {
		return nil, err
	}
	for e, end := range snapshot.Dangling() {
		v.damage(e.Path, danglingError(snapshot.List, e, end).Error())
	}
	if err := v.tree(ctx, history); err != nil {
		return nil, err
	}
	if prover, ok := driver.(ecosystems.Prover); ok && !opts.Quick {
		for p, err := range prover.Prove(ctx, soundView{snapshot, v.bad}) {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if v.blamed(snapshot, p) {
				continue // the driver does not see it, and calls it missing
			}
			v.damage(p, err.Error())
		}
	}
	slices.SortFunc(v.Damage, func(a, b Damage) int { return strings.Compare(a.Path+"\x00"+a.Error, b.Path+"\x00"+b.Error) })
	return v.Verification, nil
}

type verifier struct {
	m *Mirror
	*Verification
	mu  sync.Mutex
	bad map[store.ID]string // objects that are not what their name says
}

func (v *verifier) damage(p, what string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.Damage = append(v.Damage, Damage{Path: p, Error: what})
}

// blamed reports whether the object of a file has been found damaged.
func (v *verifier) blamed(snapshot *layout.Snapshot, p string) bool {
	e, ok := snapshot.Lookup(p)
	_, bad := v.bad[e.Object]
	return ok && bad
}

// objects checks each distinct object once and blames every path that needs it.
func (v *verifier) objects(ctx context.Context, snapshot *layout.Snapshot, quick bool) error {
	seen := map[store.ID]bool{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for e := range snapshot.All("") {
		v.Files++
		if e.IsLink() || seen[e.Object] {
			continue
		}
		seen[e.Object] = true
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			err := v.object(ctx, e, quick)
			if err != nil && ctx.Err() == nil {
				v.mu.Lock()
				v.bad[e.Object] = err.Error()
				v.mu.Unlock()
			}
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if len(v.bad) > 0 {
		for e := range snapshot.All("") {
			if what, bad := v.bad[e.Object]; bad {
				v.damage(e.Path, what)
			}
		}
	}
	return nil
}

func (v *verifier) object(ctx context.Context, e layout.Entry, quick bool) error {
	size, ok := v.m.store.Has(e.Object)
	if !ok {
		return fmt.Errorf("its object %s is not in the store", e.Object)
	}
	if size != e.Size {
		return fmt.Errorf("its object %s has %d bytes instead of %d", e.Object, size, e.Size)
	}
	if quick {
		return nil
	}
	v.mu.Lock()
	v.Bytes += size
	v.mu.Unlock()
	return v.m.store.Check(ctx, e.Object)
}

// tree checks the published tree. What a publication beside it made it see does
// not count.
func (v *verifier) tree(ctx context.Context, history *layout.History) error {
	for {
		before, err := history.CurrentID()
		if err != nil {
			return err
		}
		var found []Damage
		for p, err := range history.CheckTree(ctx) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			found = append(found, Damage{Path: p, Error: err.Error()})
		}
		after, err := history.CurrentID()
		if err != nil {
			return err
		}
		if len(found) == 0 || before == after {
			v.Damage = append(v.Damage, found...)
			return nil
		}
	}
}

// soundView hides the entries whose objects are damaged: they are reported already.
type soundView struct {
	layout.View
	bad map[store.ID]string
}

func (v soundView) Lookup(p string) (layout.Entry, bool) {
	e, ok := v.View.Lookup(p)
	_, bad := v.bad[e.Object]
	return e, ok && !bad
}

func (v soundView) All(prefix string) iter.Seq[layout.Entry] {
	return func(yield func(layout.Entry) bool) {
		for e := range v.View.All(prefix) {
			if _, bad := v.bad[e.Object]; !bad && !yield(e) {
				return
			}
		}
	}
}
