package hexpm

import (
	"maps"
	"path"
	"slices"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
)

// whole reports whether all of r is mirrored, every release of every package,
// without working out a closure. That of a further repository has to be if it can add
// to the selection of another one; packages of the main one depend on no other.
func (s *settings) whole(r *repository) bool {
	if r == s.repositories[0] {
		return s.unlimited(r)
	}
	return !slices.ContainsFunc(s.repositories, func(other *repository) bool { return !s.unlimited(other) })
}

// unlimited reports whether nothing is left out of r.
func (s *settings) unlimited(r *repository) bool {
	if len(r.roots) > 0 || len(s.locks) > 0 || s.versions != (versionPolicy{}) || !s.prereleases {
		return false
	}
	for _, d := range s.deny {
		if !d.Requirement.IsAny() {
			return false
		}
	}
	return true
}

// planWhole yields the content of the repositories that are mirrored as a whole:
// first what changed, then what is carried over.
func (p *planner) planWhole() error {
	for _, s := range p.shelves {
		if !p.whole(s.repository) {
			continue
		}
		if err := s.expect(); err != nil {
			return err
		}
		if err := s.read(slices.Sorted(maps.Keys(s.suspects)), s.takeWhole); err != nil {
			return err
		}
	}
	if p.nothingCame() {
		return ecosystems.ErrUnchanged
	}
	for _, s := range p.shelves {
		if p.whole(s.repository) {
			if err := s.carryOver(); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeWhole yields everything of a package that changed. One that did not is
// carried over with all others, without looking at its releases.
func (s *shelf) takeWhole(r *record) error {
	if s.carriable(r) {
		delete(s.records, r.name)
		return nil
	}
	err := s.emitReleases(r)
	if !s.p.filtered {
		r.pkg = nil // a whole repository is too much to keep in memory
	}
	return err
}

func (s *shelf) carriable(r *record) bool {
	if r.err != nil || r.listing == nil || s.old == nil || s.p.old.Fingerprint != s.p.next.Fingerprint {
		return false
	}
	if slices.Contains(s.old.Missing, r.name) {
		return false
	}
	if s.p.docs && s.before != nil && r.listing.touched(s.before.listings[r.name]) {
		return false
	}
	return r.earlier || r.object.ID == s.upstreamBefore(r.name)
}

// nothingCame reports whether a run whose only purpose was to look after
// unsettled packages found all as it was.
func (p *planner) nothingCame() bool {
	if p.sweep() || !p.lists.unchanged() {
		return false
	}
	for _, s := range p.shelves {
		if !p.whole(s.repository) || !s.sameIndexes() || !s.samePolicies() || len(s.records)+len(s.gone) > 0 {
			return false
		}
	}
	return true
}

// carried reports whether a listed package stays as the current snapshot has it.
func (s *shelf) carried(name string) bool {
	return s.now.listings[name] != nil && s.records[name] == nil && !s.gone[name]
}

// carryOver yields what stays, and reports tarballs of packages that are gone.
func (s *shelf) carryOver() error {
	for e := range s.p.entries(s.prefix + tarballsDir) {
		name, version, ok := releaseOf(path.Base(e.Path), tarballSuffix)
		switch {
		case !ok:
		case s.carried(name):
			if err := s.p.emit(have(e.Path, fetch.Object{ID: e.Object, Size: e.Size}, content)); err != nil {
				return err
			}
		case s.records[name] == nil && !s.denied[name]:
			s.withdrawn(name, version)
		}
	}
	if s.p.docs {
		for e := range s.p.entries(s.prefix + docsDir) {
			name, _, ok := releaseOf(path.Base(e.Path), docsSuffix)
			if !ok || !s.carried(name) {
				continue
			}
			if err := s.p.emit(have(e.Path, fetch.Object{ID: e.Object, Size: e.Size}, content)); err != nil {
				return err
			}
		}
	}
	if s.old == nil {
		return nil
	}
	for name, versions := range s.old.NoDocs {
		if s.carried(name) {
			s.next.NoDocs[name] = versions
		}
	}
	for name, id := range s.old.Documents {
		if s.carried(name) {
			s.next.Documents[name] = id
		}
	}
	return nil
}

func (s *shelf) withdrawn(name, version string) {
	s.p.notice("withdrawn", s.prefix+tarballFile(name, version),
		"%s %s is no longer in the repository; older snapshots keep it", s.title(name), version)
}

// expect announces the size of a first copy.
func (s *shelf) expect() error {
	if s.p.in.Previous != nil {
		return nil
	}
	return s.p.expect(s.now.releases())
}
