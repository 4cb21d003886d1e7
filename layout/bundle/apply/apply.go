package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/bundle/read"
	"github.com/offmirror/offmirror/layout/bundle/trust"
)

// Options are how a bundle is applied.
type Options struct {
	Trust         trust.Options
	AllowRollback bool // take a bundle that is older than what was applied
	DryRun        bool // check everything and write nothing

	// Budget is how many bytes may be written, 0 for as many as are free. Free
	// says how many those are; nil asks the file system of the root.
	Budget int64
	Free   func() (int64, error)

	// Progress, if not nil, is called now and then, by one goroutine at a time. It must be quick.
	Progress func(Progress)

	// Trace, if not nil, is called before each step, for tests that want to stop there.
	Trace func(Step)
}

// Progress is how far an apply has come.
type Progress struct {
	Volume  int   // that is being read, counted from 1
	Volumes int   // how many there are
	Bytes   int64 // of objects that are durable
	Total   int64 // what Bytes will be in the end
}

// Step is a point in an apply. A process that dies there has lost nothing, and the
// next one goes on.
type Step string

// The steps, in their order. Those of [layout.History] come in between.
const (
	StepRemember Step = "remember the bundle"
	StepLists    Step = "store a list"
	StepVolume   Step = "read a volume"
	StepObject   Step = "store an object"
	StepJoin     Step = "join the pieces of an object"
	StepAdopt    Step = "keep a snapshot"
	StepPrepare  Step = "make a tree ready"
	StepCommit   Step = "remember what is applied"
	StepSwap     Step = "publish an ecosystem"
	StepForget   Step = "forget the bundle"
	StepDone     Step = "applied"
)

// Change is what a bundle changes of one ecosystem.
type Change struct {
	Ecosystem string
	Snapshot  string // that the bundle brings
	Previous  string // that was published before; "" if none was
	Known     bool   // the fields below are known: the list is at hand, and it is not the published one
	Added     int64  // files, links among them
	Changed   int64
	Removed   int64
	Bytes     int64 // of the added and changed files
}

// Result is what Apply did, or would do.
type Result struct {
	Bundle    string
	Decision  trust.Decision
	Changes   []Change // sorted by ecosystem
	Unchanged bool     // everything that the bundle shows is published already
	Published bool     // by this call
	Objects   int64    // written; of a dry run: to be written
	Bytes     int64    // of those
	Missing   []int    // volumes that are not here, those that were taken before among them
	Damage    []read.Damage
}

// application is one call of Apply.
type application struct {
	root    *os.Root
	objects *store.Store
	bundle  *read.Bundle
	Options

	name    string
	trusted *trust.Trusted
	applied Applied
	state   *applying // nil: nothing was remembered yet
	jobs    []*job    // what is not published yet
	needs   *needs    // nil: not all lists are at hand
	places  places
	plan    plan
	result  Result
}

// plan is what is to be written, as far as the volumes that are here tell.
type plan struct {
	objects, bytes int64
	waiting        bool // something lies in pieces of which not all are here
}

// job is an ecosystem whose snapshot is to be published.
type job struct {
	bundle.Ecosystem
	history  *layout.History
	previous string
	list     opener // nil: the list is not at hand
}

// Apply takes a bundle into a mirror root, whose lock it holds meanwhile. The result
// is filled as far as it came, whatever the error.
//
// The error is a [*trust.Refusal], [*ReplayError], [*BaseError], [*RoomError],
// [*DamageError] or [*IncompleteError] if the bundle is the reason. A bundle whose
// snapshots are published already is no error.
func Apply(ctx context.Context, root *os.Root, objects *store.Store, b *read.Bundle, o Options) (Result, error) {
	a := &application{root: root, objects: objects, bundle: b, Options: o, name: b.Manifest.Name}
	a.result = Result{Bundle: a.name, Missing: b.Missing()}
	if o.Trust.Name == "" {
		a.Options.Trust.Name = a.name + bundle.ManifestSuffix
	}
	if !o.DryRun {
		lock, err := layout.Lock(root)
		if err != nil {
			return a.result, err
		}
		defer lock.Unlock()
	}
	err := a.run(ctx)
	slices.SortStableFunc(a.result.Damage, func(a, b read.Damage) int { return a.Volume - b.Volume })
	return a.result, err
}

