package hexpm

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
)

// shelf is one repository during a plan.
type shelf struct {
	*repository
	p    *planner
	old  *repositoryState // nil when the last run did not know the repository
	next *repositoryState

	names, versions ecosystems.Document
	policyDocs      []ecosystems.Document // like policies

	now, before *catalog           // before is nil without a usable memory
	suspects    map[string]bool    // packages whose file may differ from the copy here
	records     map[string]*record // packages that were looked at
	gone        map[string]bool    // packages that turned out not to exist any more
	denied      map[string]bool    // packages that are left out, whatever upstream says
}

func newShelf(p *planner, r *repository) *shelf {
	s := &shelf{
		repository: r, p: p, records: map[string]*record{}, gone: map[string]bool{}, denied: map[string]bool{},
		policyDocs: make([]ecosystems.Document, len(r.policies)),
		next: &repositoryState{
			Identity: r.identity(), Policies: map[string]store.ID{}, Unsettled: map[string]time.Time{},
			NoDocs: map[string][]string{}, Documents: map[string]store.ID{},
		},
	}
	p.next.Repositories[r.prefix] = s.next
	if p.old != nil {
		s.old = p.old.Repositories[r.prefix]
	}
	return s
}

func (s *shelf) questions() []question {
	all := []question{
		{s.namesRequest(), mandatory(&s.names)},
		{s.versionsRequest(), mandatory(&s.versions)},
	}
	for i, name := range s.policies {
		all = append(all, question{s.policyRequest(name), mandatory(&s.policyDocs[i])})
	}
	return all
}

// unchanged reports whether the indexes are as they were and nothing is watched.
func (s *shelf) unchanged() bool {
	return s.sameIndexes() && s.samePolicies() && len(s.old.Missing) == 0 && len(s.watched()) == 0
}

func (s *shelf) sameIndexes() bool {
	return s.old != nil && s.old.Names.ID == s.names.ID && s.old.Versions.ID == s.versions.ID
}

func (s *shelf) samePolicies() bool {
	if len(s.old.Policies) != len(s.policies) {
		return false
	}
	for i, name := range s.policies {
		if s.old.Policies[name] != s.policyDocs[i].ID {
			return false
		}
	}
	return true
}

// watched returns the unsettled packages that are still worth asking for.
func (s *shelf) watched() []string {
	if s.old == nil {
		return nil
	}
	var names []string
	for name, since := range s.old.Unsettled {
		if !settledBy(since, s.p.in.Now) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// open reads the indexes, proves them and holds them against the last ones.
func (s *shelf) open() (err error) {
	if s.now, err = s.openCatalog(s.names.Data, s.versions.Data); err != nil {
		return err
	}
	if s.old != nil && s.old.Identity == s.next.Identity {
		s.before = rememberedCatalog(s.old)
	}
	if s.before != nil {
		if err := s.guard(); err != nil {
			return err
		}
	}
	if !s.belongs() {
		s.old, s.before = nil, nil
	}
	s.applyDenials()
	s.suspects = s.candidates()
	s.next.Names = index{s.names.ID, s.names.Data}
	s.next.Versions = index{s.versions.ID, s.versions.Data}
	for i, name := range s.policies {
		s.next.Policies[name] = s.policyDocs[i].ID
		if _, err := s.trust.Policy(s.policyDocs[i].Data, name); err != nil {
			return fmt.Errorf("%s: %w", s.at(policiesDir+name), err)
		}
	}
	return nil
}

// applyDenials takes packages that are denied outright off the lists, as if
// upstream did not have them.
func (s *shelf) applyDenials() {
	for _, d := range s.p.deny {
		if d.Requirement.IsAny() {
			s.denied[d.Package] = true
			delete(s.now.listings, d.Package)
			if s.before != nil {
				delete(s.before.listings, d.Package)
			}
		}
	}
}

// belongs reports whether the memory is that of the current snapshot: somebody
// may have rolled back to another one.
func (s *shelf) belongs() bool {
	if s.old == nil {
		return false
	}
	for i, file := range []string{namesFile, versionsFile} {
		if o, ok := s.p.previous(s.prefix + file); !ok || o.ID != s.old.Published[i] {
			return false
		}
	}
	return true
}

// guard refuses indexes that went back in time or lost too much. A cache on the
// way may have answered with an older copy, so both are asked for once more, past caches,
// before the run is stopped.
func (s *shelf) guard() error {
	if s.suspicious() == nil {
		return nil
	}
	ask := s.questions()[:2]
	for i := range ask {
		ask[i].Fresh = true
	}
	if err := s.p.ask(ask); err != nil {
		return err
	}
	var err error
	if s.now, err = s.openCatalog(s.names.Data, s.versions.Data); err != nil {
		return err
	}
	return s.suspicious()
}

func (s *shelf) suspicious() error {
	if !s.p.in.Selection.AllowRollback {
		if err := s.regressed(s.before, s.now); err != nil {
			return err
		}
		if err := s.confirmGone(vanished(s.before, s.now)); err != nil {
			return err
		}
	}
	if !s.p.in.Selection.AllowShrink {
		return s.shrunk(s.before, s.now)
	}
	return nil
}

// confirmGone returns an error unless all of the packages are gone from the
// repository, not only from its index.
func (s *shelf) confirmGone(names []string) error {
	last := s.now.newest()
	if len(names) > maxConfirmed {
		return s.notGone(names[0], last)
	}
	questions := make([]question, len(names))
	for i, name := range names {
		q := s.packageRequest(name)
		q.Fresh = true
		questions[i] = question{q, func(_ ecosystems.Document, err error) error {
			if errors.Is(err, fetch.ErrAbsent) {
				return nil
			}
			return s.notGone(name, last)
		}}
	}
	return s.p.ask(questions)
}

// maxConfirmed is how many packages, at most, are believed to have been deleted
// right after they changed.
const maxConfirmed = 16

// candidates returns the listed packages whose own file may differ from the
// copy here, and those that are gone from the indexes.
func (s *shelf) candidates() map[string]bool {
	all := map[string]bool{}
	if s.before == nil || s.p.sweep() {
		for name := range s.now.listings {
			all[name] = true
		}
	}
	if s.old != nil {
		for _, name := range slices.Concat(s.old.Missing, s.watched()) {
			all[name] = true
		}
	}
	if s.before == nil || s.sameIndexes() {
		return all
	}
	for name, l := range s.now.listings {
		was := s.before.listings[name]
		recent := s.p.in.Now.Sub(l.entry.UpdatedAt) < grace
		if recent || !l.same(was) || l.advised() || was.advised() {
			all[name] = true
		}
	}
	for name := range s.before.listings {
		if s.now.listings[name] == nil {
			all[name] = true
		}
	}
	return all
}

func (s *shelf) sortedRecords() []*record {
	all := make([]*record, 0, len(s.records))
	for _, name := range slices.Sorted(maps.Keys(s.records)) {
		all = append(all, s.records[name])
	}
	return all
}
