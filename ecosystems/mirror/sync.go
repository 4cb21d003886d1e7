package mirror

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/retention"
)

// Job is one ecosystem to work on.
type Job struct {
	Ecosystem ecosystems.Ecosystem
	Driver    ecosystems.Driver
	Options   any // what Driver was made from; recorded in the snapshot
	Selection ecosystems.Selection
}

// Sync brings one ecosystem up to date and publishes it.
//
// The report is meaningful with an error too, and is kept in the root. The error
// is an [*Incomplete] when items failed for now. It is not an error that items are
// absent for good, or with [ecosystems.Selection.AllowPartial] that items failed:
// Report.Missing lists them.
func (m *Mirror) Sync(ctx context.Context, job Job) (report Report, err error) {
	defer m.locate(&err)
	report = Report{Ecosystem: job.Ecosystem.Name, Started: m.cfg.Now()}
	lock, err := layout.Lock(m.root)
	if err != nil {
		return report, err
	}
	defer lock.Unlock()
	if err := m.store.Sweep(); err != nil {
		return report, err
	}
	m.regret(nil, "gc may remove what this run fetches if it does not come to its end",
		retention.Begin(m.root, job.Ecosystem.Name, report.Started))
	err = m.sync(ctx, job, &report)
	if err == nil {
		m.regret(nil, "gc keeps more than it needs to", retention.Finish(m.root, job.Ecosystem.Name))
	}
	report.Ended = m.cfg.Now()
	if err != nil {
		report.Error = err.Error()
	}
	m.regret(err, "the report of this run is not kept", m.writeReport(report))
	return report, err
}

func (m *Mirror) sync(ctx context.Context, job Job, report *Report) error {
	s, err := m.newSession(job, report.Started)
	if err != nil {
		return err
	}
	if err := s.history.Obstacle(); err != nil {
		return errors.Join(fmt.Errorf("mirror root %s: %w", m.root.Name(), err), s.close())
	}
	if err := s.heal(ctx); err != nil {
		return errors.Join(err, s.close())
	}
	m.run.Store(s.run)
	defer m.run.Store(nil)
	err = s.reason(s.gather(ctx))
	if s.afresh && errors.Is(err, ecosystems.ErrUnchanged) {
		s.state.forget() // nothing went back in time, so the driver need not guard against that
		s.run = s.newRun()
		m.run.Store(s.run)
		err = s.reason(s.gather(ctx))
	}
	report.Notices = s.notices
	report.account(s.engine.Stats())
	m.regret(err, "what was learned of upstreams is not kept", s.close())
	switch {
	case err == nil:
		err = s.publish(ctx, report)
	case errors.Is(err, ecosystems.ErrUnchanged):
		err = s.unchanged(ctx, report)
	}
	if err == nil && s.mend {
		err = s.history.Rebuild(ctx)
	}
	return err
}

// gather drives the plan to its end, with every item arrived or failed. When it
// returns, nothing is under way any more.
func (s *session) gather(ctx context.Context) error {
	ctx = s.begin(ctx)
	defer s.run.close()
	defer s.run.pending.Wait()
	defer s.cancel()
	for item, err := range s.job.Driver.Plan(ctx, s.input()) {
		if err == nil {
			err = s.run.accept(ctx, item)
		}
		if err != nil {
			return err
		}
	}
	return s.run.wait(ctx)
}

// unchanged ends a run that found upstream as it was. A snapshot that lacks items
// goes on lacking them; one that was rolled back from is published again, and so
// is one whose links somebody removed.
func (s *session) unchanged(ctx context.Context, report *Report) error {
	current, err := s.history.CurrentID()
	if err != nil {
		return err
	}
	id := cmp.Or(s.state.base, current)
	if id != current || !s.shown(id) {
		snapshot, err := s.history.Load(id)
		if err != nil {
			return err
		}
		if err := s.show(ctx, snapshot); err != nil {
			return err
		}
	}
	header, err := s.history.Header(id)
	if err != nil {
		return err
	}
	report.describe(header)
	report.Published = id != current
	report.Unchanged = !report.Published
	s.m.regret(nil, "the next run will ask for more than it needs", s.state.commit(id))
	s.confirm(id)
	return nil
}

// confirm remembers that upstream had nothing else when the run began, which is all
// that tells a mirror of a quiet upstream from a frozen one.
func (s *session) confirm(id string) {
	s.m.regret(nil, "the mirror will look older than it is", s.history.Confirm(id, s.started))
}

// shown reports whether both links lead to a snapshot.
func (s *session) shown(id string) bool {
	if _, err := s.m.root.Stat(s.history.Ecosystem()); err != nil {
		return false
	}
	current, err := s.history.CurrentID()
	linked, _, linkErr := s.history.Published()
	return err == nil && linkErr == nil && current == id && linked == id
}

// show publishes a snapshot. What goes wrong when readers see it already does no
// harm, and the next publication makes up for it.
func (s *session) show(ctx context.Context, snapshot *layout.Snapshot) error {
	err := s.history.Publish(ctx, snapshot)
	if err == nil || ctx.Err() != nil || !s.shown(snapshot.ID) {
		return err
	}
	s.m.regret(nil, "the next publication will take longer", err)
	return nil
}

// publish makes a snapshot of what arrived and shows it to readers.
func (s *session) publish(ctx context.Context, report *Report) error {
	entries, absent, failures := s.run.outcome()
	if len(failures) > 0 && !s.job.Selection.AllowPartial {
		return &Incomplete{Ecosystem: s.job.Ecosystem.Name, Failures: failures}
	}
	if len(entries) == 0 {
		return fmt.Errorf("%s: the selection is empty, nothing published: see offmirror plan %s", s.job.Ecosystem.Name, s.job.Ecosystem.Name)
	}
	config, exact, err := recordedOptions(s.job.Options)
	if err != nil {
		return err
	}
	if err := rememberOptions(s.m.root, s.job.Ecosystem.Name, config, exact); err != nil {
		return err
	}
	header := layout.Header{Time: s.started, Config: config, Upstream: s.recorded, Missing: missing(append(absent, failures...))}
	before, err := s.history.CurrentID()
	if err != nil {
		return err
	}
	snapshot, err := s.history.Write(ctx, header, slices.Values(entries))
	if err != nil {
		return err
	}
	if err := s.show(ctx, snapshot); err != nil {
		return err
	}
	report.describe(snapshot.Header)
	report.Published = before != snapshot.ID
	report.Unchanged = !report.Published
	s.m.regret(nil, "the next run will ask for more than it needs", s.state.commit(snapshot.ID))
	s.confirm(snapshot.ID)
	return nil
}
