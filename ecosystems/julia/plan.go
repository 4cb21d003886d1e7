package julia

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// Plan implements [ecosystems.Driver]. It asks which state the registries are in;
// if all are in that of the current snapshot, that is all. Otherwise:
//
//  1. the registries are read, and what the selection keeps of them is worked out;
//  2. packages are yielded, carried over from the current snapshot where it has them;
//  3. packages tell which artifacts they need, and these are yielded;
//  4. the registries follow, pruned to what is here, then the list of them;
//  5. the other parts: releases of Julia, the classic layout.
//
// Indexes and lists wait for the content of all of these.
func (d *driver) Plan(ctx context.Context, in ecosystems.Input) iter.Seq2[ecosystems.Item, error] {
	return ecosystems.Planned(ctx, func(ctx context.Context, emit func(ecosystems.Item) error) error {
		p := &planner{
			settings: d.settings, ctx: ctx, in: in, yield: emit,
			learned: map[treehash.Hash]*lesson{}, lost: map[string]bool{}, handed: map[string]bool{}, variants: newVariants(d.options.Zstd),
		}
		err := p.run()
		for _, s := range p.shelves {
			if failed := s.close(); failed != nil {
				err = errors.Join(err, failed)
			}
		}
		return err
	})
}

// planner is one plan under way.
type planner struct {
	*settings
	ctx   context.Context
	in    ecosystems.Input
	yield func(ecosystems.Item) error

	locks   []lockFile
	old     *state // nil: this is the first run
	next    *state
	deep    bool // what was absent is asked for again
	shelves []*shelf
	later   []ecosystems.Item // of later stages than content
	result  *resolve.Result
	parts   []part
	watch   func(ecosystems.Item) // sees what is yielded; may be nil

	variants *variants
	handed   map[string]bool // paths that were yielded, if something was pulled

	mu      sync.Mutex
	learned map[treehash.Hash]*lesson // by tree of the package
	lost    map[string]bool           // paths of what cannot be had
}

// part is a share of the plan beside registries and packages. It keeps its memory in
// state.Parts, under its name.
type part interface {
	name() string

	// ask finds out what upstream has. It reports whether that is as it was.
	ask() (unchanged bool, err error)

	// emit yields the items, after those of registries and packages.
	emit() error
}

