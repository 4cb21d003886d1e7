package apply

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

// remember writes down what this call may leave in the store that no snapshot names.
func (a *application) remember() error {
	if a.state != nil && a.state.Manifest == string(a.bundle.File) {
		return a.noteUnlisted()
	}
	s := &applying{
		Format: applyingFormat, Manifest: string(a.bundle.File), Signature: a.bundle.Signature,
		Keep: []store.ID{}, Ours: []store.ID{}, Taken: []int{},
	}
	keep := func(p bundle.Piece) {
		s.Keep = append(s.Keep, p.SHA256)
		if _, ok := a.objects.Has(p.SHA256); !ok {
			s.Ours = append(s.Ours, p.SHA256)
		}
	}
	for _, e := range a.bundle.Manifest.Ecosystems {
		keep(e.List)
	}
	for _, split := range a.bundle.Manifest.Splits {
		for _, p := range split.Pieces {
			keep(p)
		}
	}
	if a.needs == nil {
		s.Unlisted = now()
	}
	a.step(StepRemember)
	if err := s.save(a.root, a.name); err != nil {
		return err
	}
	a.state = s
	return nil
}

// noteUnlisted writes down since when objects come without lists, if a clock was put
// back or a list lost meanwhile.
func (a *application) noteUnlisted() error {
	at := now()
	if a.needs != nil || !a.state.Unlisted.IsZero() && !at.Before(a.state.Unlisted) {
		return nil
	}
	a.state.Unlisted = at
	return a.state.save(a.root, a.name)
}

func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// noteTaken writes down which volumes need not be brought again.
func (a *application) noteTaken() error {
	news := a.needs != nil && !a.state.Unlisted.IsZero()
	if news {
		a.state.Unlisted = time.Time{}
	}
	for _, v := range a.bundle.Volumes {
		whole := v.Err == nil && !slices.ContainsFunc(a.result.Damage, func(d read.Damage) bool { return d.Volume == v.Number })
		if whole && !slices.Contains(a.state.Taken, v.Number) {
			a.state.Taken = append(a.state.Taken, v.Number)
			news = true
		}
	}
	if !news {
		return nil
	}
	slices.Sort(a.state.Taken)
	return a.state.save(a.root, a.name)
}

// wanted returns the volumes that are to be brought: those that are neither here nor taken,
// or else, if something has been lost meanwhile, all that are not here.
func (a *application) wanted() []int {
	if a.state == nil {
		return a.result.Missing
	}
	rest := slices.DeleteFunc(slices.Clone(a.result.Missing), func(n int) bool { return slices.Contains(a.state.Taken, n) })
	if len(rest) == 0 {
		return a.result.Missing
	}
	return rest
}

// publish makes everything that has arrived what the mirror shows.
func (a *application) publish(ctx context.Context) error {
	for _, j := range a.jobs {
		a.step(StepAdopt)
		if err := j.history.Obstacle(); err != nil {
			return err
		}
		header, err := j.history.AdoptFile(ctx, j.list)
		if err != nil {
			return err
		}
		if header.ID != j.Snapshot {
			return fmt.Errorf("bundle %s: list of %s: it is snapshot %s, not %s", a.name, j.Name, header.ID, j.Snapshot)
		}
	}
	for _, j := range a.jobs {
		a.step(StepPrepare)
		s, err := j.history.Load(j.Snapshot)
		if err != nil {
			return err
		}
		if err := j.history.Prepare(ctx, s); err != nil {
			return err
		}
	}
	a.state.Publishing, a.state.Before = true, make(map[string]served)
	for _, j := range a.jobs {
		is, err := servedNow(j.history)
		if err != nil {
			return err
		}
		a.state.Before[j.Name] = is
	}
	if err := a.state.save(a.root, a.name); err != nil {
		return err
	}
	a.step(StepCommit)
	return a.conclude(ctx)
}

