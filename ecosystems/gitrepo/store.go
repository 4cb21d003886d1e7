package gitrepo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/offmirror/offmirror/fetch"
)

// Store is a folder of bare repositories. Several updates of different repositories may run at
// once; of one repository they wait for each other, within one Store.
type Store struct {
	git  *Git
	root *os.Root
	dir  string

	mu    sync.Mutex
	locks map[string]*sync.Mutex

	taming sync.Mutex
	tamed  map[string]bool // repositories that have been looked at
}

// Where clones are made, and where a repository waits while its new clone takes its name.
// No host has such a name.
const (
	staging  = ".incoming"
	replaced = ".replaced"
)

// NewStore returns the Store in the folder root, which the caller keeps open.
func NewStore(git *Git, root *os.Root) (*Store, error) {
	dir, err := filepath.Abs(root.Name())
	if err != nil {
		return nil, err
	}
	return &Store{git: git, root: root, dir: dir, locks: map[string]*sync.Mutex{}, tamed: map[string]bool{}}, nil
}

// Strategy says when a repository is cloned afresh. What was fetched before is
// taken over into the new clone in any case.
type Strategy uint8

// The strategies, with the words of LocalPackageServer for them.
const (
	IfMissing Strategy = iota // "if_missing": an existing repository is only updated
	OnFailure                 // "on_failure": also if it cannot be updated
	Always                    // "always"
)

// Source says what to mirror.
type Source struct {
	URL        string   // names the repository, also in messages
	Candidates []string // where to get it, in order, as fetch.Engine.Candidates gives them; none: URL
	Strategy   Strategy

	// Local admits URL itself as a path or file URL on this machine. Other candidates may be that
	// anyway: they are from the configuration. Not to be set for a URL that an
	// index of somebody else's names, which could publish any repository of the machine.
	Local bool

	// Refs chooses what is mirrored, by full name; nil: all.
	Refs func(name string) bool

	// Commits must be there afterwards. A candidate that lacks one, below its refs and by
	// its id, has failed and the next is asked, yet what it had stays.
	Commits []string
}

// Update is what became of an update.
type Update struct {
	From    string // the candidate, without credentials
	Cloned  bool   // made afresh
	Changed bool   // refs, HEAD or commits are others than before
	Kept    int    // histories that upstream rewrote, now below refs/keep
}

// Update brings the repository of a source up to date, making it if it is missing.
//
// The error is a [*fetch.Error] of all candidates, of which the first that works ends the
// search; the context's; or one of this machine. After an error the repository is as it was,
// or holds more.
func (s *Store) Update(ctx context.Context, src Source) (*Repo, Update, error) {
	name, err := Name(src.URL)
	if err != nil {
		return nil, Update{}, err
	}
	for _, id := range src.Commits {
		if !validID(id) {
			return nil, Update{}, fmt.Errorf("%s: %.80q is no object id", showURL(src.URL), id)
		}
	}
	defer s.lock(name)()
	if err := s.restore(name); err != nil {
		return nil, Update{}, err
	}
	if s.exists(name) {
		if err := s.tame(name); err != nil {
			return nil, Update{}, err
		}
	}
	candidates := src.Candidates
	if len(candidates) == 0 {
		candidates = []string{src.URL}
	}
	failed := &fetch.Error{URL: showURL(src.URL)}
	for _, c := range candidates {
		p, err := s.git.place(c)
		if err == nil && p.local && c == src.URL && !src.Local {
			err = fmt.Errorf("%s: %w", showURL(c), ErrLocal)
		}
		var done Update
		if err == nil {
			done, err = s.updateFrom(ctx, name, p, &src)
		}
		if err == nil {
			done.From = showURL(c)
			repo, err := s.open(name)
			return repo, done, err
		}
		if ctx.Err() != nil {
			return nil, Update{}, context.Cause(ctx)
		}
		failed.Attempts = append(failed.Attempts, attempt(c, err))
	}
	return nil, Update{}, failed
}

// Probe asks for the refs of a repository, at a URL or path of the configuration, and keeps nothing.
func (s *Store) Probe(ctx context.Context, url string) error {
	p, err := s.git.place(url)
	if err == nil {
		_, err = s.git.remote(ctx, p, func(string) bool { return false })
	}
	return err
}

// updateFrom does it from one candidate.
func (s *Store) updateFrom(ctx context.Context, name string, p *place, src *Source) (Update, error) {
	exists := s.exists(name)
	if exists && src.Strategy != Always {
		done, err := s.bring(ctx, s.path(name), p, src)
		if err == nil || src.Strategy == IfMissing || ctx.Err() != nil {
			return done, err
		}
		if _, err2 := s.git.remote(ctx, p, func(string) bool { return true }); err2 != nil {
			return done, err // not the fault of what is here
		}
	}
	return s.clone(ctx, name, exists, p, src)
}

