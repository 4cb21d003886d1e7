package layout

import (
	"errors"
	"fmt"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
)

// Snapshot is a complete list of an ecosystem's tree, with the store that holds
// its objects. It implements [View] and never changes.
type Snapshot struct {
	Header
	*List
	objects *store.Store
}

var (
	_ View  = (*Snapshot)(nil)
	_ Dated = (*Snapshot)(nil)
)

// Open opens the object of an entry. An object that is not in the store, or that
// has another size than the entry says, is an error, and so is a link: see [Follow].
func (s *Snapshot) Open(e Entry) (File, error) {
	if e.IsLink() {
		return nil, fmt.Errorf("%s: is a link to %s, not a file", e.Path, e.Link)
	}
	if s.objects == nil {
		return nil, errors.New("snapshot without a store")
	}
	f, err := s.objects.Open(e.Object)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Path, err)
	}
	info, err := f.Stat()
	if err == nil && info.Size() != e.Size {
		err = fmt.Errorf("object %s is %w: it has %d bytes instead of %d", e.Object, store.ErrDamaged, info.Size(), e.Size)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", e.Path, err)
	}
	return f, nil
}

// Locate returns where the object of an entry lies on this machine, for programs
// that are given files by name. They must not change it.
func (s *Snapshot) Locate(e Entry) (string, error) {
	if s.objects == nil {
		return "", errors.New("snapshot without a store")
	}
	if e.IsLink() {
		return "", fmt.Errorf("%s: is a link to %s, not a file", e.Path, e.Link)
	}
	return s.objects.Locate(e.Object)
}

// Modified returns when the content was first complete.
func (s *Snapshot) Modified() time.Time { return s.Time }