// conclude remembers that the bundle is applied, swaps the links that are left, and
// cleans up.
func (a *application) conclude(ctx context.Context) error {
	if a.DryRun {
		return nil
	}
	if err := a.trusted.Accept(a.result.Decision); err != nil {
		return err
	}
	news := false
	for _, e := range a.bundle.Manifest.Ecosystems {
		news = a.applied.take(a.name, e) || news
	}
	if news {
		if err := a.applied.save(a.root); err != nil {
			return err
		}
	}
	for _, j := range a.jobs {
		a.step(StepSwap)
		if err := publishOne(ctx, j.history, j.Snapshot); err != nil {
			return err
		}
	}
	a.result.Published = len(a.jobs) > 0
	for _, e := range a.bundle.Manifest.Ecosystems {
		if err := a.confirm(e); err != nil {
			return err
		}
	}
	a.step(StepForget)
	if err := a.forget(ctx, a.name, a.state); err != nil {
		return err
	}
	if err := a.forgetOverdue(ctx); err != nil {
		return err
	}
	a.step(StepDone)
	return nil
}

func publishOne(ctx context.Context, h *layout.History, id string) error {
	s, err := h.Load(id)
	if err != nil {
		return err
	}
	return h.Publish(ctx, s)
}

// confirm passes on that the snapshot was all that upstream had when the sender asked.
func (a *application) confirm(e bundle.Ecosystem) error {
	h, err := layout.OpenHistory(a.root, a.objects, e.Name)
	if err != nil {
		return err
	}
	last, err := h.Confirmed()
	if err == nil && last.Snapshot == e.Snapshot && !e.Checked.After(last.Time) {
		return nil
	}
	return h.Confirm(e.Snapshot, e.Checked) // one that cannot be read is written anew
}

// forget removes what was remembered of a bundle, and its lists and pieces.
func (a *application) forget(ctx context.Context, name string, s *applying) error {
	if s == nil {
		return nil
	}
	m, err := bundle.Parse([]byte(s.Manifest))
	if err != nil {
		return fmt.Errorf("%s: %w", applyingPath(name), err)
	}
	named, sure, err := a.needed(ctx, name, m, s.Ours)
	if err != nil {
		return err
	}
	return s.forget(a.root, a.objects, name, func(id store.ID) bool { return !sure || named[id] })
}

// finishOthers publishes the bundles that were about to be published when a process died,
// before another one is applied.
func (a *application) finishOthers(ctx context.Context) error {
	names, err := Applying(a.root)
	if err != nil {
		return err
	}
	for _, name := range names {
		s, err := loadApplying(a.root, name)
		if err != nil || name == a.name || !s.Publishing {
			if err != nil {
				return err
			}
			continue
		}
		if err := a.finish(ctx, name, s); err != nil {
			return fmt.Errorf("finishing bundle %s, which was interrupted: %w", name, err)
		}
	}
	return nil
}

// finish swaps the links that are left of a bundle, but for ecosystems of which something else has
// been published since.
func (a *application) finish(ctx context.Context, name string, s *applying) error {
	m, err := bundle.Parse([]byte(s.Manifest))
	if err != nil {
		return err
	}
	for _, e := range m.Ecosystems {
		if last := a.applied[e.Name]; last.Bundle != name || last.Snapshot != e.Snapshot {
			continue // a newer one has come since, or this one had not come so far
		}
		h, err := layout.OpenHistory(a.root, a.objects, e.Name)
		if err != nil {
			return err
		}
		if overtaken, err := s.overtaken(h, e.Snapshot); err != nil || overtaken {
			if err != nil {
				return err
			}
			continue // somebody has gone back, say, and that is not to be undone
		}
		if err := publishOne(ctx, h, e.Snapshot); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				continue // somebody has forgotten it
			}
			return err
		}
		if err := a.confirm(e); err != nil {
			return err
		}
	}
	return a.forget(ctx, name, s)
}

// forgetOverdue forgets bundles of which some volumes were taken and that would be refused
// now, because newer ones have come.
func (a *application) forgetOverdue(ctx context.Context) error {
	names, err := Applying(a.root)
	if err != nil {
		return err
	}
	for _, name := range names {
		s, err := loadApplying(a.root, name)
		if err != nil || s.Publishing {
			continue // one that cannot be read is told of when it is applied
		}
		m, err := bundle.Parse([]byte(s.Manifest))
		if err != nil || !slices.ContainsFunc(m.Ecosystems, func(e bundle.Ecosystem) bool { return a.applied.replay(name, e) != nil }) {
			continue
		}
		if err := a.forget(ctx, name, s); err != nil {
			return err
		}
	}
	return nil
}
