package mirror

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// session is what a plan of one ecosystem works with, be it for sync or for plan.
type session struct {
	m       *Mirror
	job     Job
	started time.Time
	engine  *fetch.Engine
	history *layout.History
	run     *run
	room    *room
	state   *driverState
	pulled  []layout.Entry // what clients asked for

	// Of a repair: what may be fetched; nil: everything.
	only func(path string, q fetch.Request) bool

	// Found by heal:
	afresh bool // nothing is carried over
	mend   bool // the trees are to be compared with the store

	mu       sync.Mutex
	notices  []ecosystems.Notice
	recorded json.RawMessage // what the driver says upstream was
	gitRoot  *os.Root        // store/git, once somebody needs it
	gitSwept bool
	failure  error // of this machine, which ended the run
	cancel   context.CancelFunc
}

// begin returns the context of a plan. What follows a failure of this machine
// (the disk is full, say) would fail as well, so that ends it.
func (s *session) begin(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	s.cancel = cancel
	return ctx
}

// abort ends the plan. The first reason holds.
func (s *session) abort(reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure == nil {
		s.failure = reason
		s.cancel()
	}
}

// reason returns why a plan that returned err really ended.
func (s *session) reason(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cmp.Or(s.failure, err)
}

func (m *Mirror) newSession(job Job, started time.Time) (*session, error) {
	if err := m.root.MkdirAll("state", 0o755); err != nil {
		return nil, store.Failure("make the folder", "state", err)
	}
	history, err := m.History(job.Ecosystem.Name)
	if err != nil {
		return nil, err
	}
	space, err := newRoom(m)
	if err != nil {
		return nil, err
	}
	state, err := openState(m.root, job.Ecosystem.Name, func(id string) bool {
		_, err := history.Header(id)
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	s := &session{m: m, job: job, started: started, history: history, room: space, state: state}
	if s.engine, err = m.newEngine(job.Driver, s.observe); err != nil {
		return nil, err
	}
	s.run = s.newRun()
	if s.pulled, err = s.wantedPulled(); err != nil {
		return nil, errors.Join(err, s.engine.Close())
	}
	return s, nil
}

func (s *session) newRun() *run {
	r := newRun(s.engine, s.m.store, s.room, s.m.cfg.Fetch.Concurrency)
	if s.run != nil {
		r.pulled = s.run.pulled
	}
	r.abort, r.tempDir, r.only = s.abort, s.m.cfg.Fetch.TempDir, s.only
	previous := sync.OnceValue(s.previous)
	r.vouched = func(path string, o fetch.Object) bool {
		view := previous()
		if view == nil {
			return false
		}
		e, ok := view.Lookup(path)
		return ok && e.Object == o.ID && e.Size == o.Size
	}
	return r
}

// newEngine makes the engine of one run, with the driver's credentials.
func (m *Mirror) newEngine(driver ecosystems.Driver, observe func(fetch.Event)) (*fetch.Engine, error) {
	state, err := m.root.OpenRoot("state")
	if err != nil {
		return nil, err
	}
	return m.engineIn(state, m.store, driver, observe)
}

// engineIn makes an engine whose memory is in a folder, which is closed if that fails.
func (m *Mirror) engineIn(state *os.Root, objects *store.Store, driver ecosystems.Driver, observe func(fetch.Event)) (*fetch.Engine, error) {
	engine, err := fetch.New(m.cfg.Fetch, objects, state, fetch.WithObserver(observe), fetch.WithVersion(cmp.Or(m.cfg.Version, "devel")))
	if err != nil {
		return nil, errors.Join(err, state.Close())
	}
	if c, ok := driver.(ecosystems.Credentialed); ok {
		credentials, err := c.Credentials()
		if err != nil {
			return nil, errors.Join(err, engine.Close())
		}
		if err := engine.AddCredentials(credentials...); err != nil {
			return nil, errors.Join(err, engine.Close())
		}
	}
	return engine, nil
}

// input is what the driver is given.
func (s *session) input() ecosystems.Input {
	return ecosystems.Input{
		Previous:  s.previous(),
		Pulled:    s.pulled,
		Upstream:  &upstream{engine: s.engine, store: s.m.store, workers: s.m.cfg.Fetch.Concurrency, abort: s.abort},
		State:     s.state,
		Secrets:   secrets{s.m.root},
		Now:       s.started,
		Selection: s.job.Selection,
		Dir:       s.m.dir(s.job.Ecosystem.Name),
		Workshop:  workshop{run: s.run},
		Git:       s.git,
		Record:    s.record,
		Kept:      s.kept,
		Settle:    s.run.settleAll,
		Notice:    s.notice,
		Expect: func(e ecosystems.Expectation) error {
			return s.room.expectation(e, s.m.unpublished)
		},
	}
}

// record is the driver's [ecosystems.Input.Record].
func (s *session) record(v any) (err error) {
	if s.recorded, err = json.Marshal(v); err != nil {
		return fmt.Errorf("recording what upstream was: %w", err)
	}
	return nil
}

// kept is the driver's [ecosystems.Input.Kept].
func (s *session) kept() ([]json.RawMessage, error) {
	list, err := s.history.List()
	if err != nil {
		return nil, err
	}
	var all []json.RawMessage
	for _, k := range list {
		if k.Upstream != nil {
			all = append(all, k.Upstream)
		}
	}
	return all, nil
}

func (s *session) notice(n ecosystems.Notice) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notices = append(s.notices, n)
	s.m.cfg.OnNotice(n)
}

// observe passes on what happens on the way: what a person should act on becomes
// a notice, the rest is for the log.
func (s *session) observe(ev fetch.Event) {
	switch ev.Kind {
	case fetch.WrongBytes, fetch.Demoted:
		s.notice(ecosystems.Notice{Kind: string(ev.Kind), Path: ev.URL, Text: ev.String()})
	default:
		s.m.cfg.Logger.Info(ev.String(), "event", string(ev.Kind), "host", ev.Host)
	}
}

// previous is the snapshot that the driver's memory belongs to, or else the
// current one; nil before the first.
func (s *session) previous() layout.View {
	if s.afresh {
		return emptyView{} // not nil: the driver's memory goes on guarding against what went back in time
	}
	id := s.state.base
	if id == "" {
		var err error
		if id, err = s.history.CurrentID(); err != nil || id == "" {
			return nil
		}
	}
	return &lazyView{load: sync.OnceValues(func() (*layout.Snapshot, error) { return s.history.Load(id) })}
}
