package hexpmtest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

const (
	cacheRegistry = "public, max-age=3600"
	cacheTarball  = "public, max-age=604800"
	cacheDocs     = "public, max-age=86400"
	cacheBuilds   = "public, max-age=3600"
)

// cache is the Cache-Control of a registry file.
func (r *Repository) cache(public string) string {
	if r == r.u.Repository {
		return public
	}
	if public == cacheRegistry {
		return "private, max-age=3600"
	}
	return "private, max-age=86400"
}

// The caller of the functions below holds the lock.

func (r *Repository) seal(payload []byte) []byte {
	file, err := r.key.Seal(payload)
	if err != nil {
		panic("hexpmtest: " + err.Error())
	}
	return file
}

// buildIndexes makes names and versions if they are out of date.
func (r *Repository) buildIndexes() {
	if r.names != nil {
		return
	}
	names := registry.Names{Repository: r.name}
	versions := registry.Versions{Repository: r.name}
	for _, name := range slices.Sorted(maps.Keys(r.packages)) {
		p := r.packages[name]
		if len(p.releases) == 0 {
			continue
		}
		names.Packages = append(names.Packages, registry.NamedPackage{Name: name, UpdatedAt: p.updatedAt})
		e := registry.VersionedPackage{Name: name}
		for i, rel := range p.releases {
			e.Versions = append(e.Versions, rel.version)
			if rel.retired != nil {
				e.Retired = append(e.Retired, uint32(i))
			}
			if len(rel.advisories) > 0 {
				e.WithAdvisories = append(e.WithAdvisories, uint32(i))
			}
		}
		versions.Packages = append(versions.Packages, e)
	}
	r.names = newObject(r.seal(names.Marshal()), r.rebuiltAt, r.cache(cacheRegistry))
	r.versions = newObject(r.seal(versions.Marshal()), r.rebuiltAt, r.cache(cacheRegistry))
}

// build makes packages/NAME if it is out of date.
func (r *Repository) build(p *pkg) *object {
	if p.built == nil {
		p.built = newObject(r.seal(r.describe(p).Marshal()), p.builtAt, r.cache(cacheRegistry))
	}
	return p.built
}

// describe returns a package as its registry file has it.
func (r *Repository) describe(p *pkg) *registry.Package {
	d := &registry.Package{Repository: r.name, Name: p.name, Advisories: p.advisories}
	for _, rel := range p.releases {
		r.generate(p, rel)
		release := registry.Release{
			Version: rel.version, InnerChecksum: rel.inner, OuterChecksum: rel.outer,
			Dependencies: rel.deps, Retired: rel.retired, PublishedAt: rel.publishedAt,
		}
		if rel.noOuter {
			release.OuterChecksum = registry.Checksum{}
		}
		for _, id := range rel.advisories {
			i := slices.IndexFunc(p.advisories, func(a registry.Advisory) bool { return a.ID == id })
			release.AdvisoryIndexes = append(release.AdvisoryIndexes, uint32(i))
		}
		d.Releases = append(d.Releases, release)
	}
	return d
}

// generate learns a release's checksums. The bytes are made again when asked for.
func (r *Repository) generate(p *pkg, rel *release) {
	if rel.length > 0 {
		return
	}
	built := r.project(p.name, rel).build()
	rel.inner, rel.outer, rel.length = built.InnerChecksum, built.OuterChecksum, int64(len(built.Bytes))
}

// Package returns a package as its registry file would describe it now.
func (r *Repository) Package(name string) *registry.Package {
	r.u.mu.Lock()
	defer r.u.mu.Unlock()
	p := r.packages[name]
	if p == nil {
		panic(fmt.Sprintf("hexpmtest: no package %s", name))
	}
	return r.describe(p)
}

// Tarball returns the bytes of a release.
func (r *Repository) Tarball(name, v string) []byte {
	r.u.mu.Lock()
	p := r.packages[name]
	if p == nil {
		r.u.mu.Unlock()
		panic(fmt.Sprintf("hexpmtest: no package %s", name))
	}
	project := r.project(name, p.must(v))
	r.u.mu.Unlock()
	return project.build().Bytes
}
