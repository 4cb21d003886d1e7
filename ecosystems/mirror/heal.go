package mirror

import (
	"context"
	"fmt"

	"github.com/offmirror/offmirror/ecosystems"
)

// heal prepares a deep run to fetch again what the store has lost. Objects of the
// current snapshot that are missing, or are not of their size, are put aside; if
// there are any the driver plans as for the first time, and what the store does
// hold is still not fetched. Bytes are not read: that is what verify is for, and
// an object that it names is healed once it is removed.
func (s *session) heal() error {
	if !s.job.Selection.Deep {
		return nil
	}
	current, err := s.history.Current()
	if err != nil || current == nil {
		return err
	}
	lost := 0
	for e := range current.All("") {
		size, ok := s.m.store.Has(e.Object)
		if ok && size == e.Size {
			continue
		}
		if ok {
			if err := s.m.store.Remove(e.Object); err != nil {
				return err
			}
		}
		lost++
	}
	if s.healing = lost > 0; s.healing {
		s.notice(ecosystems.Notice{Kind: "healing", Text: fmt.Sprintf("%d files of the current snapshot are lost or damaged; they are fetched again", lost)})
	}
	return nil
}

// healed makes the trees show what was fetched again: a snapshot of the same
// content is no difference that a publication would see.
func (s *session) healed(ctx context.Context) error {
	if !s.healing {
		return nil
	}
	return s.history.Rebuild(ctx)
}
