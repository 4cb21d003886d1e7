package julia

import (
	"sync"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch"
)

// sampled is of how many objects the size is asked before a run begins, at most.
const sampled = 200

// expectPackages says how much the packages will come to. The registry does not tell
// sizes, so of many packages some are asked for.
func (p *planner) expectPackages() error {
	if p.in.Planning {
		return nil // plan asks for sizes itself
	}
	type version struct {
		on  *shelf
		pkg *resolve.Package
		k   resolve.Kept
	}
	var missing []version
	done := map[tarball]bool{}
	err := p.kept(func(s *shelf, pkg *resolve.Package, k resolve.Kept) error {
		path := pkgserver.PackagePath(pkg.UUID, k.Tree)
		if done[tarball{pkg.UUID, k.Tree}] {
			return nil
		}
		done[tarball{pkg.UUID, k.Tree}] = true
		if _, here := p.previous(path); here {
			return nil
		}
		if _, ok := p.absentBefore(path); ok {
			return nil
		}
		missing = append(missing, version{s, pkg, k})
		return nil
	})
	if err != nil {
		return err
	}
	request := func(i int) (r fetch.Request) {
		v := missing[i]
		if _, ok := v.on.origin.(server); ok {
			r = server{p}.request(pkgserver.PackagePath(v.pkg.UUID, v.k.Tree))
			r.Key, r.Size = packageKey(v.k.Tree), p.adoptedSize(packageNames(v.pkg.Package, v.k.Release))
		}
		return r
	}
	return p.expectMany(len(missing), request, "fewer packages, or versions = \"compatible\"")
}

// expectArtifacts does the same for artifacts, now that they are known.
func (p *planner) expectArtifacts(needs map[treehash.Hash]*need, order []treehash.Hash) error {
	if p.in.Planning {
		return nil
	}
	var missing []treehash.Hash
	for _, tree := range order {
		path := pkgserver.ArtifactPath(tree)
		if _, here := p.previous(path); here {
			continue
		}
		if _, ok := p.absentBefore(path); ok {
			continue
		}
		if err := p.complete(needs[tree]); err != nil {
			return err
		}
		missing = append(missing, tree)
	}
	request := func(i int) fetch.Request { return p.artifact(needs[missing[i]]).First }
	return p.expectMany(len(missing), request, "platforms, or lazy_artifacts = false")
}

// expect announces what is missing, by the sizes of a sample.
func (p *planner) expect(missing []fetch.Request, instead string) error {
	return p.expectMany(len(missing), func(i int) fetch.Request { return missing[i] }, instead)
}

// expectMany is expect for so many files that not all of their requests are made at once.
func (p *planner) expectMany(missing int, request func(i int) fetch.Request, instead string) error {
	if missing == 0 {
		return nil
	}
	sizes := make([]int64, min(missing, sampled))
	var asking sync.WaitGroup
	for i := range sizes {
		r := request(i * missing / len(sizes))
		asking.Go(func() {
			sizes[i] = r.Size
			if r.Size <= 0 && r.URL != "" {
				sizes[i], _ = p.in.Upstream.Size(p.ctx, r) // what is wrong with it, its download will say
			}
		})
	}
	asking.Wait()
	var sum, known int64
	for _, size := range sizes {
		if size > 0 {
			sum += size
			known++
		}
	}
	if known > 0 {
		sum = sum / known * int64(missing)
	}
	return p.in.Expect(ecosystems.Expectation{
		Files: missing, Bytes: sum, Instead: instead,
		Estimated: known < int64(missing),
	})
}
