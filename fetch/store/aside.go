package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
)

// RemoveDamaged reads an object and removes it if its bytes are not those of its name, so that
// it can be written again. It leaves one alone that somebody has written meanwhile. The error
// is that of [Store.Check]: it matches [ErrDamaged] if the object was damaged, and is nil
// if it is right.
func (s *Store) RemoveDamaged(ctx context.Context, id ID) error {
	read, statErr := s.Stat(id)
	err := s.Check(ctx, id)
	if statErr != nil || !errors.Is(err, ErrDamaged) {
		return err
	}
	s.naming.Lock()
	defer s.naming.Unlock()
	if now, err := s.Stat(id); err != nil || !os.SameFile(read, now) {
		return errors.Join(ErrDamaged, err)
	}
	if removal := s.Remove(id); removal != nil {
		return removal
	}
	return err
}

// SetAside moves whatever has the name of an object to another path of ROOT, whose
// folder exists, durably: a damaged object, or a pipe in its place. If nothing has it, the
// error matches [fs.ErrNotExist].
func (s *Store) SetAside(id ID, to string) error {
	from := s.Path(id)
	if _, err := s.root.Lstat(from); err != nil {
		return objectError(id, err)
	}
	err := s.root.Rename(from, to)
	for _, folder := range []string{path.Dir(to), path.Dir(from)} { // two names rather than none
		if err == nil {
			err = syncFolderAt(s.root, folder)
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return failure("put aside", from, err)
	}
	return err
}
