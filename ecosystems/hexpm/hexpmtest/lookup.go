package hexpmtest

import (
	"crypto/md5"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// find returns what storage holds at a path, or nil. The caller holds the lock.
func (u *Upstream) find(path string) *object {
	if o := u.files[path]; o != nil {
		return o
	}
	if rest, ok := strings.CutPrefix(path, "repos/"); ok {
		name, rest, _ := strings.Cut(rest, "/")
		if r := u.repos[name]; r != nil {
			return r.find(rest)
		}
		return nil
	}
	return u.Repository.find(path)
}

func (r *Repository) find(path string) *object {
	folder, name, _ := strings.Cut(path, "/")
	switch folder {
	case "public_key":
		return newObject(r.key.Public().PEM(), r.rebuiltAt, cacheRegistry)
	case "names":
		r.buildIndexes()
		return r.names
	case "versions":
		r.buildIndexes()
		return r.versions
	case "packages":
		if p := r.packages[name]; p != nil && len(p.releases) > 0 {
			return r.build(p)
		}
	case "policies":
		return r.policies[name]
	case "tarballs":
		if p, rel := r.releaseOf(name, ".tar"); rel != nil {
			return r.tarball(p, rel)
		}
	case "docs":
		if _, rel := r.releaseOf(name, ".tar.gz"); rel != nil {
			return rel.docs
		}
	}
	return nil
}

// releaseOf reads NAME-VERSION with an extension. Names have no "-".
func (r *Repository) releaseOf(file, extension string) (*pkg, *release) {
	base, ok := strings.CutSuffix(file, extension)
	if !ok {
		return nil, nil
	}
	name, v, _ := strings.Cut(base, "-")
	p := r.packages[name]
	if p == nil {
		return nil, nil
	}
	return p, p.find(v)
}

func (r *Repository) tarball(p *pkg, rel *release) *object {
	project := r.project(p.name, rel)
	id := fmt.Appendf(nil, "%d/%s/%s/%s/%d/%d", r.u.seed, r.name, p.name, rel.version, rel.generation, rel.changedAt.UnixNano())
	o := &object{
		generate: func() []byte { return project.build().Bytes },
		etag:     fmt.Sprintf(`"%x-1"`, md5.Sum(id)),
		modified: rel.changedAt,
		cache:    r.cache(cacheTarball),
	}
	if r.u.spool != "" && rel.spooled == rel.generation+1 {
		o.file = filepath.Join(r.u.spool, spoolName(o))
	}
	return o
}

func spoolName(o *object) string { return strings.Trim(o.etag, `"`) + ".tar" }

// Paths yields every path that exists, sorted.
func (u *Upstream) Paths() iter.Seq[string] {
	u.mu.Lock()
	paths := slices.Collect(maps.Keys(u.files))
	paths = u.Repository.paths(paths, "")
	for name, r := range u.repos {
		paths = r.paths(paths, "repos/"+name+"/")
	}
	u.mu.Unlock()
	slices.Sort(paths)
	return slices.Values(slices.Compact(paths))
}

func (r *Repository) paths(to []string, prefix string) []string {
	to = append(to, prefix+"names", prefix+"versions", prefix+"public_key")
	for name := range r.policies {
		to = append(to, prefix+"policies/"+name)
	}
	for name, p := range r.packages {
		to = append(to, prefix+"packages/"+name)
		for _, rel := range p.releases {
			to = append(to, prefix+"tarballs/"+name+"-"+rel.version+".tar")
			if rel.docs != nil {
				to = append(to, prefix+"docs/"+name+"-"+rel.version+".tar.gz")
			}
		}
	}
	return to
}

// File returns what is served at a path, staleness and tampering included.
func (u *Upstream) File(path string) ([]byte, bool) {
	u.mu.Lock()
	o := u.current(path, look{peek: true})
	u.mu.Unlock()
	if o == nil {
		return nil, false
	}
	data, err := o.bytes()
	return data, err == nil
}
