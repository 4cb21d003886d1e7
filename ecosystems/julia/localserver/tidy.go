package localserver

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
)

const (
	quarantineDir = "state/quarantine"
	maxQuarantine = 64 // objects; of a disk that rots there may be many

	// keepRegistry is for how long the tarball of a registry is kept that no list names any more. Clients
	// ask for it moments after they read the list. General alone has dozens of states a day.
	keepRegistry = 7 * 24 * time.Hour
)

// setAside moves a damaged object to where an administrator can look at it.
func (s *shelf) setAside(id store.ID) {
	aside := s.root.MkdirAll(quarantineDir, 0o700) == nil
	if aside {
		list, err := fs.ReadDir(s.root.FS(), quarantineDir)
		aside = err == nil && len(list) < maxQuarantine
	}
	if aside {
		aside = s.store.SetAside(id, path.Join(quarantineDir, s.now().UTC().Format("20060102T150405Z")+"-"+id.String())) == nil
	}
	if !aside {
		_ = s.store.Remove(id)
	}
}

// tidy removes the tarballs of registries that no source lists, and has not for long.
func (s *Server) tidy() {
	listed := map[string]bool{}
	for _, g := range s.registries {
		if r, tree := g.current(); r != nil {
			listed["registry/"+r.UUID.String()+"/"+tree.String()] = true
		}
	}
	for _, u := range s.upstreams {
		for _, r := range u.current() {
			listed[r.Path()] = true
		}
	}
	removed := 0
	for _, path := range s.shelf.paths("registry/") {
		if !listed[path] && s.shelf.remove(path, s.now().Add(-keepRegistry)) {
			removed++
		}
	}
	if removed > 0 {
		s.log.Info("tarballs of registries removed that are listed no more", "count", removed)
	}
}

// paths returns those that begin with a prefix, sorted.
func (s *shelf) paths(prefix string) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := slices.DeleteFunc(slices.Collect(maps.Keys(s.at)), func(path string) bool { return !strings.HasPrefix(path, prefix) })
	slices.Sort(all)
	return all
}

// remove forgets a path, and its object if no other path has it, unless the object is younger than a time.
func (s *shelf) remove(path string, before time.Time) bool {
	o, ok := s.get(path)
	if !ok {
		return false
	}
	info, err := s.store.Stat(o.ID)
	if err != nil || !info.ModTime().Before(before) {
		return false
	}
	s.drop(path)
	if !s.shares(o) {
		_ = s.store.Remove(o.ID)
	}
	return true
}

// shares reports whether some path has an object.
func (s *shelf) shares(o fetch.Object) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, other := range s.at {
		if other.ID == o.ID {
			return true
		}
	}
	return false
}
