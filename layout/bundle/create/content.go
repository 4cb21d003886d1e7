package create

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
)

// source is a mirror root with its objects.
type source struct {
	root    *os.Root
	objects *store.Store
}

func (s *source) history(ecosystem string) (*layout.History, error) {
	return layout.OpenHistory(s.root, s.objects, ecosystem)
}

// name says which root an error is about, whose paths are relative to it.
func (s *source) name(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("mirror root %s: %w", s.root.Name(), err)
}

// current returns what a manifest says of the current snapshot of an ecosystem, whose list has
// become an object, and what that lacks.
func (s *source) current(ctx context.Context, ecosystem string) (e bundle.Ecosystem, missing []layout.Missing, err error) {
	h, err := s.history(ecosystem)
	if err != nil {
		return e, nil, err
	}
	id, err := h.CurrentID()
	if err == nil && id == "" {
		err = fmt.Errorf("%s: nothing has been published yet; run offmirror sync %s first", ecosystem, ecosystem)
	}
	if err != nil {
		return e, nil, err
	}
	header, err := h.Header(id)
	if err != nil {
		return e, nil, err
	}
	list, err := s.putList(ctx, ecosystem, id)
	if err != nil {
		return e, nil, err
	}
	confirmed, err := h.Confirmed()
	if err != nil {
		return e, nil, err
	}
	_, since, err := h.Published()
	if err != nil {
		return e, nil, err
	}
	e = bundle.Ecosystem{
		Name: ecosystem, Snapshot: id, Time: wholeSecond(header.Time),
		Published: wholeSecond(later(confirmed.Time, since)), Checked: wholeSecond(header.Time),
		Files: header.Files, Bytes: header.Bytes, List: list,
	}
	if confirmed.Snapshot == id {
		e.Checked = wholeSecond(confirmed.Time)
	}
	return e, header.Missing, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// wholeSecond is a time as manifests have it. They know none before 1970, where
// machines without a battery begin.
func wholeSecond(t time.Time) time.Time { return time.Unix(max(t.Unix(), 1), 0).UTC() }

// putList makes the file of a snapshot an object, from which a remake will have the very
// bytes, whatever becomes of the file.
func (s *source) putList(ctx context.Context, ecosystem, id string) (list bundle.Piece, err error) {
	name := "snapshots/" + ecosystem + "/" + id
	f, err := store.OpenRegular(s.root, name)
	if err != nil {
		return list, store.Failure("read", name, err)
	}
	defer f.Close()
	in, err := s.objects.Create("")
	if err != nil {
		return list, err
	}
	defer in.Discard()
	if list.Size, err = io.Copy(in, f); err != nil {
		return list, store.Failure("copy", name, err)
	}
	list.SHA256, err = in.Commit(ctx)
	return list, err
}

// gather returns the objects that a snapshot's list names, one that putList has stored or that
// a bundle had: the list must be of that ecosystem and snapshot.
func (s *source) gather(ctx context.Context, e bundle.Ecosystem, into *objects) error {
	f, err := s.objects.Open(e.List.SHA256)
	if err != nil {
		return err
	}
	defer f.Close()
	scan, err := layout.NewScanner(f)
	if err != nil {
		return &layout.DamagedError{Path: "snapshots/" + e.Name + "/" + e.Snapshot, Err: err}
	}
	defer scan.Close()
	if h := scan.Header(); h.ID != e.Snapshot || h.Ecosystem != e.Name {
		return fmt.Errorf("object %s is no list of snapshot %s of %s", e.List.SHA256, e.Snapshot, e.Name)
	}
	// An entry holds 32 bytes that cannot be compressed, unless its object comes again.
	into.all = slices.Grow(into.all, int(max(0, min(e.Files, e.List.Size/32))))
	for n := 0; scan.Next(); n++ {
		if at := scan.Entry(); !at.IsLink() {
			into.add(at.Object, at.Size)
		}
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if err := scan.Err(); err != nil {
		return &layout.DamagedError{Path: "snapshots/" + e.Name + "/" + e.Snapshot, Err: err}
	}
	return nil
}

// base is a snapshot that the receiver holds.
type base struct {
	id   string
	time time.Time
}

// bases returns those of ids that are kept here, newest first.
func (s *source) bases(ecosystem string, ids []string, notice func(string, ...any)) ([]base, error) {
	h, err := s.history(ecosystem)
	if err != nil {
		return nil, err
	}
	var known []base
	for _, id := range ids {
		header, err := h.Header(id)
		switch {
		case errors.Is(err, fs.ErrNotExist) || err == nil && header.ID != id:
			notice("%s: snapshot %.32s, which the receiver has, is not kept here and saves nothing", ecosystem, id)
		case err != nil:
			notice("%s: snapshot %.32s, which the receiver has, saves nothing: %v", ecosystem, id, err)
		default:
			known = append(known, base{id, header.Time})
		}
	}
	slices.SortFunc(known, func(a, b base) int { return cmp.Or(b.time.Compare(a.time), cmp.Compare(a.id, b.id)) })
	return slices.Compact(known), nil
}

// mark marks what a base names.
func (s *source) mark(ctx context.Context, ecosystem, id string, all *objects) (marks, error) {
	h, err := s.history(ecosystem)
	if err != nil {
		return nil, err
	}
	m := all.newMarks()
	n := 0
	_, err = h.Scan(id, func(e layout.Entry) error {
		if !e.IsLink() {
			if i, ok := all.find(e.Object); ok {
				m.set(i)
			}
		}
		if n++; n%4096 == 0 {
			return ctx.Err()
		}
		return nil
	})
	return m, err
}

// subtract drops what the bases name and returns, by ecosystem, the bases that this took: those
// that name nothing else than newer ones are not needed by the receiver.
func (s *source) subtract(ctx context.Context, known map[string][]base, all *objects, notice func(string, ...any)) (map[string][]string, error) {
	used := map[string][]string{}
	gone := all.newMarks()
	for _, ecosystem := range slices.Sorted(maps.Keys(known)) {
		for _, b := range known[ecosystem] {
			m, err := s.mark(ctx, ecosystem, b.id, all)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				notice("%s: snapshot %s, which the receiver has, saves nothing: %v", ecosystem, b.id, err)
				continue
			}
			if gone.join(m) {
				used[ecosystem] = append(used[ecosystem], b.id)
			}
		}
		slices.Sort(used[ecosystem])
	}
	all.drop(gone)
	return used, nil
}
