package mirror

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"sync/atomic"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/fetch/stream"
	"github.com/offmirror/offmirror/layout/serve"
)

// Pulls fetches from upstream what clients of a server ask for and the mirror lacks.
//
// Only what the driver vouches for is asked for, see [ecosystems.Puller]; it is proven as in a sync, streamed
// while it arrives, and kept: from then on it is served without asking, also after a restart, and the next
// sync takes it into the snapshot. What is published is served as ever; older snapshots, which clients name, stay as they are.
//
// One fetch is made for a path at a time, whoever asks; what could not be had is not asked for again for a while.
// Fetches are limited in number, and by the root's budget and disk. A sync, verification or gc may run beside it: the root
// is not locked.
type Pulls struct {
	m       *Mirror
	drivers map[string]ecosystems.Driver
	store   *store.Store
	space   *space
	end     context.CancelFunc
	pullers map[string]*puller
	group   *stream.Group

	fetched, failed, bytes atomic.Int64
}

// puller is one ecosystem of a Pulls.
type puller struct {
	*Pulls
	ecosystem string
	driver    ecosystems.Puller
	engine    *fetch.Engine
	run       *run
	pulled    *pulled
	misses    misses

	opened *os.Root // of the engine's memory
}

// maxPulls is how many fetches may be under way.
const maxPulls = 64

// PullThrough makes a Pulls for the ecosystems whose drivers are [ecosystems.Puller]s. Fetches end with ctx, or by
// [Pulls.Close]. The root must be writable. Nobody is asked before a client wants something.
func (m *Mirror) PullThrough(ctx context.Context, drivers map[string]ecosystems.Driver) (_ *Pulls, err error) {
	defer m.locate(&err)
	ctx, end := context.WithCancel(ctx)
	p := &Pulls{m: m, drivers: drivers, end: end, pullers: map[string]*puller{}, space: &space{measure: m.Room, now: m.cfg.Now}}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if _, err := parseBudget(m.cfg.Fetch.Budget); err != nil {
		return nil, err
	}
	if err := m.root.MkdirAll(pullDir, 0o755); err != nil {
		return nil, store.Failure("make the folder", pullDir, err)
	}
	if p.store, err = store.OpenBeside(m.root); err != nil {
		return nil, err
	}
	p.group = stream.NewGroup(ctx, stream.Options{
		Temp: cmp.Or(m.cfg.Fetch.TempDir, filepath.Join(m.root.Name(), pullDir)), Limit: maxPulls,
		Open: func(o fetch.Object) (stream.File, error) { return p.store.Open(o.ID) },
	})
	for name, driver := range drivers {
		if d, ok := driver.(ecosystems.Puller); ok {
			u, err := p.open(name, driver, d)
			if err != nil {
				return nil, err
			}
			p.pullers[name] = u
		}
	}
	return p, nil
}

// pullDir is where the engines of Pulls keep what they know of upstreams: they run beside those of syncs.
const pullDir = "state/pull"

func (p *Pulls) open(ecosystem string, driver ecosystems.Driver, d ecosystems.Puller) (*puller, error) {
	u := &puller{Pulls: p, ecosystem: ecosystem, driver: d, misses: misses{now: p.m.cfg.Now}}
	var err error
	if u.pulled, err = openPulled(p.m.root, ecosystem); err != nil {
		return nil, err
	}
	folder := path.Join(pullDir, ecosystem)
	if err := p.m.root.MkdirAll(folder, 0o755); err != nil {
		return nil, store.Failure("make the folder", folder, err)
	}
	state, err := p.m.root.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	u.opened = state
	if u.engine, err = p.m.engineIn(state, p.store, driver, u.observe); err != nil {
		return nil, err
	}
	u.run = newRun(u.engine, p.store, boundless(), p.m.cfg.Fetch.Concurrency)
	u.run.abort = func(err error) { u.log().Error("cannot keep what was fetched", "error", err) }
	u.run.tempDir = p.m.cfg.Fetch.TempDir
	u.run.vouched = func(string, fetch.Object) bool { return false }
	return u, nil
}

func (u *puller) log() *slog.Logger { return u.m.cfg.Logger.With("ecosystem", u.ecosystem) }

func (u *puller) observe(ev fetch.Event) {
	level := slog.LevelInfo
	if ev.Kind == fetch.WrongBytes || ev.Kind == fetch.Demoted {
		level = slog.LevelWarn
	}
	u.log().Log(context.Background(), level, ev.String(), "event", string(ev.Kind), "host", ev.Host)
}

// Handler is [Mirror.Handler] that pulls.
func (p *Pulls) Handler() *serve.Site { return p.m.handler(p.drivers, p) }

