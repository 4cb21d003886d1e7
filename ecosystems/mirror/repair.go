package mirror

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/offmirror/offmirror/ecosystems/mirror/salvage"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// RepairOptions say what is looked for and where it may be had.
type RepairOptions struct {
	VerifyOptions
	Sources []salvage.Source // asked in order, before upstream
	Offline bool             // upstream is not asked

	// Trace, if not nil, is called before each step, for tests that want to stop there.
	Trace func(step string)
}

func (o RepairOptions) trace(step string) {
	if o.Trace != nil {
		o.Trace(step)
	}
}

// Repair verifies an ecosystem and puts right what it can:
//
//   - the list of a snapshot is written again, if a source has it;
//   - an object that is missing or damaged is looked for in the mirror's own trees, at the sources in
//     their order, and upstream, and proven by its SHA-256 and its size before it gets its name;
//   - then the trees are mended.
//
// Upstream is asked for what a file was fetched from, for older snapshots too; for the rest
// the driver plans with the options that the snapshots record, and nothing else is fetched.
//
// What is returned is the state afterwards: Damage is what could not be repaired, and why. It is not
// an error. Repair holds the lock of the root. It may be killed at any time: a
// damaged object is moved to state/quarantine only when its replacement is at hand or
// about to be asked for, and comes back if there is none.
func (m *Mirror) Repair(ctx context.Context, job Job, opts RepairOptions) (result *Verification, err error) {
	defer m.locate(&err)
	lock, err := layout.Lock(m.root)
	if err != nil {
		return nil, err
	}
	defer lock.Unlock()
	if err := m.store.Sweep(); err != nil {
		return nil, err
	}
	v, err := m.newVerifier(job.Ecosystem.Name, job.Driver, opts.VerifyOptions)
	if err != nil {
		return nil, err
	}
	if err := v.run(ctx); err != nil {
		return nil, err
	}
	if opts.Trace != nil {
		v.history.Trace = func(s layout.Step) { opts.Trace(string(s)) }
	}
	r := &mender{m: m, job: job, opts: opts, v: v}
	if err := r.lists(ctx); err != nil {
		return nil, err
	}
	err = r.objects(ctx)
	if err == nil {
		err = r.trees(ctx)
	}
	if err == nil {
		err = r.conclude(ctx)
	}
	if err != nil {
		return nil, err
	}
	r.v.Ended = m.cfg.Now()
	m.keepVerification(r.v.Verification)
	m.regret(nil, "the quarantine grows", m.pruneQuarantine())
	return r.v.Verification, nil
}

// mender is one repair.
type mender struct {
	m      *Mirror
	job    Job
	opts   RepairOptions
	v      *verifier
	engine *fetch.Engine

	mu       sync.Mutex
	repaired []Repair
	fixed    map[store.ID]string   // where the objects that are right now are from
	reasons  map[store.ID][]string // why the others could not be had
	aside    map[store.ID]string   // what lies in quarantine
}

// objects gets back what is lost. An error is one of this machine, or the context's.
func (r *mender) objects(ctx context.Context) error {
	if len(r.v.wanted) == 0 {
		return nil
	}
	r.fixed, r.reasons, r.aside = map[store.ID]string{}, map[store.ID][]string{}, map[store.ID]string{}
	engine, err := r.m.newEngine(r.job.Driver, func(ev fetch.Event) { r.m.cfg.Logger.Info(ev.String(), "event", string(ev.Kind), "host", ev.Host) })
	if err != nil {
		return err
	}
	r.engine = engine
	defer func() { r.m.regret(nil, "what was learned of hosts is not kept", engine.Close()) }()
	defer func() { r.m.regret(nil, "a damaged object stays in "+quarantineDir, r.putBack()) }()
	if err := r.ask(ctx, salvage.Trees(r.m.root)); err != nil {
		return err
	}
	clear(r.reasons) // that the trees are no better than the store is nothing new
	for _, source := range r.opts.Sources {
		if err := r.ask(ctx, source); err != nil {
			return err
		}
	}
	if r.opts.Offline {
		return nil
	}
	return r.upstream(ctx)
}

// open returns what is still wanted, sorted by id.
func (r *mender) open() []*salvage.Wanted {
	var all []*salvage.Wanted
	for id, w := range r.v.wanted {
		if _, ok := r.fixed[id]; !ok {
			all = append(all, w)
		}
	}
	slices.SortFunc(all, func(a, b *salvage.Wanted) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	return all
}

// atOnce is how many objects are asked for at the same time.
const atOnce = 16

// each calls do for everything that is still wanted.
func (r *mender) each(ctx context.Context, do func(ctx context.Context, w *salvage.Wanted) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, w := range r.open() {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return do(ctx, w)
		})
	}
	return group.Wait()
}

