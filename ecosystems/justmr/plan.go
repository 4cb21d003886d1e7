package justmr

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"sync"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// Plan implements [ecosystems.Driver]. If configurations and options are as they were,
// nothing is asked of anybody, since everything is named by its content. Otherwise:
//
//  1. files are yielded under their content, while git repositories that lack a
//     pinned commit are brought up to date beside them;
//  2. the views follow, content before what names it: distdirs, packs of git; then the list by
//     host, the rest of the repositories, locations, the audit, and files for clients.
func (d *driver) Plan(ctx context.Context, in ecosystems.Input) iter.Seq2[ecosystems.Item, error] {
	return ecosystems.Planned(ctx, func(ctx context.Context, emit func(ecosystems.Item) error) error {
		beside, cancel := context.WithCancel(ctx) // ends the git updates with the plan
		p := &planner{settings: d.settings, ctx: beside, in: in, emit: emit}
		defer p.running.Wait()
		defer cancel()
		return p.run()
	})
}

// planner is one plan under way.
type planner struct {
	*settings
	ctx  context.Context
	in   ecosystems.Input
	emit func(ecosystems.Item) error

	sources *sources
	old     *state // nil: this is the first run
	next    *state
	deep    bool // upstreams are looked at, although nothing is missing

	git     ecosystems.Repositories // nil if there are none
	running sync.WaitGroup          // git updates
	repos   map[string]*gitResult   // by name
	dist    map[string][]string     // where a content is in distdirs
	trees   []TreeLocation
	located *Locations

	mu   sync.Mutex              // guards what goroutines of the run write: facts and links of next, and got
	got  map[string]fetch.Object // by content
	lost map[string]bool         // contents that cannot be had
}

func (p *planner) run() error {
	configs, err := p.readConfigs(p.ctx, p.in.Upstream)
	if err != nil {
		return err
	}
	if err := p.begin(configs); err != nil {
		return err
	}
	if p.unchanged() {
		return ecosystems.ErrUnchanged
	}
	if p.sources, err = p.gather(configs); err != nil {
		return err
	}
	p.keepNames()
	steps := []func() error{
		p.emitProblems, p.startGit, p.emitFiles, p.waitGit, p.checkLinks, p.emitDistdirs, p.findTrees, p.exportGit, p.emitLost, p.emitPacks, p.emitTrees,
		p.emitByHost, p.emitGit, p.emitMadeTrees, p.emitLocations, p.emitAudit, p.emitEntryPoints,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return p.in.State.Save(p.next)
}

// begin recalls the last run.
func (p *planner) begin(configs []configFile) error {
	fingerprint, err := p.fingerprint(configs, p.in.Dir, p.in.Pulled)
	if err != nil {
		return err
	}
	p.next = &state{Format: stateFormat, Fingerprint: fingerprint, Deep: p.in.Now, Facts: map[string]facts{}, Links: map[string]link{}}
	p.got = map[string]fetch.Object{}
	p.lost, p.repos, p.dist = map[string]bool{}, map[string]*gitResult{}, map[string][]string{}
	old := &state{}
	switch found, err := p.in.State.Load(old); {
	case err != nil:
		return err
	case found && old.Format == stateFormat && p.in.Previous != nil:
		p.old = old
		maps.Copy(p.next.Links, old.Links)
	}
	p.deep = p.in.Selection.Deep || p.old != nil && p.in.Now.Sub(p.old.Deep) >= p.DeepEvery
	if p.old != nil && !p.deep {
		p.next.Deep = p.old.Deep
	}
	return nil
}

// unchanged reports whether the current snapshot is all that there is to have.
func (p *planner) unchanged() bool {
	return p.old != nil && !p.deep && !p.old.Partial && p.old.Fingerprint == p.next.Fingerprint
}

// emitProblems yields what is wrong with single repositories as items that cannot be had.
func (p *planner) emitProblems() error {
	for i, problem := range p.sources.problems {
		err := p.emit(ecosystems.Item{
			Path: fmt.Sprintf("problem/%d", i), Stage: layout.Content, Name: "configuration", Reason: "configs",
			Source: ecosystems.Failed{Err: fmt.Errorf("%w: %w", fetch.ErrAbsent, problem)},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// settle waits for what was yielded, and returns what cannot be had.
func (p *planner) settle() ([]ecosystems.Failure, error) {
	failures, err := p.in.Settle(p.ctx)
	for _, f := range failures {
		p.next.Partial = p.next.Partial || !f.Absent()
	}
	return failures, err
}

func (p *planner) notice(kind, path, format string, args ...any) {
	p.in.Remark(kind, path, format, args...)
}
