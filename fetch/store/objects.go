package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"time"
)

// Info describes an object as it lies on disk.
type Info struct {
	ID      ID
	Size    int64     // bytes
	ModTime time.Time // when it was written
}

// Put stores data, which costs nothing but a look when the store holds it.
func (s *Store) Put(ctx context.Context, data []byte) (ID, error) {
	id := ID(sha256.Sum256(data))
	if size, ok := s.Has(id); ok && size == int64(len(data)) {
		return id, nil
	}
	in, err := s.Create("")
	if err != nil {
		return ID{}, err
	}
	defer func() { _ = in.Discard() }()
	if _, err := io.Copy(in, bytes.NewReader(data)); err != nil {
		return ID{}, err
	}
	return in.Commit(ctx)
}

// All yields the objects, sorted by name. Files that are no objects are passed
// over. Objects that come or go meanwhile may be missed or yielded. An error ends it.
func (s *Store) All() iter.Seq2[Info, error] {
	return func(yield func(Info, error) bool) {
		for b := range 256 {
			home, err := s.shard(byte(b), false)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				yield(Info{}, fmt.Errorf("%s/%02x: %w", objectFolder, b, err))
				return
			}
			if !home.objects(byte(b), yield) {
				return
			}
		}
	}
}

func (home *shard) objects(b byte, yield func(Info, error) bool) bool {
	dir, err := home.root.Open(".")
	if err != nil {
		return yield(Info{}, fmt.Errorf("%s: %w", home.path, err))
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return yield(Info{}, fmt.Errorf("%s: %w", home.path, err))
	}
	slices.Sort(names)
	for _, name := range names {
		id, err := ParseID(name)
		if err != nil || id[0] != b {
			continue
		}
		info, err := home.root.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
			continue
		}
		if err != nil {
			yield(Info{}, objectError(id, err))
			return false
		}
		if !yield(Info{ID: id, Size: info.Size(), ModTime: info.ModTime()}, nil) {
			return false
		}
	}
	return true
}

// Remove removes an object. One that is not there gives an error that matches
// [fs.ErrNotExist]. Trees that link to it keep their copy.
func (s *Store) Remove(id ID) error {
	home, err := s.shard(id[0], false)
	if err == nil {
		err = home.root.Remove(id.String())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) && home != nil {
		err = home.root.RemoveAll(id.String()) // a folder lies there
	}
	if err != nil {
		return objectError(id, err)
	}
	return nil
}
