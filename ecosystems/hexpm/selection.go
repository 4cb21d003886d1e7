package hexpm

import (
	"fmt"
	"maps"
	"slices"

	"github.com/offmirror/offmirror/ecosystems/hexpm/lockfile"
	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

// selector works out which releases a selection comes to.
//
// Roots, the packages of the configuration, keep the versions that their
// requirements admit. Locks pin single versions. Then every kept release is
// followed: what its dependencies' requirements admit is kept too, until nothing
// is added. Any kept release may be the one that a client chooses, so the closure is
// over all of them, and latest:N keeps the newest N for each requirement that some
// kept release has: each of them can be satisfied from here.
//
// What is kept only because a lock pins it is not followed to packages that are
// pinned to a fitting version themselves: the project that was locked needs no more.
type selector struct {
	p       *planner
	targets map[target]*wanted
	outside map[string]bool   // applications that locks take from elsewhere
	told    map[string]bool   // notices given
	changed map[target]bool   // those with something new to work out
	missing map[target]string // packages that no index lists, and who needs them
}

// target is a package of a repository.
type target struct {
	*shelf
	name string
}

// wanted is what is asked of a package.
type wanted struct {
	wishes []wish
	seen   map[string]bool // texts of the wishes so far
	pins   []pin
	kept   map[string]*keep
	fed    int // wishes that were worked out

	everything bool // there were too many wishes
}

// wish asks for versions by requirement.
type wish struct {
	requirement version.Requirement
	reason      string
}

// pin is an entry of a lock file.
type pin struct {
	lockfile.Entry
	file   string
	pulled bool // no lock file: a client asked a server of this mirror for the release
}

func (p pin) reason() string {
	if p.pulled {
		return "a client asked for it"
	}
	return "locked by " + p.file
}

// planSelected works out the closure over all repositories that are not mirrored
// as a whole, and yields its content.
func (p *planner) planSelected() error {
	sel := &selector{
		p: p, targets: map[target]*wanted{}, told: map[string]bool{},
		changed: map[target]bool{}, missing: map[target]string{},
	}
	sel.outside = p.outsideLocks()
	sel.addRoots()
	if err := sel.addPins(); err != nil {
		return err
	}
	sel.addPulled()
	for len(sel.changed) > 0 {
		if err := sel.round(); err != nil {
			return err
		}
	}
	sel.compareWithLocks()
	if n := len(p.mismatches); n > 0 && !p.in.Selection.AllowPartial {
		more := ""
		if n > 1 {
			more = fmt.Sprintf(" (and %d more)", n-1)
		}
		return fmt.Errorf("%s%s; lock the projects again, or publish what the repository has with --allow-partial", p.mismatches[0], more)
	}
	if err := sel.expect(); err != nil {
		return err
	}
	return sel.emit()
}

func (sel *selector) addRoots() {
	for _, s := range sel.p.shelves {
		switch {
		case sel.p.whole(s.repository):
			continue
		case len(s.roots) > 0:
			for _, root := range s.roots {
				reason := "packages: " + root.Package
				if !root.Requirement.IsAny() {
					reason += " " + root.Requirement.String()
				}
				sel.want(target{s, root.Package}, root.Requirement, reason)
			}
		case len(sel.p.locked.files) == 0:
			for _, name := range s.now.packages() {
				sel.want(target{s, name}, version.Any(), "versions: "+sel.p.versions.String())
			}
		}
	}
}

func (sel *selector) addPins() error {
	for _, f := range sel.p.locked.files {
		for _, e := range f.lock.Entries {
			s := sel.p.shelfOf(e.Repository)
			if s == nil {
				sel.tell("out-of-scope", f.path, "%s locks %s to the repository %s, which is not mirrored: add it to [[hex.repositories]]", f.path, e.Package, e.Repository)
				continue
			}
			t := target{s, e.Package}
			sel.of(t).pins = append(sel.of(t).pins, pin{Entry: e, file: f.path})
			sel.changed[t] = true
		}
	}
	return nil
}

// of returns what is wanted of a package. Being wanted at all brings its
// registry file into the mirror.
func (sel *selector) of(t target) *wanted {
	w := sel.targets[t]
	if w == nil {
		w = &wanted{seen: map[string]bool{}, kept: map[string]*keep{}}
		sel.targets[t] = w
		sel.changed[t] = true
	}
	return w
}

// maxWishes is how many different requirements of one package are worked out:
// more than all of hex.pm has of any. One release can hold thousands of them, and
// each is held against every release of the package.
const maxWishes = 1 << 14

func (sel *selector) want(t target, r version.Requirement, reason string) {
	w := sel.of(t)
	if w.seen[r.String()] {
		return
	}
	if len(w.seen) >= maxWishes {
		sel.tell("odd-requirement", t.prefix+packageFile(t.name), "%s: there are more than %d different requirements of it; every version is taken to be wanted", t.title(t.name), maxWishes)
		if r = version.Any(); w.everything {
			return
		}
		w.everything = true
	}
	w.seen[r.String()] = true
	w.wishes = append(w.wishes, wish{r, reason})
	sel.changed[t] = true
}

func (sel *selector) tell(kind, path, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !sel.told[text] {
		sel.told[text] = true
		sel.p.notice(kind, path, "%s", text)
	}
}

// round works out everything that was added since the last one. Packages are
// read together, so that a closure costs as many waits as it is deep.
func (sel *selector) round() error {
	todo := slices.SortedFunc(maps.Keys(sel.changed), compareTargets)
	clear(sel.changed)
	if err := sel.load(todo, func(t target) bool { return t.records[t.name] == nil && !t.gone[t.name] }); err != nil {
		return err
	}
	for _, t := range todo {
		if err := sel.choose(t); err != nil {
			return err
		}
	}
	// A filtered snapshot may lack a release that is wanted now.
	if err := sel.load(todo, sel.incomplete); err != nil {
		return err
	}
	for _, t := range todo {
		if r := t.records[t.name]; r != nil && r.pkg != nil {
			sel.follow(t, r)
		}
	}
	return nil
}

// load gets the records of the targets that need it.
func (sel *selector) load(todo []target, needed func(target) bool) error {
	ask := map[*shelf][]string{}
	for _, t := range todo {
		if !needed(t) {
			continue
		}
		if t.now.listings[t.name] == nil {
			t.gone[t.name] = true
			continue
		}
		if !t.suspects[t.name] && t.records[t.name] == nil {
			if r := t.earlierRecord(t.name); r != nil {
				t.records[t.name] = r
				continue
			}
		}
		ask[t.shelf] = append(ask[t.shelf], t.name)
	}
	for _, s := range sel.p.shelves {
		if err := s.read(ask[s], func(*record) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// incomplete reports whether something is kept that the record lacks.
func (sel *selector) incomplete(t target) bool {
	r := t.records[t.name]
	if r == nil || !r.partial {
		return false
	}
	for v := range sel.targets[t].kept {
		if _, ok := r.pkg.Release(v); !ok {
			return true
		}
	}
	return false
}
