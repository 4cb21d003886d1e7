package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
)

// Names yields the names of the objects, sorted, without looking at them: one may be
// something else than a file, which [Store.Stat] tells. Objects that come or
// go meanwhile may be missed or yielded. It reads folders and nothing else, which is
// much faster than [Store.All]. An error ends it.
func (s *Store) Names() iter.Seq2[ID, error] {
	return func(yield func(ID, error) bool) {
		var ids []ID
		for b := range 256 {
			home, err := s.shard(byte(b), false)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err == nil {
				ids, err = home.list(byte(b), ids[:0])
			}
			if err != nil {
				yield(ID{}, fmt.Errorf("%s/%02x: %w", objectFolder, b, err))
				return
			}
			for _, id := range ids {
				if !yield(id, nil) {
					return
				}
			}
		}
	}
}

// list appends the names of a folder's objects, sorted.
func (home *shard) list(b byte, ids []ID) ([]ID, error) {
	dir, err := home.root.Open(".")
	if err != nil {
		return ids, err
	}
	defer dir.Close()
	const atOnce = 4096 // names of a folder in memory
	for {
		names, err := dir.Readdirnames(atOnce)
		for _, name := range names {
			if id, err := ParseID(name); err == nil && id[0] == b {
				ids = append(ids, id)
			}
		}
		if len(names) == 0 {
			slices.SortFunc(ids, func(x, y ID) int { return slices.Compare(x[:], y[:]) })
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return ids, err
		}
	}
}

// RemoveAll removes objects, which are best sorted by name, and returns how many
// it has removed. An object that is not there is passed over. The removal is made durable
// in the end, folder by folder and not object by object. After an error, which names
// one object, it goes on with the others; only the end of ctx ends it.
//
// Trees that link to an object keep their copy. The caller holds the lock of the root and
// knows that nothing refers to the objects.
func (s *Store) RemoveAll(ctx context.Context, ids iter.Seq[ID]) (removed int, err error) {
	var homes []*shard
	failed := 0
	var first error
	for id := range ids {
		if ctx.Err() != nil {
			break
		}
		home, err := s.shard(id[0], false)
		if err == nil {
			err = home.root.Remove(id.String())
		}
		switch {
		case err == nil:
			removed++
			if len(homes) == 0 || homes[len(homes)-1] != home {
				homes = append(homes, home)
			}
		case !errors.Is(err, fs.ErrNotExist):
			if failed++; first == nil {
				first = failure("remove object", id.String(), err)
			}
		}
	}
	if failed > 1 {
		first = fmt.Errorf("%w (and %d more)", first, failed-1)
	}
	if err := s.syncRemoved(homes); first == nil {
		first = err
	}
	if first == nil {
		first = ctx.Err()
	}
	return removed, first
}

func (s *Store) syncRemoved(homes []*shard) error {
	if s.syncNamesTogether(homes) {
		return nil
	}
	errs := make([]error, len(homes))
	firstThenRest(len(homes), func(i int) {
		if err := SyncFolder(homes[i].dir); err != nil {
			errs[i] = failure("sync", homes[i].path, err)
		}
	})
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
