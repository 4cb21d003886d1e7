package julia

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch"
)

// adoptedPackage gets the tarball of a version from the folders of an existing mirror, or
// else by r.
func (p *planner) adoptedPackage(ctx context.Context, w ecosystems.Workshop, pkg *registry.Package, release registry.Release, r fetch.Request) (fetch.Object, error) {
	return p.adoptedAs(ctx, w, r, packageNames(pkg, release))
}

// adoptAnew takes over a version of a registry in git, if a mirror has it. It is written anew, so
// that its bytes are those that git would give.
func (p *planner) adoptAnew(ctx context.Context, w ecosystems.Workshop, pkg *registry.Package, release registry.Release) error {
	key := packageKey(release.Tree)
	if _, held := w.Held(fetch.Request{Key: key}); held || len(p.options.Adopt) == 0 {
		return nil
	}
	o, err := p.adopt(ctx, w, fetch.Request{Proof: treehash.Proof(release.Tree, treehash.Package...)}, packageNames(pkg, release))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = w.Write(ctx, key, func(dst io.Writer) error { return rewrite(w, dst, o) })
	return err
}

// packageNames returns where mirrors may have a version: by UUID and tree, as package and
// storage servers have it, or wrapped in a folder, by name. The script named tarballs by
// their trees, in its youth by their versions; some copies have a "v" before these.
func packageNames(pkg *registry.Package, release registry.Release) func(*os.Root) []adoptable {
	return func(root *os.Root) []adoptable {
		list := []adoptable{{path: pkgserver.PackagePath(pkg.UUID, release.Tree)}}
		for _, name := range registriesOf(root, pkg) {
			for _, file := range []string{
				classic.TarballPath(pkg.Name, name, release.Tree),
				classic.VersionPath(pkg.Name, name, release.Version.String()),
				classic.VersionPath(pkg.Name, name, "v"+release.Version.String()),
			} {
				if info, err := root.Lstat(file); err == nil && info.Mode().IsRegular() { // a link leads to one of the others
					list = append(list, adoptable{file, release.Tree})
				}
			}
		}
		return list
	}
}

// maxAdoptedRegistries bounds in how many registries a package is looked for.
const maxAdoptedRegistries = 16

// registriesOf returns the registries in which the layout has a package, the right one first.
func registriesOf(root *os.Root, pkg *registry.Package) []string {
	own := pkg.Registry().Name
	list := []string{own}
	entries, err := fs.ReadDir(root.FS(), "packages/"+pkg.Name)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if e.IsDir() && e.Name() != own && len(list) < maxAdoptedRegistries {
			list = append(list, e.Name())
		}
	}
	return list
}

// release files: bin/linux/x64/1.10/julia-1.10.9-linux-x86_64.tar.gz
var releaseFile = regexp.MustCompile(`^bin/.*/([0-9]+\.[0-9]+)/[^/]+$`)

// classicFiles returns where the layout has what belongs at a path of the tree.
func classicFiles(at string) []adoptable {
	m := releaseFile.FindStringSubmatch(at)
	if m == nil {
		return nil
	}
	return []adoptable{{path: classic.ReleasesPath("v"+m[1]) + "/" + path.Base(at)}}
}

// adoptRepo fills a repository that is not here yet from one of an existing mirror, so that
// upstream is only asked for what is newer. The path is where the classic layout has it.
// Git proves each object as it takes it over.
func (p *planner) adoptRepo(repos ecosystems.Repositories, url, at string) error {
	if len(p.options.Adopt) == 0 || p.in.Planning {
		return nil
	}
	if _, err := repos.Open(url); !errors.Is(err, gitrepo.ErrNoRepo) {
		return nil
	}
	for _, dir := range p.options.Adopt {
		full, err := filepath.Abs(filepath.Join(dir, filepath.FromSlash(at)))
		if err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Join(full, "HEAD")); err != nil {
			continue
		}
		_, _, err = repos.Update(p.ctx, gitrepo.Source{URL: url, Candidates: []string{full}, Local: true, Refs: isPublished})
		switch {
		case err == nil:
			return nil
		case p.ctx.Err() != nil:
			return p.ctx.Err()
		case fetch.IsLocal(err):
			return err
		}
		p.notice("adopt", at, "%s in %s is not taken over: %v", at, dir, strings.TrimPrefix(err.Error(), fetch.Redact(url)+": "))
	}
	return nil
}
