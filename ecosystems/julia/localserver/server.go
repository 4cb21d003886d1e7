package localserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/fetch/stream"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// Options of a [Server].
type Options struct {
	Config  Config       // as Config.Check found it in order
	Fetch   fetch.Config // how others are asked; times are cut to what clients wait for
	Version string       // of the program, for upstreams and /meta
	Logger  *slog.Logger // nil: nothing is logged
	Now     func() time.Time
}

// Server is an [http.Handler]. It may be used by many goroutines.
type Server struct {
	log     *slog.Logger
	now     func() time.Time
	version string
	started time.Time
	minTime time.Duration

	patience, firstPatience time.Duration // see there

	cache, clones, state *os.Root
	locks                []*layout.RootLock

	store    *store.Store
	engine   *fetch.Engine
	repos    *gitrepo.Store // nil without local registries
	strategy gitrepo.Strategy
	maker    *maker
	shelf    *shelf
	group    *stream.Group
	static   http.Handler
	failures failures

	registries []*gitRegistry
	server     string                         // base URL of the Pkg server; empty: none
	upstreams  map[pkgserver.Flavor]*upstream // nil without one
	artifacts  privateArtifacts

	open bool // Open has succeeded
	end  context.CancelFunc
	life context.Context
	done sync.WaitGroup // updates under way

	mu           sync.Mutex
	repositories map[string]*updates
	generation   int64     // counts changes of registries
	clonings     int64     // counts updates of clones
	changedAt    time.Time // the last of them
	saving       sync.Mutex
}

// Open locks the folders of a configuration, which are made if they are missing, and takes up
// what is there. It asks nobody. What runs in the background ends with ctx or by [Server.Close].
//
// The error names the key or the folder; it matches [layout.ErrLocked] if another server, or a run on
// the same folder, is at work.
func Open(ctx context.Context, o Options) (s *Server, err error) {
	c := o.Config
	s = &Server{
		log: cmp.Or(o.Logger, slog.New(slog.DiscardHandler)), now: o.Now, version: cmp.Or(o.Version, "devel"),
		minTime: c.minTime(), patience: patience, firstPatience: firstPatience, repositories: map[string]*updates{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.started, s.failures.now = s.now(), s.now
	s.life, s.end = context.WithCancel(ctx)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
			s = nil
		}
	}()
	if s.strategy, err = c.strategy(); err != nil {
		return s, err
	}
	if err := s.openFolders(c); err != nil {
		return s, err
	}
	if err := s.openEngine(o.Fetch); err != nil {
		return s, err
	}
	if len(c.LocalRegistry) > 0 {
		if err := s.openGit(o.Fetch, c.GitConfig); err != nil {
			return s, err
		}
	}
	s.maker = &maker{store: s.store, engine: s.engine, slots: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))}
	if s.shelf, err = openShelf(s.cache, s.store, s.now, s.log); err != nil {
		return s, err
	}
	s.group = stream.NewGroup(s.life, stream.Options{
		Temp: cmp.Or(o.Fetch.TempDir, filepath.Join(s.cache.Name(), "state")),
		Open: func(o fetch.Object) (stream.File, error) { return s.store.Open(o.ID) },
	})
	s.static = serve.Static(s.shelf, func(string) serve.Class { return serve.Immutable }, serve.ContentTypes(func(string) string { return tarballType }))
	for _, url := range c.LocalRegistry {
		s.registries = append(s.registries, s.newGitRegistry(url))
	}
	if c.PkgServer != "" {
		if s.server, err = ecosystems.BaseURL("pkg_server", c.PkgServer); err != nil {
			return s, err
		}
		s.upstreams = map[pkgserver.Flavor]*upstream{}
		for _, flavor := range []pkgserver.Flavor{pkgserver.Conservative, pkgserver.Eager} {
			s.upstreams[flavor] = s.newUpstream(flavor)
		}
	}
	s.restore()
	s.open = true
	return s, nil
}

// openFolders opens and locks the folders.
func (s *Server) openFolders(c Config) (err error) {
	open := func(key, dir string) (*os.Root, error) {
		dir, err := filepath.Abs(dir)
		if err == nil {
			err = os.MkdirAll(dir, 0o755)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		if s.cache != nil && same(root, s.cache) {
			return root, nil
		}
		lock, err := layout.Lock(root)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", key, err), root.Close())
		}
		s.locks = append(s.locks, lock)
		return root, nil
	}
	if s.cache, err = open("cache_dir", c.CacheDir); err != nil {
		return err
	}
	if s.clones, err = open("git_clones_dir", c.GitClonesDir); err != nil {
		return err
	}
	return nil
}