// bring updates the repository in a folder.
func (s *Store) bring(ctx context.Context, dir string, p *place, src *Source) (Update, error) {
	u := &update{g: s.git, dir: dir, place: p, want: src.Refs}
	if u.want == nil {
		u.want = func(string) bool { return true }
	}
	err := u.run(ctx)
	if err == nil && len(src.Commits) > 0 {
		err = u.pin(ctx, src.Commits)
	}
	return Update{Changed: u.changed, Kept: u.kept}, err
}

// clone makes a repository beside the store and moves it into place when it is whole.
func (s *Store) clone(ctx context.Context, name string, exists bool, p *place, src *Source) (Update, error) {
	temporary := path.Join(staging, rand.Text())
	if err := s.root.MkdirAll(temporary, 0o755); err != nil {
		return Update{}, err
	}
	defer func() { _ = s.root.RemoveAll(temporary) }() // gone already if all went well
	dir := s.path(temporary)
	args := []string{"init", "--quiet", "--bare", "--template="}
	if there, err := s.git.remote(ctx, p, func(string) bool { return true }); err != nil {
		return Update{}, err
	} else if there.isSHA256() {
		args = append(args, "--object-format=sha256")
	}
	if _, err := s.git.run(ctx, call{args: append(args, "--", dir)}); err != nil {
		return Update{}, err
	}
	if exists {
		// What cannot be read of a damaged repository is lost; upstream's follows anyway.
		old := &update{g: s.git, dir: dir, place: &place{url: s.path(name), local: true}}
		_ = old.transfer(ctx, []string{"+refs/*:refs/*"})
	}
	done, err := s.bring(ctx, dir, p, src)
	if err != nil {
		return Update{}, err
	}
	done.Cloned, done.Changed = true, true
	return done, s.install(temporary, name)
}

func (l *refList) isSHA256() bool {
	for _, id := range l.ids {
		return len(id) == 64
	}
	return false
}

// install moves a finished clone to its name. The repository that had the name is away for
// a moment; a crash in it is made good by restore.
func (s *Store) install(temporary, name string) error {
	if err := s.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	old := path.Join(replaced, name)
	if s.exists(name) {
		if err := s.root.MkdirAll(path.Dir(old), 0o755); err != nil {
			return err
		}
	}
	if err := s.root.Rename(name, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.root.Rename(temporary, name); err != nil {
		return errors.Join(err, s.restore(name))
	}
	_ = s.root.RemoveAll(old) // if not now, the next Sweep or restore does
	folder, err := s.root.Open(path.Dir(name))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// restore brings back a repository that was about to be replaced when the program ended,
// or removes it if its successor is in place.
func (s *Store) restore(name string) error {
	old := path.Join(replaced, name)
	if !s.exists(old) {
		return nil
	}
	if s.exists(name) {
		return s.root.RemoveAll(old)
	}
	return s.root.Rename(old, name)
}

// Sweep removes what interrupted clones left, and brings back what they had put aside.
// No update may be running.
func (s *Store) Sweep() error {
	aside, err := s.namesBelow(replaced)
	if err != nil {
		return err
	}
	for _, name := range aside {
		if err := s.restore(strings.TrimPrefix(name, replaced+"/")); err != nil {
			return err
		}
	}
	return errors.Join(s.root.RemoveAll(replaced), s.root.RemoveAll(staging))
}

// Open returns the repository of a URL, without asking anybody. The error is [ErrNoRepo]
// if it has not been mirrored.
func (s *Store) Open(url string) (*Repo, error) {
	name, err := Name(url)
	if err != nil {
		return nil, err
	}
	return s.open(name)
}

// Named returns one of the repositories that [Store.Names] lists.
func (s *Store) Named(name string) (*Repo, error) { return s.open(name) }

func (s *Store) open(name string) (*Repo, error) {
	if !s.exists(name) {
		return nil, fmt.Errorf("%s: %w", name, ErrNoRepo)
	}
	if err := s.tame(name); err != nil {
		return nil, err
	}
	return &Repo{git: s.git, name: name, dir: s.path(name)}, nil
}

func (s *Store) exists(name string) bool {
	info, err := s.root.Stat(path.Join(name, "HEAD"))
	return err == nil && info.Mode().IsRegular()
}

func (s *Store) path(name string) string { return filepath.Join(s.dir, filepath.FromSlash(name)) }

// Names returns the names of all repositories, sorted.
func (s *Store) Names() ([]string, error) { return s.namesBelow(".") }

func (s *Store) namesBelow(folder string) ([]string, error) {
	var names []string
	err := fs.WalkDir(s.root.FS(), folder, func(p string, d fs.DirEntry, err error) error {
		switch {
		case p == folder && errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case p == staging, p == replaced && p != folder:
			return fs.SkipDir
		case d.IsDir() && strings.HasSuffix(p, Suffix):
			if s.exists(p) {
				names = append(names, p)
			}
			return fs.SkipDir
		}
		return nil
	})
	return names, err
}

// lock waits for the repository and returns what gives it back.
func (s *Store) lock(name string) (unlock func()) {
	s.mu.Lock()
	l, ok := s.locks[name]
	if !ok {
		l = new(sync.Mutex)
		s.locks[name] = l
	}
	s.mu.Unlock()
	l.Lock()
	return l.Unlock
}