func (p *planner) run() error {
	if err := p.begin(); err != nil {
		return err
	}
	unchanged, err := p.ask()
	if err != nil {
		return err
	}
	if unchanged {
		return ecosystems.ErrUnchanged
	}
	steps := []func() error{
		p.openRegistries, p.guard, p.recordDenials, p.resolve, p.emitPackages, p.emitArtifacts, p.publish, p.emitPulled, p.emitParts, p.emitLater,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	if p.in.Planning {
		return nil // nothing of it came to be
	}
	return p.in.State.Save(p.next)
}

// begin reads what a plan depends on beside its upstream, and the memory of the
// last run.
func (p *planner) begin() (err error) {
	if p.locks, err = readManifests(p.manifests); err != nil {
		return err
	}
	fingerprint, err := p.fingerprint(p.locks, p.in.Pulled)
	if err != nil {
		return err
	}
	p.next = &state{
		Format: stateFormat, Fingerprint: fingerprint, Learning: p.learning(), Deep: p.in.Now,
		Lists: map[pkgserver.Flavor]string{}, Artifacts: map[string]trees{}, Absent: map[string]string{}, Parts: map[string]json.RawMessage{},
	}
	old := &state{}
	switch found, err := p.in.State.Load(old); {
	case err != nil:
		return err
	case found && old.Format == stateFormat && p.in.Previous != nil:
		p.old = old
	}
	p.deep = p.old == nil || p.in.Selection.Deep || p.due(p.old.Deep)
	if !p.deep {
		p.next.Deep = p.old.Deep
	}
	p.checkAdopted()
	p.parts = p.newParts()
	return nil
}

// due reports whether it is time for a deep run again. A last one in the future was made when the
// clock was wrong.
func (p *planner) due(last time.Time) bool {
	age := p.in.Now.Sub(last)
	return age >= p.deepEvery || age < -clockSlack
}

// clockSlack is how far the clocks of machines that share a mirror may differ.
const clockSlack = time.Hour

// ask asks all upstreams for what changes, and reports whether nothing did.
func (p *planner) ask() (bool, error) {
	unchanged := p.old != nil && !p.deep && !p.old.Partial && p.old.Fingerprint == p.next.Fingerprint &&
		(len(p.deny) == 0) == (p.old.Denials == nil)
	for _, ask := range []func() error{p.askServer, p.askGit} {
		if err := ask(); err != nil {
			return false, err
		}
	}
	unchanged = unchanged && p.sameRegistries()
	for _, part := range p.parts {
		same, err := part.ask()
		if err != nil {
			return false, err
		}
		unchanged = unchanged && same
	}
	return unchanged, nil
}

// sameRegistries reports whether exactly the registries of the current snapshot are
// there, in the same state.
func (p *planner) sameRegistries() bool {
	if len(p.shelves) != len(p.old.Registries) {
		return false
	}
	for _, s := range p.shelves {
		if s.before == nil || s.before.Tree != s.tree {
			return false
		}
	}
	return true
}

func (p *planner) emitParts() error {
	for _, part := range p.parts {
		if err := part.emit(); err != nil {
			return err
		}
	}
	return nil
}

// emit yields one item: content at once, and what names other items when all content
// has been yielded, that of the parts too.
func (p *planner) emit(it ecosystems.Item) error {
	if it.Stage != layout.Content {
		p.later = append(p.later, it)
		return nil
	}
	return p.hand(it)
}

// emitLater yields what was put off, stage by stage.
func (p *planner) emitLater() error {
	slices.SortStableFunc(p.later, func(a, b ecosystems.Item) int { return cmp.Compare(a.Stage, b.Stage) })
	for _, it := range p.later {
		if err := p.hand(it); err != nil {
			return err
		}
	}
	return p.settle()
}

func (p *planner) hand(it ecosystems.Item) error {
	if len(p.in.Pulled) > 0 {
		p.handed[it.Path] = true
	}
	if p.watch != nil {
		p.watch(it)
	}
	return p.yield(it)
}

// carry yields a file of the current snapshot again, if it has it.
func (p *planner) carry(path string, stage layout.Stage) (bool, error) {
	return p.carryItem(ecosystems.Item{Path: path, Stage: stage, Name: path, Reason: "unchanged"})
}

// carryItem yields an item with what the current snapshot has at its path, if it has it.
func (p *planner) carryItem(it ecosystems.Item) (bool, error) {
	o, ok := p.previous(it.Path)
	if !ok {
		return false, nil
	}
	it.Size, it.Source = o.Size, ecosystems.Have{Object: o}
	return true, p.emit(it)
}

// settle waits for what was yielded, and notes what cannot be had.
func (p *planner) settle() error {
	failures, err := p.in.Settle(p.ctx)
	if err != nil {
		return err
	}
	for _, f := range failures {
		p.note(f)
	}
	return nil
}

// note notes what cannot be had.
func (p *planner) note(f ecosystems.Failure) {
	p.lost[f.Item.Path] = true
	if f.Absent() {
		p.next.Absent[f.Item.Path] = f.Err.Error()
	} else {
		p.next.Partial = true
	}
}

// absentBefore returns what upstream said when it did not have a file, unless it is
// time to ask again.
func (p *planner) absentBefore(path string) (error, bool) {
	if p.deep || p.old == nil {
		return nil, false
	}
	why, ok := p.old.Absent[path]
	if !ok {
		return nil, false
	}
	return &absentError{why}, true
}

// absentError is an absence that an earlier run found.
type absentError struct{ text string }

func (e *absentError) Error() string        { return e.text }
func (e *absentError) Is(target error) bool { return target == fetch.ErrAbsent }

func (p *planner) notice(kind, path, format string, args ...any) {
	p.in.Remark(kind, path, format, args...)
}

// previous returns the object of a path in the current snapshot.
func (p *planner) previous(path string) (fetch.Object, bool) { return p.in.Published(path) }
