package hexpmtest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

// Repository is one Hex repository of an [Upstream].
type Repository struct {
	u        *Upstream
	name     string
	key      *registry.SigningKey
	token    string
	packages map[string]*pkg
	policies map[string]*object
	public   map[string]bool // policies that need no token

	// Built when first asked for; nil while out of date.
	names, versions *object
	rebuiltAt       time.Time
}

// pkg is a package as hex.pm's database has it.
type pkg struct {
	name       string
	updatedAt  time.Time
	builtAt    time.Time
	releases   []*release // ascending
	advisories []registry.Advisory
	built      *object // packages/NAME; nil while out of date
}

// release is one version of a package.
type release struct {
	spec
	version     string
	generation  int // raised by every Replace
	publishedAt time.Time
	changedAt   time.Time // of the tarball
	retired     *registry.Retirement
	advisories  []string // ids, sorted
	docs        *object
	inner       registry.Checksum // zero until generated
	outer       registry.Checksum
	length      int64
	spooled     int // the generation that is in the spool, plus one
}

// Name returns the name that is signed into every file.
func (r *Repository) Name() string { return r.name }

// change runs f on a package under the lock, and then does what hex.pm does
// after such an event.
func (r *Repository) change(name string, e event, f func(p *pkg, now time.Time)) {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	p := r.packages[name]
	if p == nil {
		panic(fmt.Sprintf("hexpmtest: no package %s", name))
	}
	if !e.indexes { // they keep what they show until somebody rebuilds them
		r.buildIndexes()
	}
	now := r.u.now()
	f(p, now)
	if e.updatedAt {
		p.updatedAt = now
	}
	if e.pkg {
		p.built, p.builtAt = nil, now
	}
	if len(p.releases) == 0 {
		delete(r.packages, name)
	}
	if e.indexes {
		r.names, r.versions, r.rebuiltAt = nil, nil, now
	}
}

// event says what an event rebuilds.
type event struct {
	pkg       bool // packages/NAME
	indexes   bool // names and versions
	updatedAt bool // in the database; shown by the next rebuild of names
}

// Publish adds a release, and the package with its first one.
func (r *Repository) Publish(name, v string, options ...ReleaseOption) {
	r.u.mu.Lock()
	if r.packages[name] == nil {
		r.packages[name] = &pkg{name: name}
	}
	r.u.mu.Unlock()
	r.change(name, event{pkg: true, indexes: true, updatedAt: true}, func(p *pkg, now time.Time) {
		p.add(&release{spec: newSpec(options), version: v, publishedAt: now, changedAt: now})
	})
}

// add inserts a release in its place.
func (p *pkg) add(rel *release) {
	if !rel.spec.publishedAt.IsZero() {
		rel.publishedAt = rel.spec.publishedAt
	}
	if p.find(rel.version) != nil {
		panic(fmt.Sprintf("hexpmtest: %s %s exists; Replace it", p.name, rel.version))
	}
	i, _ := slices.BinarySearchFunc(p.releases, rel, func(a, b *release) int { return compareVersions(a.version, b.version) })
	p.releases = slices.Insert(p.releases, i, rel)
}

func compareVersions(a, b string) int {
	va, errA := version.Parse(a)
	vb, errB := version.Parse(b)
	if errA != nil || errB != nil {
		return strings.Compare(a, b)
	}
	return version.Compare(va, vb)
}

func (p *pkg) find(v string) *release {
	for _, rel := range p.releases {
		if rel.version == v {
			return rel
		}
	}
	return nil
}

func (p *pkg) must(v string) *release {
	rel := p.find(v)
	if rel == nil {
		panic(fmt.Sprintf("hexpmtest: no release %s %s", p.name, v))
	}
	return rel
}

// Replace publishes a version again with other bytes, as hex.pm allows for a
// while. The options are those of the new release; published_at stays.
func (r *Repository) Replace(name, v string, options ...ReleaseOption) {
	r.change(name, event{pkg: true, indexes: true, updatedAt: true}, func(p *pkg, now time.Time) {
		rel := p.must(v)
		rel.spec, rel.changedAt = newSpec(options), now
		rel.generation++
		rel.inner, rel.outer, rel.length = registry.Checksum{}, registry.Checksum{}, 0
	})
}

// Revert takes a release back; with its last one the package is gone.
func (r *Repository) Revert(name, v string) {
	r.change(name, event{pkg: true, indexes: true, updatedAt: true}, func(p *pkg, _ time.Time) { p.remove(v) })
}

// RemoveRelease is an administrator's removal: like a revert, but updated_at stays.
func (r *Repository) RemoveRelease(name, v string) {
	r.change(name, event{pkg: true, indexes: true}, func(p *pkg, _ time.Time) { p.remove(v) })
}

func (p *pkg) remove(v string) {
	p.must(v)
	p.releases = slices.DeleteFunc(p.releases, func(rel *release) bool { return rel.version == v })
}

// RemovePackage is an administrator's removal of a whole package.
func (r *Repository) RemovePackage(name string) {
	r.change(name, event{indexes: true}, func(p *pkg, _ time.Time) { p.releases = nil })
}

// Retire marks a release. The indexes show it after their next rebuild only.
func (r *Repository) Retire(name, v string, reason registry.RetirementReason, message string) {
	r.change(name, event{pkg: true, updatedAt: true}, func(p *pkg, _ time.Time) {
		p.must(v).retired = &registry.Retirement{Reason: reason, Message: message}
	})
}

// Unretire takes the mark back. The indexes show it after their next rebuild only.
func (r *Repository) Unretire(name, v string) {
	r.change(name, event{pkg: true, updatedAt: true}, func(p *pkg, _ time.Time) { p.must(v).retired = nil })
}

// Rebuild makes names, versions and every packages/NAME anew, as after a change
// of the format. Unless something was pending, their bytes stay.
func (r *Repository) Rebuild() {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	now := r.u.now()
	for _, p := range r.packages {
		p.built, p.builtAt = nil, now
	}
	r.names, r.versions, r.rebuiltAt = nil, nil, now
}
