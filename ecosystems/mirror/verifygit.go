package mirror

import (
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
)

// repositories has git prove those below store/git: each object by its id, and that all is there
// which refs reach. A sample takes them by the digest of their names.
func (v *verifier) repositories(ctx context.Context) error {
	root, err := v.m.root.OpenRoot(gitDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	git, err := gitrepo.New(ctx, gitrepo.Options{})
	if errors.Is(err, gitrepo.ErrNoGit) {
		v.m.cfg.Logger.Warn("the repositories below "+gitDir+" are not proven", "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	repos, err := gitrepo.NewStore(git, root)
	if err != nil {
		return err
	}
	names, err := repos.Names()
	if err != nil {
		return err
	}
	if v.opts.Sample > 0 && len(names) > 0 {
		v.sampler = v.m.openSampler(StoreName, v.opts.Sample)
		defer v.sampler.done()
	}
	for _, name := range names {
		if v.sampler != nil && !v.sampler.window.has(sha256.Sum256([]byte(name))) {
			continue
		}
		err := fsck(ctx, repos, name)
		if err != nil && ctx.Err() == nil {
			err = fsck(ctx, repos, name) // a sync may have joined packs meanwhile
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		v.Objects++
		if err != nil {
			v.damage(Damage{Path: gitDir + "/" + name, Kind: Damaged, Error: err.Error()})
		}
	}
	return nil
}

func fsck(ctx context.Context, repos *gitrepo.Store, name string) error {
	repo, err := repos.Named(name)
	if err != nil {
		return err
	}
	return repo.Verify(ctx, false)
}
