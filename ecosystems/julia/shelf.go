package julia

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/fetch"
)

// shelf is a registry in one state, with where its packages come from. One registry
// is on two shelves if both flavors of a server are mirrored and differ.
type shelf struct {
	p       *planner
	origin  origin
	label   string             // see [registryState.Origin]
	flavors []pkgserver.Flavor // of the lists that are to name it; none: of all
	uuid    uuid.UUID
	tree    treehash.Hash  // of upstream's state
	before  *registryState // nil if the current snapshot was made without it

	registry *registry.Registry // nil until it is read
	spool    ecosystems.Spool   // with its files, of which there are some ten megabytes
	object   fetch.Object       // upstream's tarball, gzipped
	versions int                // that upstream's state lists
}

// origin is where a registry and its packages come from.
type origin interface {
	// tarball returns the gzipped tarball of the registry itself, proven.
	tarball(ctx context.Context, s *shelf) (fetch.Object, error)

	// pack returns the source of a version's tarball. Whoever makes it proves it by
	// its tree hash, and tells got what the package says about artifacts.
	pack(s *shelf, pkg *registry.Package, r registry.Release) (ecosystems.Prepared, error)
}

// openRegistries reads the registries that have been found.
func (p *planner) openRegistries() error {
	for _, s := range p.shelves {
		if err := s.open(); err != nil {
			return err
		}
	}
	return nil
}

// open gets the tarball of the registry and reads it.
func (s *shelf) open() (err error) {
	if s.registry != nil {
		return nil
	}
	if s.object, err = s.origin.tarball(s.p.ctx, s); err != nil {
		return fmt.Errorf("registry %s: %w", s.title(), err)
	}
	f, err := s.p.in.Workshop.Open(s.object)
	if err != nil {
		return err
	}
	defer f.Close()
	if s.spool, err = s.p.in.Workshop.Spool(); err != nil {
		return err
	}
	if s.registry, err = registry.Read(f, registry.Options{Spool: s.spool}); err != nil {
		return fmt.Errorf("registry %s: %w", s.title(), err)
	}
	switch {
	case s.registry.Hash() != s.tree:
		return fmt.Errorf("registry %s: the tarball holds the tree %s", s.title(), s.registry.Hash())
	case s.registry.UUID != s.uuid:
		return fmt.Errorf("registry %s: its Registry.toml says that it is %s", s.title(), s.registry)
	}
	for _, problem := range s.registry.Problems() {
		s.p.notice("broken-registry", s.path(), "registry %s: %v; what it speaks of is not mirrored", s.registry.Name, problem)
	}
	return nil
}

// close gives back what open took.
func (s *shelf) close() error {
	if s.spool == nil {
		return nil
	}
	return s.spool.Close()
}

// title names the registry for people.
func (s *shelf) title() string {
	switch {
	case s.registry != nil:
		return s.registry.Name
	case s.before != nil:
		return s.before.Name
	case s.uuid == registry.General:
		return "General"
	}
	return s.uuid.String()
}

// path is where upstream's state belongs in the tree.
func (s *shelf) path() string { return pkgserver.Registry{UUID: s.uuid, Tree: s.tree}.Path() }

// guard stops the run when a registry went back in time or lost much of what it had.
func (p *planner) guard() error {
	for _, s := range p.shelves {
		if err := s.count(); err != nil {
			return err
		}
		if s.before == nil || s.before.Tree == s.tree {
			continue
		}
		if s.wentBack() && !p.in.Selection.AllowRollback {
			return fmt.Errorf("registry %s: upstream went back to %s, an earlier state than the mirror's %s: wait for it to catch up, or run with --allow-rollback",
				s.title(), s.tree, s.before.Tree)
		}
		if lost := s.before.Versions - s.versions; lost > shrinkSlack && lost > s.before.Versions/10 && !p.in.Selection.AllowShrink {
			return fmt.Errorf("registry %s: upstream lists %d versions, %d less than before: if that is right, run with --allow-shrink",
				s.title(), s.versions, lost)
		}
	}
	return nil
}

// wentBack reports whether a server shows an earlier state than the one that it showed last. The
// states have no order of their own: one that was seen before, and lists less, is earlier; where
// something was only taken back, such as a yank, nothing is listed less. In git, history itself
// tells, and whoever turns it back means it.
func (s *shelf) wentBack() bool {
	_, isGit := s.origin.(*gitOrigin)
	return !isGit && s.versions < s.before.Versions && slices.Contains(s.before.Seen, s.tree)
}

// shrinkSlack is how many versions a registry may lose however small it is.
const shrinkSlack = 20

// count counts the versions of the registry. A package that cannot be read counts for none.
func (s *shelf) count() error {
	for _, pkg := range s.registry.Packages() {
		releases, err := pkg.Releases()
		if _, bad := errors.AsType[*registry.FileError](err); err != nil && !bad {
			return err
		}
		s.versions += len(releases)
	}
	return nil
}
