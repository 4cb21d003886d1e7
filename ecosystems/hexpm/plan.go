package hexpm

import (
	"context"
	"iter"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// Plan implements [ecosystems.Driver]. It asks for the indexes, conditionally;
// if they are as they were when the current snapshot was made, that is all. Otherwise:
//
//  1. the packages that may have changed are asked for again;
//  2. what the selection keeps of each is worked out (see selection.go);
//  3. tarballs are yielded, carried over from the current snapshot where nothing changed;
//  4. what failed is tried again, in case it was replaced or withdrawn meanwhile;
//  5. the indexes follow: packages, then names and versions.
func (d *driver) Plan(ctx context.Context, in ecosystems.Input) iter.Seq2[ecosystems.Item, error] {
	return ecosystems.Planned(ctx, func(ctx context.Context, emit func(ecosystems.Item) error) error {
		p := &planner{settings: d.settings, ctx: ctx, in: in, yield: emit}
		return p.run()
	})
}

// planner is one plan under way.
type planner struct {
	*settings
	ctx   context.Context
	in    ecosystems.Input
	yield func(ecosystems.Item) error

	locked       *locks
	signing      *registry.SigningKey // nil: verbatim
	old          *state               // nil: this is the first run, or everything is to be asked again
	next         *state
	shelves      []*shelf
	lists        *lists
	chosenBuilds map[string]*chosenBuilds // by the path of their list
	mismatches   []string                 // releases that are not those that were locked
	asked        int                      // downloads yielded that cannot be optional
}

func (p *planner) run() error {
	if err := p.begin(); err != nil {
		return err
	}
	if err := p.askIndexes(); err != nil {
		return err
	}
	if p.unchanged() {
		return ecosystems.ErrUnchanged
	}
	for _, s := range p.shelves {
		if err := s.open(); err != nil {
			return err
		}
	}
	steps := []func() error{
		p.compareKeys, p.planWhole, p.planSelected, p.planInstalls, p.planBuilds,
		p.repair, p.publishLists, p.publish,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return p.in.State.Save(p.next)
}

// begin reads what a plan depends on beside its upstream, and the memory of the
// last run.
func (p *planner) begin() (err error) {
	if p.locked, err = readLocks(p.settings.locks); err != nil {
		return err
	}
	siteKey := ""
	if p.filtered {
		if p.signing, err = p.signingKey(); err != nil {
			return err
		}
		siteKey = p.signing.Public().Fingerprint()
	}
	fingerprint, err := p.fingerprint(p.locked.files, siteKey, p.pulledPaths())
	if err != nil {
		return err
	}
	p.next = &state{
		Format: stateFormat, Fingerprint: fingerprint, Deep: p.in.Now,
		Repositories: map[string]*repositoryState{}, Lists: map[string]store.ID{},
	}
	old := &state{}
	switch found, err := p.in.State.Load(old); {
	case err != nil:
		return err
	case found && old.Format == stateFormat && p.in.Previous != nil:
		p.old = old
		if !p.sweep() {
			p.next.Deep = old.Deep
		}
	}
	for _, r := range p.repositories {
		p.shelves = append(p.shelves, newShelf(p, r))
	}
	p.lists = newLists(p)
	return nil
}

// signingSecret is what the mirror calls the key that it makes for filtered indexes.
const signingSecret = "hex-signing-key.pem" //nolint:gosec // its name

// signingKey returns the site's own key for filtered indexes.
func (p *planner) signingKey() (*registry.SigningKey, error) {
	if p.siteKey != nil {
		return p.siteKey, nil
	}
	text, err := p.in.Secrets.LoadOrCreate(signingSecret, func() ([]byte, error) {
		key, err := registry.GenerateSigningKey()
		if err != nil {
			return nil, err
		}
		return key.PEM()
	})
	if err != nil {
		return nil, err
	}
	return registry.ParseSigningKey(text)
}

// sweep reports whether every package is to be asked for again.
func (p *planner) sweep() bool {
	return p.old == nil || p.old.Fingerprint != p.next.Fingerprint || p.in.Selection.Deep ||
		p.in.Now.Sub(p.old.Deep) >= p.deepEvery
}

// unchanged reports whether the current snapshot is still exact, as far as the
// indexes tell and nothing is left to be watched.
func (p *planner) unchanged() bool {
	if p.sweep() || !p.lists.unchanged() {
		return false
	}
	for _, s := range p.shelves {
		if !s.unchanged() {
			return false
		}
	}
	return true
}

// emit yields one item.
func (p *planner) emit(it ecosystems.Item) error {
	if _, ok := it.Source.(ecosystems.Download); ok && !it.Optional {
		p.asked++
	}
	return p.yield(it)
}

func (p *planner) notice(kind, path, format string, args ...any) {
	p.in.Remark(kind, path, format, args...)
}

// previous returns the object of a path in the current snapshot.
func (p *planner) previous(path string) (fetch.Object, bool) { return p.in.Published(path) }

// entries yields the current snapshot's files whose path starts with prefix.
func (p *planner) entries(prefix string) iter.Seq[layout.Entry] {
	if p.in.Previous == nil {
		return func(func(layout.Entry) bool) {}
	}
	return p.in.Previous.All(prefix)
}

func have(path string, o fetch.Object, stage layout.Stage) ecosystems.Item {
	return ecosystems.Item{Path: path, Stage: stage, Size: o.Size, Source: ecosystems.Have{Object: o}, Reason: "unchanged"}
}
