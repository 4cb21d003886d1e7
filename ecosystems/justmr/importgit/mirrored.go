package importgit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	neturl "net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
)

// FromRoot returns the Source that looks in the root folder of a mirror: in the
// repositories that it keeps, store/git, and else in those that it has published,
// justmr/git. Nothing is asked of any network.
func FromRoot(dir string) Source {
	return func(ctx context.Context, url, branch string) (*Checkout, error) {
		git, err := gitrepo.New(ctx, gitrepo.Options{})
		if err != nil {
			return nil, err
		}
		failed := fmt.Errorf("%s: %w", fetch.Redact(url), gitrepo.ErrNoRepo)
		for _, place := range []string{filepath.Join("store", "git"), filepath.Join("justmr", "git")} {
			c, err := open(ctx, git, filepath.Join(dir, place), url, branch)
			switch {
			case err == nil:
				return c, nil
			case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, gitrepo.ErrNoRepo):
				failed = err
			}
		}
		return nil, fmt.Errorf("%w (looked in %s)", failed, dir)
	}
}

// open finds a branch in a folder of repositories.
func open(ctx context.Context, git *gitrepo.Git, dir, url, branch string) (*Checkout, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close() // git reads by path
	store, err := gitrepo.NewStore(git, root)
	if err != nil {
		return nil, err
	}
	repo, err := store.Open(url)
	if err != nil {
		return nil, err
	}
	for _, ref := range []string{"refs/heads/", "refs/tags/"} {
		if strings.ContainsAny(branch, "~^:@\\") {
			break // more than a name to git
		}
		commit, err := repo.Resolve(ctx, ref+branch+"^{commit}")
		if err == nil {
			commit, err = ofUpstream(ctx, repo, commit)
			return &Checkout{Commit: commit, repo: repo}, err
		}
		if !errors.Is(err, gitrepo.ErrNotFound) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s: the mirror has neither a branch nor a tag %.200q", fetch.Redact(url), branch)
}

// FromServer returns the Source that asks a served mirror, at base/git/HOST/PATH.git: base
// is the URL of the folder justmr of a mirror, as http, https or file. The rest is as for [Clone].
func FromServer(base string, environment []string, remarks io.Writer) Source {
	return func(ctx context.Context, url, branch string) (*Checkout, error) {
		name, err := gitrepo.Name(url)
		if err != nil {
			return nil, err
		}
		place := strings.TrimRight(base, "/") + "/git" + (&neturl.URL{Path: "/" + name}).EscapedPath()
		return clone(ctx, url, place, branch, environment, remarks)
	}
}
