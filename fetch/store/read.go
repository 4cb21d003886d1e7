package store

import "fmt"

// ReadSmall reads an object that has exactly so many bytes as fit into b, in a handful of
// system calls, and proves nothing else: see [Store.Check]. The stamp is that of the file which
// was read. An object of another size gives an error that matches [ErrDamaged], a missing one
// that matches [fs.ErrNotExist].
func (s *Store) ReadSmall(id ID, b []byte) (Stamp, error) {
	home, err := s.shard(id[0], false)
	if err != nil {
		return Stamp{}, objectError(id, err)
	}
	f, stamp, err := openBare(home, id.String())
	if err != nil {
		return Stamp{}, objectError(id, err)
	}
	defer f.Close()
	n := 0
	if stamp.Size == int64(len(b)) {
		if n, err = readFull(f, b); err != nil {
			return Stamp{}, objectError(id, err)
		}
	}
	if stamp.Size != int64(len(b)) || n < len(b) {
		return Stamp{}, fmt.Errorf("object %s is %w: it has %d bytes instead of %d", id, ErrDamaged, stamp.Size, len(b))
	}
	return stamp, nil
}
