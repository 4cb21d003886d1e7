package hexpm

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// expect announces what the selection will fetch.
func (sel *selector) expect() error {
	n := 0
	for t, w := range sel.targets {
		r := t.records[t.name]
		if r == nil || r.pkg == nil || len(w.kept) == 0 {
			continue
		}
		here := t.here(tarballsDir, t.name, tarballSuffix)
		for _, release := range r.pkg.Releases {
			if w.kept[release.Version] != nil && here[release.Version].Object != store.ID(release.OuterChecksum) {
				n++
			}
		}
	}
	return sel.p.expect(n)
}

func (sel *selector) compareWithLocks() {
	for _, t := range sel.ordered() {
		if r := t.records[t.name]; r != nil && r.pkg != nil {
			sel.p.compareWithLock(t.shelf, r, sel.targets[t].pins)
		}
	}
}

// emit yields the content of all that was selected, and reports what is missing.
func (sel *selector) emit() error {
	for _, s := range sel.p.shelves {
		if sel.p.whole(s.repository) {
			continue
		}
		for name := range s.records { // read because it might have changed, but not selected any more
			if sel.targets[target{s, name}] == nil {
				delete(s.records, name)
			}
		}
	}
	for _, t := range sel.ordered() {
		if err := sel.emitTarget(t); err != nil {
			return err
		}
	}
	return nil
}

// ordered returns the targets by repository and name.
func (sel *selector) ordered() []target {
	return slices.SortedFunc(maps.Keys(sel.targets), compareTargets)
}

func compareTargets(a, b target) int {
	return cmp.Or(cmp.Compare(a.prefix, b.prefix), cmp.Compare(a.name, b.name))
}

func (sel *selector) emitTarget(t target) error {
	w, r := sel.targets[t], t.records[t.name]
	if r == nil {
		return t.emitUnknown(w)
	}
	r.kept = w.kept
	if r.pkg == nil {
		return nil // reported with the index
	}
	for _, pin := range w.pins {
		if _, ok := r.pkg.Release(pin.Version); ok || w.kept[pin.Version] == nil {
			continue
		}
		delete(w.kept, pin.Version)
		if pin.pulled {
			t.withdrawn(t.name, pin.Version)
			continue
		}
		if err := t.emitMissing(tarballFile(t.name, pin.Version), t.title(t.name)+" "+pin.Version,
			fmt.Sprintf("locked by %s, but the repository does not list it", pin.file)); err != nil {
			return err
		}
	}
	return t.emitReleases(r)
}

// emitUnknown reports a package that was asked for and that no index lists.
func (t target) emitUnknown(w *wanted) error {
	for _, pin := range w.pins {
		why := fmt.Sprintf("locked by %s, but the repository does not have the package", pin.file)
		if err := t.emitMissing(tarballFile(t.name, pin.Version), t.title(t.name)+" "+pin.Version, why); err != nil {
			return err
		}
	}
	if len(w.wishes) == 0 {
		return nil
	}
	why := fmt.Sprintf("asked for (%s), but the repository does not have the package", w.wishes[0].reason)
	return t.emitMissing(packageFile(t.name), t.title(t.name), why)
}

// emitMissing yields an item that cannot be had.
func (s *shelf) emitMissing(file, name, why string) error {
	return s.p.emit(ecosystems.Item{
		Path: s.prefix + file, Stage: layout.Content, Name: name,
		Source: ecosystems.Failed{Err: fmt.Errorf("%w: %s", fetch.ErrAbsent, why)},
	})
}
