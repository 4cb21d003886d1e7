package julia

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// classicTarball is the tarball of a version, as the layout has it.
type classicTarball struct {
	path     string // below classicRoot
	source   string // of the package server's tarball in the tree
	pkg      *resolve.Package
	kept     resolve.Kept
	registry string
	label    string // of the shelf
}

// emitPackages yields the packages that the mirror has.
func (c *classicPart) emitPackages() error {
	list, err := c.tarballs()
	if err != nil {
		return err
	}
	if err := c.expectTarballs(list); err != nil {
		return err
	}
	done := map[string]bool{}
	for _, t := range list {
		if done[t.path] {
			continue
		}
		done[t.path] = true
		if err := c.emitTarball(t); err != nil {
			return err
		}
	}
	if err := c.emitLatest(); err != nil {
		return err
	}
	if err := c.p.settle(); err != nil {
		return err
	}
	var content strings.Builder
	if err := c.emitBeside(list, &content); err != nil {
		return err
	}
	if err := c.emitLatestSums(&content); err != nil {
		return err
	}
	c.section("packages", false, content.String())
	return nil
}

// tarballs lists what the mirror has of the registries that have a folder.
func (c *classicPart) tarballs() (list []classicTarball, err error) {
	err = c.p.kept(func(s *shelf, pkg *resolve.Package, k resolve.Kept) error {
		source := pkgserver.PackagePath(pkg.UUID, k.Tree)
		name, ok := c.names[s.uuid]
		if ok && !c.p.lost[source] {
			list = append(list, classicTarball{classic.TarballPath(pkg.Name, name, k.Tree), source, pkg, k, name, s.label})
		}
		return nil
	})
	return list, err
}

// expectTarballs says how much the tarballs will come to, beside those of the package
// server's layout: about the same again.
func (c *classicPart) expectTarballs(list []classicTarball) error {
	if c.p.in.Planning {
		return nil
	}
	e := ecosystems.Expectation{Instead: "classic without packages", Estimated: true}
	for _, t := range list {
		if _, here := c.before(t.path); here {
			continue
		}
		if o, ok := c.packed(c.p.in.Workshop, t); ok {
			e.Files++
			e.Bytes += o.Size
		}
	}
	if e.Files == 0 {
		return nil
	}
	return c.p.in.Expect(e)
}

// packed finds the package server's tarball of a version.
func (c *classicPart) packed(w ecosystems.Workshop, t classicTarball) (fetch.Object, bool) {
	if o, ok := c.p.previous(t.source); ok {
		return o, true
	}
	return w.Held(fetch.Request{Key: packageKey(t.kept.Tree)})
}

func (c *classicPart) emitTarball(t classicTarball) error {
	if here, err := c.carry(t.path, layout.Content); here || err != nil {
		return err
	}
	repo := t.pkg.Name
	if info, err := t.pkg.Info(); err == nil && info.Repo != "" {
		repo = info.Repo
	}
	folder := classic.Folder(repo, t.kept.Tree)
	it := ecosystems.Item{
		Path: t.path, Stage: layout.Content, Package: t.pkg.Name,
		Name: fmt.Sprintf("classic tarball of %s %s", t.pkg.Name, t.kept.Version), Reason: t.kept.Reason,
		Source: ecosystems.Prepared{Make: func(ctx context.Context, w ecosystems.Workshop) (fetch.Object, error) {
			return c.wrap(ctx, w, t, folder)
		}},
	}
	if o, ok := c.packed(c.p.in.Workshop, t); ok {
		it.Size = o.Size
	}
	_, err := c.put(it)
	return err
}

// wrap writes the tarball of a version with everything in a folder, from that of the package
// server.
func (c *classicPart) wrap(ctx context.Context, w ecosystems.Workshop, t classicTarball, folder string) (fetch.Object, error) {
	if err := c.enter(ctx); err != nil {
		return fetch.Object{}, err
	}
	defer c.leave()
	packed, ok := c.packed(w, t)
	if !ok {
		return packed, fmt.Errorf("%s arrived, but cannot be found", t.source)
	}
	key := "julia classic " + folder + " " + t.kept.Tree.String()
	o, err := w.Write(ctx, key, func(dst io.Writer) error {
		return withSpool(w, packed, func(src io.Reader, spool ecosystems.Spool) error {
			tree, err := classic.Wrap(dst, src, spool, folder)
			if err != nil {
				return err
			}
			return tree.Check(t.kept.Tree, treehash.Package...)
		})
	})
	if err == nil {
		c.note(t.path, o)
	}
	return o, err
}

// enter waits until there is room for one more tarball to be written.
func (c *classicPart) enter(ctx context.Context) error {
	select {
	case c.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *classicPart) leave() { <-c.slots }

// emitBeside yields what stands beside the tarballs that arrived: checksums, links by
// version, and links between the package's folder and that of the registry.
func (c *classicPart) emitBeside(list []classicTarball, content io.Writer) error {
	done := map[string]bool{}
	once := func(path string) bool {
		first := !done[path]
		done[path] = true
		return first
	}
	for _, t := range list {
		if c.p.lost[classicRoot+t.path] {
			continue
		}
		if once(t.path) {
			fmt.Fprintln(content, t.path)
			if err := c.emitSum(t.path); err != nil {
				return err
			}
		}
		link := classic.VersionPath(t.pkg.Name, t.registry, t.kept.Version.String())
		if !once(link) {
			c.p.notice("classic-name", classicRoot+link, "several packages of registry %s are called %s; %s leads to the first", t.registry, t.pkg.Name, link)
			continue
		}
		fmt.Fprintln(content, link)
		for _, suffix := range []string{"", classic.SumSuffix} {
			if err := c.link(link+suffix, t.path+suffix, "by its version"); err != nil {
				return err
			}
		}
		if err := c.emitFolders(t, once); err != nil {
			return err
		}
	}
	return nil
}

// emitFolders links the folder of a package with that of the registry.
func (c *classicPart) emitFolders(t classicTarball, once func(string) bool) error {
	here := classic.PackagePath(t.pkg.Name, t.registry)
	there := classic.RegistryPath(t.registry) + "/" + t.pkg.Path
	if !c.trees[there] {
		return nil
	}
	if to := here + "/" + t.pkg.Name; once(to) {
		if err := c.link(to, there, "leads to the registry"); err != nil {
			return err
		}
	}
	if from := there + "/releases"; once(from) {
		return c.link(from, here, "leads to the tarballs")
	}
	return nil
}

// emitSum yields the checksum of a tarball that arrived.
func (c *classicPart) emitSum(path string) error {
	if here, err := c.carry(path+classic.SumSuffix, layout.Content); here || err != nil {
		return err
	}
	o, ok := c.object(path)
	if !ok { // a plan has only its name
		_, err := c.put(ecosystems.Item{
			Path: path + classic.SumSuffix, Stage: layout.Content, Size: int64(2*len(o.ID) + 1), Source: ecosystems.Prepared{}, Reason: "checksum",
		})
		return err
	}
	return c.file(path+classic.SumSuffix, "checksum", layout.Content, []byte(o.ID.String()+"\n"))
}
