package juliatest

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Bulk describes a big registry for benchmarks.
type Bulk struct {
	Packages  int   // with names such as Abulk00000; each tenth, at least one, is a JLL
	Versions  int   // of all packages together, as many of each: 1.0.0, 1.1.0 and so on
	Artifacts int   // of all JLLs together, about as many of each version, each for another platform
	Bytes     int64 // of all artifacts together, about, in addition to some hundred of each
}

// jlls is the distance between packages of binaries.
const jlls = 10

// each returns how many versions a package has.
func (b Bulk) each() int { return max(b.Versions/b.Packages, 1) }

// artifacts returns how many artifacts a version of a package has.
func (b Bulk) artifacts(project, version int) int {
	if project%jlls != 0 || b.Artifacts == 0 {
		return 0
	}
	versions := (b.Packages + jlls - 1) / jlls * b.each()
	n := b.Artifacts / versions
	if project/jlls*b.each()+version < b.Artifacts%versions {
		n++
	}
	return n
}

// Name returns the name of a package, by its number from 0.
func (b Bulk) Name(project int) string {
	name := fmt.Sprintf("%cbulk%05d", 'A'+rune(project%26), project)
	if project%jlls == 0 {
		name += "_jll"
	}
	return name
}

// version returns a version without its content.
func (b Bulk) version(p *Project, project, number int) *released {
	v := &released{number: version.Version{Major: 1, Minor: uint32(number)}, julia: version.MustParseCompat("1"), entry: "1"}
	if project%jlls == 0 {
		for _, name := range []string{"Libdl", "Pkg"} {
			v.deps = append(v.deps, dep{name: name, id: UUID(name)})
		}
		return v
	}
	// What is needed has as many versions, so there is always one that will do.
	entry := fmt.Sprintf("1.%d", number/2)
	compat := version.MustParseCompat(entry)
	for _, other := range b.needs(project) {
		name := b.Name(other)
		v.deps = append(v.deps, dep{name: name, id: UUID(name), entry: entry, compat: compat})
	}
	return v
}

// needs returns up to three packages with lower numbers.
func (b Bulk) needs(project int) []int {
	random := rand.New(rand.NewPCG(uint64(project), 0x6a756c6961))
	var list []int
	for range min(project, random.IntN(4)) {
		other := random.IntN(project)
		if !slices.Contains(list, other) {
			list = append(list, other)
		}
	}
	return list
}

// Warm makes and packs all registries as they are now, so that who asks first waits no longer than
// others.
func (u *Upstream) Warm() {
	for _, r := range u.all() {
		u.File(pkgserver.RegistryPath(r.id, r.Hash()))
	}
}

func (u *Upstream) all() []*Registry {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.registries)
}

// bulkPlatforms are those of BinaryBuilder.
var bulkPlatforms = []string{
	"x86_64-linux-gnu", "aarch64-linux-gnu", "x86_64-w64-mingw32", "x86_64-apple-darwin", "aarch64-apple-darwin",
	"i686-linux-gnu", "x86_64-linux-musl", "armv7l-linux-gnueabihf", "powerpc64le-linux-gnu", "i686-w64-mingw32",
	"aarch64-linux-musl", "x86_64-unknown-freebsd",
}

// bulkPlatform returns a platform for each number.
func bulkPlatform(i int) string {
	p := bulkPlatforms[i%len(bulkPlatforms)]
	if i >= len(bulkPlatforms) {
		p += fmt.Sprintf("-libgfortran%d", 2+i/len(bulkPlatforms))
	}
	return p
}

// PublishBulk adds the packages to General, once. Tarballs are made when they are asked for, and cost no memory,
// and no time for compression: their gzip does not compress. What takes time is to learn
// all hashes, on all processors.
//
// Versions may be published to bulk packages afterwards, as to any others. Release.Artifacts of bulk
// versions is empty.
func (u *Upstream) PublishBulk(b Bulk) {
	if b.Packages <= 0 || b.Versions < b.Packages {
		panic("juliatest: a bulk needs packages, and as many versions at least")
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.shelf != nil {
		panic("juliatest: there is a bulk already")
	}
	s := &shelf{
		bulk: b, url: u.base,
		versions:  make(map[treehash.Hash]place, b.Packages*b.each()),
		artifacts: make(map[treehash.Hash]place, b.Artifacts),
	}
	for i := range b.Packages {
		p := u.Registry.add(Package{Name: b.Name(i)})
		p.bulk = true
		s.projects = append(s.projects, p)
	}
	type hashes struct{ versions, artifacts []treehash.Hash }
	all := make([]hashes, b.Packages)
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range s.projects {
		g.Go(func() error {
			for j := range b.each() {
				all[i].versions = append(all[i].versions, s.tree(place{int32(i), int32(j), 0}).hash(treehash.Full))
				for k := range b.artifacts(i, j) {
					all[i].artifacts = append(all[i].artifacts, s.artifact(place{int32(i), int32(j), int32(k)}).hash(treehash.Full))
				}
			}
			return nil
		})
	}
	_ = g.Wait()
	for i, p := range s.projects {
		next := 0
		var deps []dep
		for j, hash := range all[i].versions {
			at := place{int32(i), int32(j), 0}
			v := b.version(p, i, j)
			if j%2 == 1 || i%jlls == 0 && j > 0 {
				v.deps = deps // which are the same, and take room once
			}
			deps = v.deps
			v.tree = hash
			v.content = func() *node { return s.tree(at) }
			p.insert(v)
			s.versions[hash] = at
			for k := range b.artifacts(i, j) {
				s.artifacts[all[i].artifacts[next]] = place{at.project, at.version, int32(k)}
				next++
			}
		}
	}
	u.shelf = s
}
