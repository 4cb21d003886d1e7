package julia

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// Index implements [ecosystems.Searcher]. It unpacks the registries that are published into a temporary file, from which
// searches read what they want to know of a package; what stays in memory is names.
func (d *driver) Index(ctx context.Context, view layout.View) (ecosystems.Index, error) {
	x := &searchIndex{view: view, upstream: d.upstream}
	p := &prover{ctx: ctx, view: view}
	data, ok, err := p.read(pkgserver.RegistriesPath, maxRegistries)
	if !ok || err != nil {
		return x, err // no registries: there may be releases of Julia, which are found by their paths
	}
	list, _, err := pkgserver.ParseRegistries(data)
	if err != nil {
		return x, fmt.Errorf("%s: %w", pkgserver.RegistriesPath, err)
	}
	for _, r := range list {
		if e, ok := view.Lookup(r.Path()); ok && !e.IsLink() && ctx.Err() == nil {
			reg, err := unpackRegistry(ctx, view, e)
			if err != nil {
				return x, fmt.Errorf("%s: %w", e.Path, err)
			}
			x.registries = append(x.registries, reg)
		}
	}
	return x, ctx.Err()
}

// unpackRegistry reads a registry. Its files are in a temporary one that has no name, which goes with the last who uses it.
func unpackRegistry(ctx context.Context, view layout.View, e layout.Entry) (*registry.Registry, error) {
	f, err := view.Open(e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var o registry.Options
	if spool, err := os.CreateTemp("", "offmirror-registry-"); err == nil { // or else memory has to do
		_ = os.Remove(spool.Name())
		o.Spool = spool
	}
	return registry.Read(bufio.NewReader(io.NewSectionReader(cancellable{ctx, f}, 0, e.Size)), o)
}

type searchIndex struct {
	view       layout.View
	upstream   string
	registries []*registry.Registry
}

const (
	searchedPackages  = 4       // whose content is looked into for artifacts, in one search
	searchedBytes     = 8 << 20 // of a package that is looked into
	shownArtifacts    = 60      // of one package
	shownOfArtifact   = 3       // places where one comes from
	versionsOfPackage = 40      // that a search shows
)

// Search implements [ecosystems.Index].
func (x *searchIndex) Search(ctx context.Context, q ecosystems.Query, limit int) (hits []ecosystems.Hit) {
	best := ecosystems.Candidates(q, limit, func(yield func(string, *registry.Package) bool) {
		for _, reg := range x.registries {
			for _, pkg := range reg.Packages() {
				if ctx.Err() != nil || !yield(pkg.Name, pkg) {
					return
				}
			}
		}
	})
	opened := 0
	for _, c := range best {
		if ctx.Err() != nil || len(hits) >= limit {
			break
		}
		hits = append(hits, x.packageHits(ctx, c, &opened)...)
	}
	return hits[:min(limit, len(hits))]
}

// packageHits returns a package, if all words are in its name, and those of its versions that are looked for, the newest
// first; of the newest that is here, its artifacts too.
func (x *searchIndex) packageHits(ctx context.Context, c ecosystems.Candidate[*registry.Package], opened *int) (hits []ecosystems.Hit) {
	pkg := c.Value
	hit := ecosystems.Hit{Kind: "package", Name: pkg.Name, Here: true, Proofs: []ecosystems.Proof{
		{How: "UUID", Value: pkg.UUID.String()},
		{How: "registry " + cmp.Or(pkg.Registry().Name, "without a name") + ", git tree", Value: pkg.Registry().Hash().String()},
	}}
	info, err := pkg.Info()
	if err == nil && info.Repo != "" {
		hit.Origins = []string{fetch.Redact(info.Repo)}
	}
	releases, err := pkg.Releases()
	if err != nil {
		hit.Note = "the registry is of no use for it: " + err.Error()
		return []ecosystems.Hit{hit}
	}
	here := 0
	for _, release := range slices.Backward(releases) {
		e, ok := x.view.Lookup(pkgserver.PackagePath(pkg.UUID, release.Tree))
		if ok = ok && !e.IsLink(); ok {
			here++
		}
		if !c.Wanted(release.Version.String()) || len(hits) >= versionsOfPackage {
			continue
		}
		hits = append(hits, x.versionHit(pkg, release, e, ok, hit.Origins))
		if ok && *opened < searchedPackages && e.Size <= searchedBytes && ctx.Err() == nil {
			*opened++
			artifacts, err := x.artifactHits(ctx, pkg, release, e)
			if err != nil {
				hits[len(hits)-1].Note = err.Error()
			}
			hits = append(hits, artifacts...)
		}
	}
	if len(c.Rest) > 0 {
		return hits
	}
	hit.Note = fmt.Sprintf("%d of %d versions are here", here, len(releases))
	if info.Deprecated {
		hit.Note += "; deprecated"
	}
	return append([]ecosystems.Hit{hit}, hits...)
}

func (x *searchIndex) versionHit(pkg *registry.Package, release registry.Release, e layout.Entry, here bool, origins []string) ecosystems.Hit {
	hit := ecosystems.Hit{
		Kind: "version", Name: pkg.Name, Version: release.Version.String(), Here: here,
		Proofs:  []ecosystems.Proof{{How: "git tree", Value: release.Tree.String()}},
		Origins: origins,
	}
	if x.upstream != "" {
		hit.Origins = append([]string{fetch.Redact(x.upstream + "/" + pkgserver.PackagePath(pkg.UUID, release.Tree))}, origins...)
	}
	if here {
		hit.Path, hit.Size = e.Path, e.Size
		hit.Proofs = append(hit.Proofs, ecosystems.Proof{How: "SHA-256", Value: e.Object.String()})
	}
	if release.Yanked {
		hit.Note = "yanked"
	}
	return hit
}

// artifactHits returns what a version says of its artifacts. To read it is to prove it.
func (x *searchIndex) artifactHits(ctx context.Context, pkg *registry.Package, release registry.Release, e layout.Entry) (hits []ecosystems.Hit, err error) {
	f, err := x.view.Open(e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var in artifacts.InPackage
	if err := artifacts.Proof(release.Tree, func(got artifacts.InPackage) { in = got })(cancellable{ctx, f}, e.Size); err != nil {
		return nil, err
	}
	file, err := in.Parse(pkg.Name + ": ")
	if err != nil {
		return nil, err
	}
	for _, a := range file.Artifacts {
		if len(hits) == shownArtifacts {
			break
		}
		hits = append(hits, x.artifactHit(pkg, a))
	}
	return hits, nil
}

func (x *searchIndex) artifactHit(pkg *registry.Package, a artifacts.Artifact) ecosystems.Hit {
	hit := ecosystems.Hit{
		Kind: "artifact", Name: a.Name, Version: a.Platform.String(), Note: "of " + pkg.Name,
		Proofs: []ecosystems.Proof{{How: "git tree", Value: a.Tree.String()}},
	}
	if a.Lazy {
		hit.Note += ", lazy"
	}
	if e, ok := x.view.Lookup(pkgserver.ArtifactPath(a.Tree)); ok && !e.IsLink() {
		hit.Here, hit.Path, hit.Size = true, e.Path, e.Size
		hit.Proofs = append(hit.Proofs, ecosystems.Proof{How: "SHA-256", Value: e.Object.String()})
	}
	for _, d := range a.Downloads[:min(shownOfArtifact, len(a.Downloads))] {
		hit.Origins = append(hit.Origins, fetch.Redact(d.URL))
		hit.Proofs = append(hit.Proofs, ecosystems.Proof{How: "SHA-256 of " + d.URL[strings.LastIndexByte(d.URL, '/')+1:], Value: d.SHA256.Hex})
	}
	return hit
}
