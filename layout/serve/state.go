package serve

import (
	"errors"
	"time"

	"github.com/offmirror/offmirror/layout"
)

// State is how an ecosystem of a site stands.
type State struct {
	Ecosystem string
	Snapshot  string    // the id of what is served; "" if that is nothing
	Taken     time.Time // when it was made
	Since     time.Time // when it was published
	Files     int64
	Bytes     int64
	Err       error // why what is published cannot be served, or not the newest
}

// State returns how each ecosystem stands that the mirror holds, by name. What has been
// published is read, if it has not been yet, which is how a server gets ready before its
// first client comes.
func (s *Site) State() ([]State, error) {
	names, err := layout.Ecosystems(s.root)
	if err != nil {
		return nil, err
	}
	var states []State
	for _, name := range names {
		m := s.mount(name)
		if m == nil {
			continue
		}
		p, err := m.current()
		if p == nil && err == nil || p != nil && p.handler == nil {
			continue // nothing there, or nothing that is served
		}
		state := State{Ecosystem: name, Err: err}
		if p != nil {
			state.Snapshot, state.Taken, state.Since = p.ID, p.Time, p.since
			state.Files, state.Bytes = p.Files, p.Bytes
			state.Err = m.unread(err)
		}
		states = append(states, state)
	}
	return states, nil
}

// unread returns why what is published now is not what is served, or err.
func (m *mount) unread(err error) error {
	id, idErr := m.watch.ID()
	if err != nil || idErr != nil || !m.loading.TryLock() { // it is being read: nothing is wrong yet
		return errors.Join(err, idErr)
	}
	defer m.loading.Unlock()
	if m.failed != "" && m.failed == id {
		return m.why
	}
	return nil
}
