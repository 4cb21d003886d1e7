package pkgclient

import (
	"context"
	"fmt"
	"regexp"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// gitHub is the form of addresses for which Pkg tries the tarballs of GitHub's API.
var gitHub = regexp.MustCompile(`https://github\.com/(.*?)/(.*?).git`)

// installSources downloads the packages that are not in the depot, several at once, and marks
// them.
func (c *Client) installSources(ctx context.Context, registries []*registry, packages []Package) error {
	var missing []*Package
	for i := range packages {
		if !c.exists(packages[i].Path) {
			missing = append(missing, &packages[i])
		}
	}
	if len(missing) == 0 {
		return nil
	}
	var known listed
	if c.Profile.asksListed() {
		var err error
		if known, err = c.list(ctx); err != nil {
			return err
		}
	}
	failed := parallel(ctx, c.workers(), missing, func(ctx context.Context, p *Package) error {
		if c.Profile.asksListed() && !known.has(registries, p.UUID) {
			return fmt.Errorf("no registry that %s/registries lists has it", c.server)
		}
		return c.installSource(ctx, p)
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for i, p := range missing {
		if p.Installed = failed[i] == nil; !p.Installed {
			c.escapeSource(registries, p)
			failed[i] = fmt.Errorf("%w: package %s: %w", ErrEscape, p, failed[i])
		}
	}
	return summary(failed)
}

func (c *Client) installSource(ctx context.Context, p *Package) error {
	d, err := c.fetch(ctx, fmt.Sprintf("/package/%s/%s", p.UUID, p.Tree), "package", p.String())
	if err != nil {
		return err
	}
	defer d.discard()
	folder, err := c.unpack(d)
	if err != nil {
		return err
	}
	defer func() { _ = c.root.RemoveAll(folder) }()
	if err := c.checkFolder(folder, p.Tree); err != nil {
		return err
	}
	return c.move(folder, p.Path)
}

// checkFolder compares a folder's hash with what it should be.
func (c *Client) checkFolder(folder string, want treehash.Hash) error {
	got, err := c.hashOf(folder)
	if err == nil && got != want {
		err = fmt.Errorf("%w %s: it is %s", ErrHash, want, got)
	}
	return err
}

// escapeSource notes where Julia would go on: the API of GitHub, then a clone of each
// repository that a registry names.
func (c *Client) escapeSource(registries []*registry, p *Package) {
	var repos []string
	for _, r := range registries {
		if entry, err := r.pkg(p.UUID); err == nil && entry != nil && entry.repo != "" {
			repos = append(repos, entry.repo)
		}
	}
	for _, repo := range repos {
		if m := gitHub.FindStringSubmatch(repo); m != nil {
			url := fmt.Sprintf("https://api.github.com/repos/%s/%s/tarball/%s", m[1], m[2], p.Tree)
			c.escape(Escape{What: "package", Name: p.String(), How: "download", URL: url})
		}
	}
	for _, repo := range repos {
		c.escape(Escape{What: "package", Name: p.String(), How: "git clone", URL: repo})
	}
}
