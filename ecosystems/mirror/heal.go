package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"

	"github.com/offmirror/offmirror/ecosystems"
)

// heal prepares a deep run to mend what is published. Objects that are missing or
// are not of their size are put aside, so that they are fetched again; if there are
// any, or if the list of them cannot be read, the driver plans every file anew, and
// what the store does hold is still not fetched. Trees that are not as they should
// be are compared with the store in the end.
//
// Objects are not read: that is what verify is for, and one that it names is
// healed once it is removed.
func (s *session) heal(ctx context.Context) error {
	if !s.job.Selection.Deep {
		return nil
	}
	current, err := s.history.CurrentID()
	if err != nil {
		s.afresh, s.mend = true, true
		s.healing(err.Error())
	}
	for _, id := range slices.Compact([]string{current, s.state.base}) { // the driver carries over from the second
		if id == "" {
			continue
		}
		if err := s.healSnapshot(ctx, id); err != nil {
			return err
		}
	}
	if current == "" {
		return nil
	}
	wrong := 0
	for _, check := range []func(context.Context) iter.Seq2[string, error]{s.history.CheckTree, s.history.CheckSpare} {
		for path, err := range check(ctx) {
			if wrong++; ctx.Err() != nil {
				return ctx.Err()
			}
			s.m.cfg.Logger.Debug(path, "error", err)
		}
	}
	if wrong > 0 && !s.mend {
		s.mend = true
		s.healing(fmt.Sprintf("%d files of the trees are not as they should be; they are made again", wrong))
	}
	return nil
}

func (s *session) healSnapshot(ctx context.Context, id string) error {
	snapshot, err := s.history.Load(id)
	if err != nil {
		s.afresh, s.mend = true, true
		s.healing(err.Error() + "; it is written again")
		return nil
	}
	lost := 0
	for e := range snapshot.All("") {
		if size, ok := s.m.store.Has(e.Object); e.IsLink() || ok && size == e.Size {
			continue
		}
		lost++
		if err := s.m.store.Remove(e.Object); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if lost > 0 {
		s.afresh, s.mend = true, true
		s.healing(fmt.Sprintf("%d files of the current snapshot are lost or damaged; they are fetched again", lost))
	}
	return nil
}

func (s *session) healing(text string) { s.notice(ecosystems.Notice{Kind: "healing", Text: text}) }
