package pkgclient

import (
	"fmt"
	"slices"

	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// requirement is a package that must be in the solution.
type requirement struct {
	id       uuid.UUID
	versions version.Set
	exactly  *version.Version // if not nil, what to keep
}

// solver finds a solution depth first. What a version needs of packages is a limit on them for
// as long as the version is chosen.
type solver struct {
	*graph

	needed []uuid.UUID
	chosen map[uuid.UUID]candidate
	limits map[uuid.UUID][]limit
	budget int
	reason string // why the search last turned back
}

// limit is what somebody demands of a package.
type limit struct {
	by       string
	versions version.Set
	exactly  *version.Version
}

func (l limit) admits(v version.Version) bool {
	if l.exactly != nil {
		return v == *l.exactly
	}
	return l.versions.Contains(v)
}

// maxSteps ends searches that lead nowhere.
const maxSteps = 500_000

// solve chooses a version of each requirement and of all that they need, the newest first.
func (g *graph) solve(requirements []requirement) (map[uuid.UUID]candidate, error) {
	s := &solver{graph: g, chosen: map[uuid.UUID]candidate{}, limits: map[uuid.UUID][]limit{}, budget: maxSteps}
	for _, r := range requirements {
		s.limits[r.id] = append(s.limits[r.id], limit{"the user", r.versions, r.exactly})
		s.need(r.id)
	}
	for _, r := range requirements {
		if !s.viable(r.id) {
			return nil, fmt.Errorf("%w: %s", ErrUnsatisfiable, s.reason)
		}
	}
	if s.search() {
		return s.chosen, nil
	}
	if s.budget <= 0 {
		s.reason = fmt.Sprintf("gave up after %d steps; last, %s", maxSteps, s.reason)
	}
	return nil, fmt.Errorf("%w: %s", ErrUnsatisfiable, s.reason)
}

func (s *solver) need(id uuid.UUID) {
	if _, ok := s.profile.stdlib(id); !ok && !slices.Contains(s.needed, id) {
		s.needed = append(s.needed, id)
	}
}

func (s *solver) search() bool {
	i := slices.IndexFunc(s.needed, func(id uuid.UUID) bool { _, ok := s.chosen[id]; return !ok })
	if i < 0 {
		return true
	}
	id := s.needed[i]
	for _, c := range s.candidates[id] {
		if s.budget--; s.budget <= 0 {
			return false
		}
		if !s.admitted(id, c) {
			continue
		}
		before := len(s.needed)
		s.chosen[id] = c
		if s.demand(id, c) && s.search() {
			return true
		}
		s.withdraw(c)
		s.needed = s.needed[:before]
		delete(s.chosen, id)
	}
	if s.viable(id) {
		s.reason = fmt.Sprintf("no version of %s fits with what is chosen: %s", s.names[id], s.reason)
		if len(s.reason) > 500 {
			s.reason = s.reason[:500]
		}
	}
	return false
}

// admitted tells whether a version meets all demands and runs with this Julia.
func (s *solver) admitted(id uuid.UUID, c candidate) bool {
	for _, l := range s.limits[id] {
		if !l.admits(c.version) {
			return false
		}
	}
	for _, n := range c.needs {
		if n.id == uuid.Julia && !n.compat.Contains(s.profile.Version) {
			return false
		}
	}
	return true
}

// viable tells whether some version meets all demands, and notes it if not.
func (s *solver) viable(id uuid.UUID) bool {
	if _, ok := s.profile.stdlib(id); ok {
		return true
	}
	if slices.ContainsFunc(s.candidates[id], func(c candidate) bool { return s.admitted(id, c) }) {
		return true
	}
	s.reason = fmt.Sprintf("no version of %s for %s", s.names[id], s.profile)
	for _, l := range s.limits[id] {
		want := l.versions.String()
		if l.exactly != nil {
			want = l.exactly.String()
		}
		s.reason += fmt.Sprintf(", %s wants %s", l.by, want)
	}
	return false
}

// demand puts limits on what a version needs, weak dependencies included, and reports
// whether they can be met. They are put in any case, for withdraw.
func (s *solver) demand(id uuid.UUID, c candidate) bool {
	by := s.names[id] + " " + c.version.String()
	for _, n := range c.needs {
		s.limits[n.id] = append(s.limits[n.id], limit{by: by, versions: n.compat})
	}
	for _, n := range c.needs {
		if n.id == uuid.Julia {
			continue
		}
		if other, ok := s.chosen[n.id]; ok && !n.compat.Contains(other.version) {
			s.reason = fmt.Sprintf("%s wants %s %s, not %s", by, s.names[n.id], n.compat, other.version)
			return false
		}
		if n.weak {
			continue
		}
		if !s.viable(n.id) {
			return false
		}
		s.need(n.id)
	}
	return true
}

func (s *solver) withdraw(c candidate) {
	for _, n := range c.needs {
		list := s.limits[n.id]
		s.limits[n.id] = list[:len(list)-1]
	}
}
