package store

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Link makes a hard link to an object: name, a single path element, in the open
// folder dir. One system call, where a path would cost one for each of its
// elements. The error wraps the system's: EXDEV, EPERM, EMLINK and
// [errors.ErrUnsupported] mean that a copy is needed.
func (s *Store) Link(id ID, dir *os.File, name string) error {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
		return fmt.Errorf("link to object %s: %q is not a single name", id, name)
	}
	home, err := s.shard(id[0], false)
	if err == nil {
		err = link(home, id.String(), dir, name)
	}
	if err != nil {
		return failure("link to object", id.String(), err)
	}
	return nil
}

// Stat describes the file of an object, for [os.SameFile].
func (s *Store) Stat(id ID) (fs.FileInfo, error) {
	home, err := s.shard(id[0], false)
	if err != nil {
		return nil, objectError(id, err)
	}
	info, err := home.root.Lstat(id.String())
	if err != nil {
		return nil, objectError(id, err)
	}
	return info, nil
}