// Close ends the fetches under way and waits for them.
func (p *Pulls) Close() error {
	p.end()
	if p.group != nil {
		p.group.Close()
	}
	var failed []error
	for _, u := range p.pullers {
		if u != nil {
			failed = append(failed, u.engine.Close(), u.opened.Close(), u.pulled.close())
		}
	}
	if p.store != nil {
		failed = append(failed, p.store.Close())
	}
	return errors.Join(failed...)
}

// stream returns the stream of a file that is to be had from upstream.
func (u *puller) stream(path string, get ecosystems.Pull) *stream.Stream {
	return u.group.Get(u.ecosystem+"/"+path, func(ctx context.Context, f fetch.Follower) (fetch.Object, error) {
		o, err := u.get(ctx, path, get, f)
		switch {
		case err == nil:
			u.fetched.Add(1)
			u.bytes.Add(o.Size)
			u.misses.forget(path)
			u.log().Info("pulled", "path", path, "bytes", o.Size)
		case ctx.Err() == nil:
			u.failed.Add(1)
			if !errors.Is(err, errGuessing) {
				u.misses.note(path, err)
			}
			level := slog.LevelWarn
			if errors.Is(err, fetch.ErrAbsent) || errors.Is(err, errGuessing) {
				level = slog.LevelDebug // anybody can ask for what is nowhere
			}
			u.log().Log(ctx, level, "cannot be pulled", "path", path, "error", err)
		}
		return o, err
	})
}

// get fetches a file and remembers it. What is not remembered is not answered for either: the next sync would
// lose it.
func (u *puller) get(ctx context.Context, path string, get ecosystems.Pull, f fetch.Follower) (fetch.Object, error) {
	if u.pulled.full() {
		if _, known := u.pulled.get(path); !known {
			return fetch.Object{}, errPulledFull
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if u.misses.guessed() {
		return fetch.Object{}, errGuessing
	}
	w := &pullWorkshop{workshop: workshop{run: u.run, path: path}, puller: u, cancel: cancel, path: path}
	defer w.release()
	o, err := get.Get(ctx, w, f)
	if reason := context.Cause(ctx); err != nil && errors.Is(reason, errNoRoom) {
		return o, reason
	}
	if errors.Is(err, fetch.ErrAbsent) && w.asked.Load() {
		u.misses.inVain()
	}
	if err != nil {
		return o, err
	}
	return o, u.pulled.add(path, o, u.m.cfg.Now())
}

// pullWorkshop is a workshop whose fetches fit into the room that there is.
type pullWorkshop struct {
	workshop
	puller *puller
	cancel context.CancelCauseFunc
	path   string
	taken  atomic.Int64 // bytes of the room
	asked  atomic.Bool  // upstream
}

// Fetch implements [ecosystems.Workshop].
func (w *pullWorkshop) Fetch(ctx context.Context, q fetch.Request) (fetch.Object, error) {
	if o, held := w.puller.engine.Held(q); held && w.run.store.Check(ctx, o.ID) == nil {
		return o, nil
	}
	left, err := w.puller.space.left()
	if err != nil {
		return fetch.Object{}, err
	}
	if left <= 0 || q.Size > left {
		return fetch.Object{}, errNoRoom
	}
	w.asked.Store(true)
	document := len(q.Want) == 0 && q.Key == ""
	q.Fresh = q.Fresh || document || w.puller.misses.suspicious(w.path) // what is asked for is lacking: no validators
	q.Follow = &metered{w: w, to: q.Follow}
	return w.workshop.Fetch(ctx, q)
}

func (w *pullWorkshop) release() { w.puller.space.arrived(w.taken.Load()) }

// metered counts what arrives against the room, and ends the fetch when there is none left.
type metered struct {
	w  *pullWorkshop
	to fetch.Follower // may be nil
}

// Begin implements [fetch.Follower].
func (m *metered) Begin(size int64) {
	if !m.w.puller.space.fits(size) {
		m.w.cancel(errNoRoom)
		return
	}
	if m.to != nil {
		m.to.Begin(size)
	}
}

// Arrived implements [fetch.Follower].
func (m *metered) Arrived(p []byte) {
	n := int64(len(p))
	m.w.taken.Add(n)
	if !m.w.puller.space.take(n) {
		m.w.cancel(errNoRoom)
		return
	}
	if m.to != nil {
		m.to.Arrived(p)
	}
}

var errNoRoom = fmt.Errorf("the mirror has no room for it: raise [fetch] budget, or free some (offmirror gc)")

// counts tells what was done so far: for metrics.
func (p *Pulls) counts() []serve.Count {
	return []serve.Count{
		{Name: "offmirror_pulled_total", Help: "Files that were fetched from upstream because a client asked for them.", Value: p.fetched.Load()},
		{Name: "offmirror_pulled_bytes_total", Help: "Bytes of those files.", Value: p.bytes.Load()},
		{Name: "offmirror_pull_failures_total", Help: "Files that clients asked for and that could not be fetched from upstream.", Value: p.failed.Load()},
	}
}
