package hexpm

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// content is the stage of what indexes name.
const content = layout.Content

// emitReleases yields the tarballs, and perhaps the documentation, of the
// releases that are kept of a package.
func (s *shelf) emitReleases(r *record) error {
	if r.err != nil || r.pkg == nil {
		return nil
	}
	r.remember()
	here := s.here(tarballsDir, r.name, tarballSuffix)
	r.leaveOutClashes(versionsOf(here))
	if err := s.emitClashes(r); err != nil {
		return err
	}
	for _, release := range r.pkg.Releases {
		e, isHere := here[release.Version]
		delete(here, release.Version)
		reason, ok := r.reason(release.Version)
		if !ok {
			continue
		}
		if isHere && e.Object == store.ID(release.OuterChecksum) {
			if err := s.p.emit(have(e.Path, fetch.Object{ID: e.Object, Size: e.Size}, content)); err != nil {
				return err
			}
			continue
		}
		if err := s.p.emit(s.download(r, release, reason)); err != nil {
			return err
		}
	}
	for _, version := range slices.Sorted(maps.Keys(here)) {
		if !r.partial {
			s.withdrawn(r.name, version)
		}
	}
	if s.p.docs {
		return s.emitDocs(r)
	}
	return nil
}

// download is the item of a release that is not here yet.
func (s *shelf) download(r *record, release registry.Release, reason string) ecosystems.Item {
	return ecosystems.Item{
		Path: s.prefix + tarballFile(r.name, release.Version), Stage: content,
		Source: ecosystems.Download{Request: s.tarballRequest(r.name, release)},
		Name:   s.title(r.name) + " " + release.Version, Reason: reason,
	}
}

// here returns the current snapshot's files of one package in a folder, by version.
func (s *shelf) here(dir, name, suffix string) map[string]layout.Entry {
	found := map[string]layout.Entry{}
	for e := range s.p.entries(s.prefix + dir + name + "-") {
		if _, version, ok := releaseOf(path.Base(e.Path), suffix); ok {
			found[version] = e
		}
	}
	return found
}

// emitDocs yields the documentation archives of the releases that are kept.
// Which releases have one is told nowhere: each is asked for, and what is absent is
// remembered until the package changes.
func (s *shelf) emitDocs(r *record) error {
	touched := s.before == nil || r.listing.touched(s.before.listings[r.name])
	var absent []string
	if s.old != nil && !touched {
		absent = s.old.NoDocs[r.name]
	}
	here := s.here(docsDir, r.name, docsSuffix)
	for _, release := range r.pkg.Releases {
		version := release.Version
		reason, ok := r.reason(version)
		if !ok {
			continue
		}
		if slices.Contains(absent, version) {
			s.next.NoDocs[r.name] = append(s.next.NoDocs[r.name], version)
			continue
		}
		it := ecosystems.Item{
			Path: s.prefix + docsFile(r.name, version), Stage: content, Optional: true,
			Source: ecosystems.Download{Request: s.docsRequest(r.name, version)},
			Name:   s.title(r.name) + " " + version + " docs", Reason: reason,
		}
		if e, ok := here[version]; ok && !touched {
			it = have(e.Path, fetch.Object{ID: e.Object, Size: e.Size}, content)
		}
		if err := s.p.emit(it); err != nil {
			return err
		}
	}
	return nil
}

// split takes the path of an item apart, if it belongs to this repository.
func (s *shelf) split(file, dir, suffix string) (name, version string, ok bool) {
	base, ok := strings.CutPrefix(file, s.prefix+dir)
	if !ok {
		return "", "", false
	}
	return releaseOf(base, suffix)
}
