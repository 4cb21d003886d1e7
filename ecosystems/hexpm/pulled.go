package hexpm

import (
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/hexpm/lockfile"
)

// pulledFile is a file of a repository that clients may ask a server for, by its path in the tree.
type pulledFile struct {
	*repository
	name    string
	version string // empty: the registry file of the package
}

// parsePulled reads the path of a file that can be pulled: packages/NAME or tarballs/NAME-VERSION.tar of a
// repository of the mirror.
func (s *settings) parsePulled(path string) (pulledFile, bool) {
	for _, r := range slices.Backward(s.repositories) { // the main one, without a prefix, is the first
		rest, ok := strings.CutPrefix(path, r.prefix)
		if !ok {
			continue
		}
		f := pulledFile{repository: r}
		if f.name, ok = strings.CutPrefix(rest, packagesDir); ok {
			return f, f.valid(rest)
		}
		if base, ok := strings.CutPrefix(rest, tarballsDir); ok {
			f.name, f.version, ok = releaseOf(base, tarballSuffix)
			return f, ok && f.version != "" && f.valid(rest)
		}
		return f, false
	}
	return pulledFile{}, false
}

// pulledPaths returns the paths of what was pulled, as far as it changes what is selected.
func (p *planner) pulledPaths() (paths []string) {
	for _, e := range p.in.Pulled {
		if f, ok := p.parsePulled(e.Path); ok && !p.whole(f.repository) {
			paths = append(paths, e.Path)
		}
	}
	return paths
}

// addPulled selects what clients have asked a server of this mirror for, as far as the repository still lists it.
func (sel *selector) addPulled() {
	for _, e := range sel.p.in.Pulled {
		f, ok := sel.p.parsePulled(e.Path)
		if !ok || sel.p.whole(f.repository) {
			continue
		}
		for _, s := range sel.p.shelves {
			if s.repository == f.repository {
				sel.addPulledFile(target{s, f.name}, f, e.Path)
			}
		}
	}
}

func (sel *selector) addPulledFile(t target, f pulledFile, path string) {
	if t.now.listings[f.name] == nil {
		if f.version != "" {
			t.withdrawn(f.name, f.version)
		}
		return
	}
	w := sel.of(t)
	if f.version == "" {
		return
	}
	w.pins = append(w.pins, pin{Entry: lockfile.Entry{Repository: t.repository.name, Package: f.name, Version: f.version}, file: path, pulled: true})
	sel.changed[t] = true
}
