package mirror

import "github.com/offmirror/offmirror/layout"

// Lock takes the lock of the root for changes that are made through
// [Mirror.History]. The error says who has it, and matches [layout.ErrLocked].
func (m *Mirror) Lock() (unlock func(), err error) {
	lock, err := layout.Lock(m.root)
	if err != nil {
		return nil, err
	}
	return func() { _ = lock.Unlock() }, nil
}
