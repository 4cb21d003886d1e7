package mirror

import (
	"context"
	"maps"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
)

// gitDir is the folder below the root that holds the bare repositories.
const gitDir = "store/git"

// repositories implements [ecosystems.Repositories] for one run.
type repositories struct {
	*gitrepo.Store
	engine *fetch.Engine
}

func (r repositories) Update(ctx context.Context, src gitrepo.Source) (*gitrepo.Repo, gitrepo.Update, error) {
	if len(src.Candidates) == 0 {
		src.Candidates = r.engine.Candidates(src.URL, nil)
	}
	return r.Store.Update(ctx, src)
}

func (r repositories) Candidates(url string, mirrors []string) []string {
	return r.engine.Candidates(url, mirrors)
}

// git is the driver's [ecosystems.Input.Git]. What an earlier run left half done
// is removed when the first driver asks.
func (s *session) git(ctx context.Context, config map[string]string) (ecosystems.Repositories, error) {
	settings := gitrepo.HostConfig(s.m.cfg.Fetch.Hosts)
	if settings == nil {
		settings = map[string]string{}
	}
	maps.Copy(settings, config)
	git, err := gitrepo.New(ctx, gitrepo.Options{Config: settings, Authorize: s.engine.Authorization})
	if err != nil {
		return nil, err
	}
	if s.gitRoot == nil {
		if err := s.m.root.MkdirAll(gitDir, 0o755); err != nil {
			return nil, store.Failure("make the folder", gitDir, err)
		}
		if s.gitRoot, err = s.m.root.OpenRoot(gitDir); err != nil {
			return nil, store.Failure("open the folder", gitDir, err)
		}
	}
	repos, err := gitrepo.NewStore(git, s.gitRoot)
	if err != nil {
		return nil, err
	}
	if !s.gitSwept {
		s.gitSwept = true
		if err := repos.Sweep(); err != nil {
			return nil, err
		}
	}
	return repositories{repos, s.engine}, nil
}

// close lets go of what the session opened.
func (s *session) close() error {
	err := s.engine.Close()
	if s.gitRoot != nil {
		_ = s.gitRoot.Close()
	}
	return err
}
