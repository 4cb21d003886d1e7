package pkgclient

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
)

// wanted is an artifact that a package needs on this machine.
type wanted struct {
	pkg       Package
	artifact  artifacts.Artifact
	installed bool
}

func (w *wanted) String() string { return w.pkg.Name + "/" + w.artifact.Name }

func (w *wanted) path() string { return "artifacts/" + w.artifact.Tree.String() }

// platform returns what artifacts are chosen for.
func (c *Client) platform(hooked bool) (artifacts.Platform, error) {
	name := c.Platform
	if name == "" {
		name = "x86_64-linux-gnu-libgfortran5-cxx11-libstdcxx30"
		if c.Profile.ownDownloader() {
			name = c.system()
		}
	}
	if hooked && c.Augmented != "" {
		name = c.Augmented
	}
	p, err := artifacts.ParsePlatform(name)
	if err != nil {
		return p, fmt.Errorf("platform %s: %w", name, err)
	}
	return p, nil
}

// choose returns the artifacts of an installed package for this machine. Where Julia's choice is
// left to chance there are several of one name.
func (c *Client) choose(p Package) ([]artifacts.Artifact, error) {
	for _, name := range artifacts.Names {
		path := p.Path + "/" + name
		content, err := c.root.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		file, err := artifacts.Parse(path, content)
		if err != nil {
			return nil, err
		}
		host, err := c.platform(c.exists(p.Path + "/" + artifacts.Hook))
		return artifacts.Choose(file.Artifacts, host), err
	}
	return nil, nil
}

// eager returns the artifacts that the packages need at once.
func (c *Client) eager(packages []Package) ([]*wanted, error) {
	var list []*wanted
	for _, p := range packages {
		chosen, err := c.choose(p)
		if err != nil {
			return nil, err
		}
		for _, a := range chosen {
			if len(a.Downloads) > 0 && !a.Lazy {
				list = append(list, &wanted{pkg: p, artifact: a})
			}
		}
	}
	return list, nil
}

// installArtifacts downloads what the packages need at once, and is not there.
func (c *Client) installArtifacts(ctx context.Context, registries []*registry, packages []Package) error {
	list, err := c.eager(packages)
	if err != nil {
		return err
	}
	var known listed
	if c.Profile.asksListedArtifacts() {
		if known, err = c.list(ctx); err != nil {
			return err
		}
	}
	workers := 1
	if c.Profile.parallelArtifacts() {
		workers = c.workers()
	}
	missing := slices.DeleteFunc(slices.Clone(list), func(w *wanted) bool { return c.exists(w.path()) })
	slices.SortStableFunc(missing, func(a, b *wanted) int { return cmp.Compare(a.path(), b.path()) })
	missing = slices.CompactFunc(missing, func(a, b *wanted) bool { return a.path() == b.path() })
	failed := parallel(ctx, workers, missing, func(ctx context.Context, w *wanted) error {
		if c.Profile.asksListedArtifacts() && !known.has(registries, w.pkg.UUID) {
			return fmt.Errorf("no registry that %s/registries lists has the package", c.server)
		}
		return c.installArtifact(ctx, w)
	})
	c.reportArtifacts(list)
	return c.escapeArtifacts(ctx, missing, failed)
}

// escapeArtifacts notes where Julia would look for artifacts that it did not get.
func (c *Client) escapeArtifacts(ctx context.Context, list []*wanted, failed []error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for i, w := range list {
		if failed[i] == nil {
			continue
		}
		for _, d := range w.artifact.Downloads {
			c.escape(Escape{What: "artifact", Name: w.String(), How: "download", URL: d.URL})
		}
		failed[i] = fmt.Errorf("%w: artifact %s: %w", ErrEscape, w, failed[i])
	}
	return summary(failed)
}

func (c *Client) reportArtifacts(list []*wanted) {
	for _, w := range list {
		if c.exists(w.path()) {
			c.report.Artifacts = append(c.report.Artifacts, Artifact{w.pkg.Name, w.artifact.Name, w.artifact.Tree, w.installed})
		}
	}
}

// installArtifact gets an artifact from the server.
func (c *Client) installArtifact(ctx context.Context, w *wanted) error {
	err := c.fetchArtifact(ctx, w)
	if errors.Is(err, ErrHash) && c.tolerates(w, err) {
		return nil
	}
	w.installed = err == nil
	return err
}

// tolerates tells whether a wrong hash is no more than a message. In 1.5 it never is: the
// artifact is then missing when it is used.
func (c *Client) tolerates(w *wanted, err error) bool {
	if c.Profile.minor == 5 || c.Profile.ownDownloader() && c.truthy("JULIA_PKG_IGNORE_HASHES") {
		c.warn("Tree Hash Mismatch! artifact %s: %v", w, err)
		return true
	}
	return false
}

func (c *Client) fetchArtifact(ctx context.Context, w *wanted) error {
	d, err := c.fetch(ctx, "/artifact/"+w.artifact.Tree.String(), "artifact", w.String())
	if err != nil {
		return err
	}
	defer d.discard()
	folder, err := c.unpack(d)
	if err != nil {
		return err
	}
	defer func() { _ = c.root.RemoveAll(folder) }()
	if err := c.checkFolder(folder, w.artifact.Tree); err != nil {
		if c.Profile.ownDownloader() && c.truthy("JULIA_PKG_IGNORE_HASHES") {
			return errors.Join(err, c.move(folder, w.path()))
		}
		return err
	}
	return c.move(folder, w.path())
}
