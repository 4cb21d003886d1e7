package hexpm

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// Index implements [ecosystems.Searcher]. The list of a snapshot has the name of each package, and its
// registry file the rest, so nothing is kept but the keys.
func (d *driver) Index(ctx context.Context, view layout.View) (ecosystems.Index, error) {
	p := &prover{settings: d.settings, ctx: ctx, view: view}
	x := &searchIndex{settings: d.settings, view: view}
	for _, r := range d.repositories {
		trust, err := p.trust(r)
		x.trusts = append(x.trusts, searchTrust{trust, err})
	}
	return x, nil
}

type searchIndex struct {
	*settings
	view   layout.View
	trusts []searchTrust // of the repositories, in their order
}

type searchTrust struct {
	registry.Trust
	err error // why nothing can be proven here
}

// found is a package whose name suits a query.
type found struct {
	entry      layout.Entry
	repository int
}

// Search implements [ecosystems.Index].
func (x *searchIndex) Search(ctx context.Context, q ecosystems.Query, limit int) (hits []ecosystems.Hit) {
	candidates := ecosystems.Candidates(q, limit, func(yield func(string, found) bool) {
		for i, r := range x.repositories {
			for e := range x.view.All(r.prefix + packagesDir) {
				if ctx.Err() != nil || !yield(strings.TrimPrefix(e.Path, r.prefix+packagesDir), found{e, i}) {
					return
				}
			}
		}
	})
	for _, c := range candidates {
		if ctx.Err() != nil || len(hits) >= limit {
			break
		}
		hits = append(hits, x.packageHits(c)...)
	}
	return hits[:min(limit, len(hits))]
}

// packageHits returns a package, if all words are in its name, and those of its versions that are looked for,
// the newest first.
func (x *searchIndex) packageHits(c ecosystems.Candidate[found]) (hits []ecosystems.Hit) {
	r, trust := x.repositories[c.Value.repository], x.trusts[c.Value.repository]
	e := c.Value.entry
	hit := ecosystems.Hit{
		Kind: "package", Name: c.Name, Path: e.Path, Size: e.Size, Here: true,
		Origins: []string{fetch.Redact(r.upstream + "/" + packageFile(c.Name))},
	}
	pkg, signed, err := x.open(e, c.Name, trust)
	if err != nil {
		hit.Note = "its registry file is of no use: " + err.Error()
		return []ecosystems.Hit{hit}
	}
	here := 0
	for _, release := range slices.Backward(pkg.Releases) {
		entry, ok := x.view.Lookup(r.prefix + tarballFile(c.Name, release.Version))
		if ok {
			here++
		}
		if c.Wanted(release.Version) {
			hits = append(hits, x.versionHit(r, c.Name, release, entry, ok, signed))
		}
	}
	if len(c.Rest) > 0 {
		return hits
	}
	hit.Proofs = signed
	hit.Note = fmt.Sprintf("%d of %d versions are here", here, len(pkg.Releases))
	return append([]ecosystems.Hit{hit}, hits...)
}

// open reads a package's registry file, and says by which key it is signed.
func (x *searchIndex) open(e layout.Entry, name string, trust searchTrust) (*registry.Package, []ecosystems.Proof, error) {
	if e.Size > registry.MaxPackageFile {
		return nil, nil, errTooLarge
	}
	data, err := readEntry(x.view, e)
	if err == nil {
		err = trust.err
	}
	if err != nil {
		return nil, nil, err
	}
	pkg, err := trust.Package(data, name)
	if err != nil {
		return nil, nil, err
	}
	return pkg, []ecosystems.Proof{{How: "registry signed by", Value: trust.Key.Fingerprint()}}, nil
}

func (x *searchIndex) versionHit(r *repository, name string, release registry.Release, e layout.Entry, here bool, signed []ecosystems.Proof) ecosystems.Hit {
	hit := ecosystems.Hit{Kind: "version", Name: name, Version: release.Version, Here: here}
	if here {
		hit.Path, hit.Size = e.Path, e.Size
	}
	if !release.OuterChecksum.IsZero() {
		hit.Proofs = append(hit.Proofs, ecosystems.Proof{How: "outer checksum (SHA-256)", Value: release.OuterChecksum.String()})
	}
	hit.Proofs = append(hit.Proofs, ecosystems.Proof{How: "inner checksum (SHA-256)", Value: release.InnerChecksum.String()})
	hit.Proofs = append(hit.Proofs, signed...)
	hit.Origins = []string{fetch.Redact(r.upstream + "/" + tarballFile(name, release.Version))}
	if release.Retired != nil {
		hit.Note = strings.TrimSuffix("retired: "+release.Retired.Reason.String()+", "+release.Retired.Message, ", ")
	}
	return hit
}