// same reports whether two roots are one folder.
func same(a, b *os.Root) bool {
	x, err := a.Stat(".")
	y, err2 := b.Stat(".")
	return err == nil && err2 == nil && os.SameFile(x, y)
}

// openEngine opens the store and what asks others.
func (s *Server) openEngine(c fetch.Config) (err error) {
	if s.store, err = store.Open(s.cache); err != nil {
		return err
	}
	if err := s.store.Sweep(); err != nil {
		return err
	}
	if s.state, err = s.cache.OpenRoot("state"); err != nil { // the lock has made it
		return err
	}
	s.engine, err = fetch.New(impatient(c), s.store, s.state, fetch.WithVersion(s.version), fetch.WithObserver(s.observe))
	return err
}

// impatient is a configuration of the engine for requests that somebody waits for.
func impatient(c fetch.Config) fetch.Config {
	c.Retries = min(c.Retries, 2)
	c.Backoff = min(c.Backoff, 200*time.Millisecond)
	c.BackoffMax = min(c.BackoffMax, 2*time.Second)
	c.ConnectTimeout = min(c.ConnectTimeout, 10*time.Second)
	c.AnswerTimeout = min(c.AnswerTimeout, 30*time.Second)
	return c
}

// observe logs what the engine meets.
func (s *Server) observe(ev fetch.Event) {
	level := slog.LevelInfo
	if ev.Kind == fetch.WrongBytes {
		level = slog.LevelWarn
	}
	s.log.Log(s.life, level, ev.String())
}

// openGit opens the clones.
func (s *Server) openGit(c fetch.Config, config map[string]string) error {
	settings := gitrepo.HostConfig(c.Hosts)
	if settings == nil {
		settings = map[string]string{}
	}
	maps.Copy(settings, config)
	git, err := gitrepo.New(s.life, gitrepo.Options{Config: settings, Authorize: s.engine.Authorization})
	if err != nil {
		return err
	}
	if err := s.clones.MkdirAll(gitDir, 0o755); err != nil {
		return store.Failure("make the folder", gitDir, err)
	}
	root, err := s.clones.OpenRoot(gitDir)
	if err != nil {
		return store.Failure("open the folder", gitDir, err)
	}
	_ = s.clones.Close() // its lock stays
	s.clones = root
	if s.repos, err = gitrepo.NewStore(git, root); err != nil {
		return err
	}
	return s.repos.Sweep()
}

// gitDir is where clones are, beside those that LocalPackageServer.jl left perhaps.
const gitDir = "git"

// Close ends what runs in the background and lets go of the folders. Requests must have ended.
func (s *Server) Close() error {
	s.end()
	if s.group != nil {
		s.group.Close() // what is being fetched may ask sources,
	}
	s.done.Wait() // which fetch nothing any more
	var errs []error
	if s.open { // or what the last process knew would be lost
		errs = append(errs, s.save())
	}
	if s.shelf != nil {
		errs = append(errs, s.shelf.close())
	}
	if s.engine != nil {
		errs = append(errs, s.engine.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	for _, lock := range s.locks {
		errs = append(errs, lock.Unlock())
	}
	for _, root := range []*os.Root{s.state, s.clones, s.cache} {
		if root != nil {
			_ = root.Close()
		}
	}
	return errors.Join(errs...)
}

func (s *Server) newUpdates(ask func(context.Context) error) *updates {
	return &updates{ask: ask, now: s.now, life: s.life, done: &s.done}
}

// changed is called when what some registry names has changed.
func (s *Server) changed() {
	s.mu.Lock()
	s.generation++
	s.changedAt = s.now()
	s.mu.Unlock()
	if err := s.save(); err != nil {
		s.log.Error("the state of the registries cannot be kept for the next start", "error", err)
		return
	}
	s.tidy() // what the next start may want is not removed
}

// cloned is called when a clone of a package was brought up to date.
func (s *Server) cloned() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clonings++
}

// extent changes with what registries name and clones hold.
type extent struct{ generation, clonings int64 }

func (s *Server) extent() extent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return extent{s.generation, s.clonings}
}

func (s *Server) lastChange() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changedAt
}
