package store

import (
	"errors"
	"io/fs"
	"path"
)

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
