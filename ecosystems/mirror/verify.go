package mirror

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
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
// SHA-256, every file of the tree by being that object, and, if driver is a
// [ecosystems.Prover], all of it by the ecosystem's own identities. It changes
// nothing and runs beside a sync. Damage is not an error.
func (m *Mirror) Verify(ctx context.Context, ecosystem string, driver ecosystems.Driver, opts VerifyOptions) (*Verification, error) {
	history, err := m.History(ecosystem)
	if err != nil {
		return nil, err
	}
	snapshot, err := history.Current()
	if err != nil {
		return nil, err
	}
	if snapshot == nil {
		return nil, fmt.Errorf("%s: nothing published in this root: run offmirror sync %s", ecosystem, ecosystem)
	}
	v := &verifier{m: m, Verification: &Verification{Ecosystem: ecosystem, Snapshot: snapshot.ID}, bad: map[store.ID]string{}}
	if err := v.objects(ctx, snapshot, opts.Quick); err != nil {
		return nil, err
	}
	if err := v.tree(ctx, snapshot, opts.Quick); err != nil {
		return nil, err
	}
	if prover, ok := driver.(ecosystems.Prover); ok && !opts.Quick {
		for p, err := range prover.Prove(ctx, soundView{snapshot, v.bad}) {
			if ctx.Err() != nil {
				return nil, ctx.Err()
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

// objects checks each distinct object once and blames every path that needs it.
func (v *verifier) objects(ctx context.Context, snapshot *layout.Snapshot, quick bool) error {
	seen := map[store.ID]bool{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for e := range snapshot.All("") {
		v.Files++
		if seen[e.Object] {
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

// tree compares the published tree with the snapshot. A file that is the store's
// own inode was checked with its object; only others are read.
func (v *verifier) tree(ctx context.Context, snapshot *layout.Snapshot, quick bool) error {
	tree, err := v.m.root.OpenRoot(v.Ecosystem)
	if err != nil {
		v.damage(".", err.Error())
		return nil
	}
	defer tree.Close()
	for e := range snapshot.All("") {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := v.treeFile(tree, e, quick); err != nil {
			v.damage(e.Path, err.Error())
		}
	}
	return fs.WalkDir(tree.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			v.damage(p, err.Error())
			return nil
		}
		if _, ok := snapshot.Lookup(p); !ok && !d.IsDir() {
			v.damage(p, "foreign file: the snapshot does not name it")
		}
		return ctx.Err()
	})
}

func (v *verifier) treeFile(tree *os.Root, e layout.Entry, quick bool) error {
	info, err := tree.Lstat(e.Path)
	switch {
	case err != nil:
		return fmt.Errorf("missing in the tree: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("not a regular file in the tree but %s", info.Mode().Type())
	case info.Size() != e.Size:
		return fmt.Errorf("%d bytes in the tree instead of %d", info.Size(), e.Size)
	case quick:
		return nil
	}
	object, err := v.m.root.Lstat(path.Clean(v.m.store.Path(e.Object)))
	if err == nil && os.SameFile(info, object) {
		return nil
	}
	f, err := tree.Open(e.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if id := store.ID(sum.Sum(nil)); id != e.Object {
		return fmt.Errorf("damaged in the tree: its bytes are %s instead of %s", id, e.Object)
	}
	return nil
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