// ask asks one source for everything that is still wanted.
func (r *mender) ask(ctx context.Context, source salvage.Source) error {
	return r.each(ctx, func(ctx context.Context, w *salvage.Wanted) error {
		return r.settle(ctx, w, source.Name(), source.Fetch(ctx, *w, r.sink(w)))
	})
}

func (r *mender) sink(w *salvage.Wanted) sink {
	return sink{store: r.m.store, engine: r.engine, want: *w, trace: r.opts.trace, aside: func() error { return r.setAside(w.ID) }}
}

// settle notes what a source came to. The error ends the repair.
func (r *mender) settle(ctx context.Context, w *salvage.Wanted, name string, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, salvage.ErrHere):
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.fixed[w.ID] = name
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fetch.ErrAbsent):
		r.reasons[w.ID] = append(r.reasons[w.ID], name+" does not have it")
	default:
		r.reasons[w.ID] = append(r.reasons[w.ID], name+": "+err.Error())
	}
	return nil
}

// trees mends the published tree, from what the store has by now.
func (r *mender) trees(ctx context.Context) error {
	if len(r.fixed) == 0 && !slices.ContainsFunc(r.v.Damage, func(d Damage) bool { return d.Object == "" && d.Kind != Refuted }) {
		return nil
	}
	check := layout.TreeCheck{Read: func(e layout.Entry) bool {
		_, fixed := r.fixed[e.Object]
		return fixed || r.v.reads(e)
	}}
	if _, err := r.v.history.Current(); err != nil {
		return nil //nolint:nilerr // its list is damaged, which is said already: there is nothing to mend the tree by
	}
	r.opts.trace("mend the trees")
	err := r.v.history.MendTree(ctx, check)
	if err == nil {
		err = r.point(ctx)
	}
	if err != nil {
		if ctx.Err() != nil || errors.Is(err, store.ErrFull) {
			return err
		}
		r.v.Notices = append(r.v.Notices, noticef("tree", "the tree could not be mended: %v", err))
	}
	return nil
}

// point makes the link to the published snapshot lead to what the tree shows.
func (r *mender) point(ctx context.Context) error {
	snapshot, err := r.v.history.Current()
	if err != nil || snapshot == nil {
		return err
	}
	if id, _, err := r.v.history.Published(); err == nil && id == snapshot.ID {
		return nil
	}
	return r.v.history.Publish(ctx, snapshot)
}

// conclude looks again, at what a repair can have changed.
func (r *mender) conclude(ctx context.Context) error {
	before := r.v.Damage
	r.v.Damage = nil
	refuted, left := false, map[string]bool{}
	for _, d := range before {
		id, err := store.ParseID(d.Object)
		switch from, fixed := r.fixed[id]; {
		case err == nil && fixed:
			r.repaired = append(r.repaired, Repair{Path: d.Path, Object: d.Object, From: from})
		case err == nil && d.Kind != BadList:
			if reasons := r.reasons[id]; len(reasons) > 0 {
				d.Error += "; it cannot be had: " + strings.Join(reasons, "; ")
			}
			r.v.damage(d)
			left[d.Path] = true
		case d.Kind == Refuted && len(r.fixed) > 0:
			refuted = true // perhaps of what was missing then
		case d.isOfTree(r.v.Ecosystem):
		default:
			r.v.damage(d)
		}
	}
	if err := r.lookAgain(ctx, refuted); err != nil {
		return err
	}
	for _, d := range r.v.Damage {
		left[d.Path] = true
	}
	for _, d := range before {
		if d.Object == "" && !left[d.Path] {
			r.repaired = append(r.repaired, Repair{Path: d.Path, From: "this mirror's store"})
		}
	}
	slices.SortFunc(r.repaired, func(a, b Repair) int { return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.From, b.From)) })
	r.v.Repaired = slices.Compact(r.repaired)
	r.v.sort()
	return nil
}

// lookAgain checks the tree, and if need be the proofs.
func (r *mender) lookAgain(ctx context.Context, refuted bool) error {
	snapshot, err := r.v.history.Current()
	if err != nil || snapshot == nil {
		return nil //nolint:nilerr // said already
	}
	for id := range r.fixed {
		delete(r.v.bad, id)
	}
	if err := r.v.tree(ctx, snapshot); err != nil {
		return err
	}
	r.v.pointer()
	if refuted {
		return r.v.proofs(ctx, snapshot)
	}
	return nil
}

// isOfTree reports whether damage is found by looking at the published tree.
func (d Damage) isOfTree(ecosystem string) bool {
	if d.Path == pointerPath(ecosystem) {
		return true
	}
	return d.Object == "" && d.Kind != Refuted && d.Kind != BadList && d.Kind != BadLink && !strings.HasPrefix(d.Path, "snapshots/"+ecosystem+"/")
}
