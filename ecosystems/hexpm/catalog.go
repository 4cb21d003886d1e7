package hexpm

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

// catalog is what names and versions say together. They are made and cached
// apart, so either may be newer: a package counts as listed if one of them lists
// it.
type catalog struct {
	names    *registry.Names
	versions *registry.Versions
	listings map[string]*listing
}

// listing is what the indexes say about one package.
type listing struct {
	entry    registry.NamedPackage // zero if names lacks it
	listed   registry.VersionedPackage
	inNames  bool
	inListed bool
}

// openCatalog proves and reads both indexes of a repository.
func (r *repository) openCatalog(names, versions []byte) (*catalog, error) {
	n, err := r.trust.Names(names)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.at(namesFile), err)
	}
	v, err := r.trust.Versions(versions)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.at(versionsFile), err)
	}
	c := newCatalog(n, v)
	for name := range c.listings {
		if err := version.CheckName(name); err != nil {
			return nil, fmt.Errorf("%s: %w", r.at(""), err)
		}
	}
	return c, nil
}

// rememberedCatalog reads the indexes of an earlier run, which were proven then.
// One that cannot be read counts as none.
func rememberedCatalog(s *repositoryState) *catalog {
	if s == nil {
		return nil
	}
	names, err := registry.Open(s.Names.Data, registry.MaxIndexPayload)
	if err != nil {
		return nil
	}
	versions, err := registry.Open(s.Versions.Data, registry.MaxIndexPayload)
	if err != nil {
		return nil
	}
	n, err := registry.UnmarshalNames(names.Payload)
	if err != nil {
		return nil
	}
	v, err := registry.UnmarshalVersions(versions.Payload)
	if err != nil {
		return nil
	}
	return newCatalog(n, v)
}

func newCatalog(n *registry.Names, v *registry.Versions) *catalog {
	c := &catalog{names: n, versions: v, listings: make(map[string]*listing, len(n.Packages))}
	for _, p := range n.Packages {
		c.listings[p.Name] = &listing{entry: p, inNames: true}
	}
	for _, p := range v.Packages {
		l := c.listings[p.Name]
		if l == nil {
			l = &listing{}
			c.listings[p.Name] = l
		}
		l.listed, l.inListed = p, true
	}
	return c
}

// packages returns the listed packages in order.
func (c *catalog) packages() []string { return slices.Sorted(maps.Keys(c.listings)) }

// releases counts what versions lists.
func (c *catalog) releases() (n int) {
	for _, p := range c.versions.Packages {
		n += len(p.Versions)
	}
	return n
}

// same reports whether nothing that an index shows changed between two listings;
// either may be nil.
func (l *listing) same(other *listing) bool {
	if l == nil || other == nil {
		return l == other
	}
	return l.inNames == other.inNames && l.inListed == other.inListed &&
		l.entry.UpdatedAt.Equal(other.entry.UpdatedAt) && l.listed.Equal(other.listed)
}

// touched reports whether the package itself changed, as opposed to advisories about it.
func (l *listing) touched(other *listing) bool {
	return l != nil && (other == nil || !l.entry.UpdatedAt.Equal(other.entry.UpdatedAt))
}

// advised reports whether some release has advisories: their text changes
// without any index showing it.
func (l *listing) advised() bool { return l != nil && len(l.listed.WithAdvisories) > 0 }

// named reports whether names lists the package, which it does exactly as long as
// the package has a release.
func (l *listing) named() bool { return l != nil && l.inNames }

// lacks returns a version that versions lists and p does not, which makes p older.
func (l *listing) lacks(p *registry.Package) (string, bool) {
	if l == nil {
		return "", false
	}
	have := make(map[string]bool, len(p.Releases))
	for _, r := range p.Releases {
		have[r.Version] = true
	}
	for _, v := range l.listed.Versions {
		if !have[v] {
			return v, true
		}
	}
	return "", false
}

// newest returns the time of the last change that names shows.
func (c *catalog) newest() (at time.Time) {
	for _, p := range c.names.Packages {
		if p.UpdatedAt.After(at) {
			at = p.UpdatedAt
		}
	}
	return at
}