func (a *application) run(ctx context.Context) error {
	if err := a.judge(); err != nil {
		return err
	}
	if !a.DryRun {
		if err := a.objects.Sweep(); err != nil {
			return err
		}
		if err := a.finishOthers(ctx); err != nil {
			return err
		}
	}
	if err := a.compare(); err != nil {
		return err
	}
	if len(a.jobs) == 0 {
		a.result.Unchanged = true
		return a.conclude(ctx)
	}
	if err := a.findLists(ctx); err != nil {
		return err
	}
	if err := a.survey(ctx); err != nil {
		return err
	}
	if err := a.describe(ctx); err != nil {
		return err
	}
	if a.DryRun {
		a.result.Objects, a.result.Bytes = a.plan.objects, a.plan.bytes
		return a.lacking()
	}
	if err := a.take(ctx); err != nil {
		return err
	}
	if err := a.lacking(); err != nil {
		return cmp.Or(a.noteTaken(), err)
	}
	a.needs, a.places = nil, nil // the lists of trees take as much memory
	return a.publish(ctx)
}

// judge decides whether the bundle may be applied at all.
func (a *application) judge() error {
	var err error
	if a.trusted, err = trust.OpenTrusted(a.root); err != nil {
		return err
	}
	a.result.Decision, err = a.trusted.Check(a.bundle.File, a.bundle.Signature, a.bundle.Manifest.Rotations, a.Options.Trust)
	if err != nil {
		return err
	}
	if a.applied, err = LoadApplied(a.root); err != nil {
		return err
	}
	for _, e := range a.bundle.Manifest.Ecosystems {
		if err := a.applied.replay(a.name, e); err != nil && !a.AllowRollback {
			return err
		}
	}
	a.state, err = loadApplying(a.root, a.name)
	return err
}

// compare finds out which ecosystems are to be published.
func (a *application) compare() error {
	for _, e := range a.bundle.Manifest.Ecosystems {
		h, err := layout.OpenHistory(a.root, a.objects, e.Name)
		if err != nil {
			return fmt.Errorf("bundle %s: %w", a.name, err)
		}
		if a.Trace != nil {
			h.Trace = func(s layout.Step) { a.Trace(Step(s)) }
		}
		current, err := h.CurrentID()
		if err != nil {
			return err
		}
		a.result.Changes = append(a.result.Changes, Change{Ecosystem: e.Name, Snapshot: e.Snapshot, Previous: current})
		if linked, _, err := h.Published(); err != nil || (current == e.Snapshot && linked == e.Snapshot) {
			if err != nil {
				return err
			}
			continue
		}
		if err := h.Obstacle(); err != nil {
			return err
		}
		a.jobs = append(a.jobs, &job{Ecosystem: e, history: h, previous: current})
	}
	return nil
}

// lacking returns why not everything is here, or nil if it is.
func (a *application) lacking() error {
	complete := a.needs != nil && (a.DryRun && a.needs.promised() && !a.plan.waiting || !a.DryRun && a.needs.arrived(a.objects))
	for _, j := range a.jobs {
		complete = complete && j.list != nil
	}
	switch {
	case complete:
		return nil
	case len(a.result.Damage) > 0:
		return &DamageError{Bundle: a.name, Damage: a.result.Damage}
	case len(a.result.Missing) > 0:
		return &IncompleteError{Bundle: a.name, Volumes: a.wanted(), Of: len(a.bundle.Volumes)}
	}
	return errors.New("bundle " + a.name + ": its volumes hold less than its manifest says; it was made wrong, have it made again")
}

func (a *application) step(s Step) {
	if a.Trace != nil {
		a.Trace(s)
	}
}

// damage notes what is wrong with a volume, once for each volume or object.
func (a *application) damage(n int, object *store.ID, err error) {
	for _, d := range a.result.Damage {
		if d.Volume == n && (d.Object == nil || object != nil && *d.Object == *object) {
			return
		}
	}
	a.result.Damage = append(a.result.Damage, a.bundle.NewDamage(n, object, err))
}
