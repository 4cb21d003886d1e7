package hexpm

import (
	"maps"
	"slices"

	"github.com/offmirror/offmirror/layout"
)

// leaveOutClashes notes the releases that cannot lie beside another one of the
// package, since their versions differ only by case and the tree must fit on
// every file system. Whoever may publish a package could otherwise stop every
// mirror of its repository. What is here already stays, else the first one.
func (r *record) leaveOutClashes(here map[string]bool) {
	r.clashes = nil
	first := make(map[string]string, len(r.pkg.Releases))
	for _, release := range r.pkg.Releases {
		key := layout.FoldKey(release.Version)
		other, taken := first[key]
		switch {
		case !taken:
			first[key] = release.Version
			continue
		case r.clashes == nil:
			r.clashes = map[string]string{}
		}
		if here[release.Version] && !here[other] {
			first[key] = release.Version
			r.clashes[other] = release.Version
		} else {
			r.clashes[release.Version] = other
		}
	}
}

// emitClashes reports the releases that were asked for and are left out.
func (s *shelf) emitClashes(r *record) error {
	for _, version := range slices.Sorted(maps.Keys(r.clashes)) {
		if r.kept != nil && r.kept[version] == nil {
			continue
		}
		why := "it cannot be kept beside " + r.clashes[version] + ", from which it differs only by case"
		if err := s.emitMissing(tarballFile(r.name, version), s.title(r.name)+" "+version, why); err != nil {
			return err
		}
		if s.p.filtered { // the index of a package that is carried over would list it
			s.next.Missing = append(s.next.Missing, r.name)
		}
	}
	return nil
}

func versionsOf[V any](here map[string]V) map[string]bool {
	versions := make(map[string]bool, len(here))
	for v := range here {
		versions[v] = true
	}
	return versions
}
