package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

const (
	objectFolder    = "store/sha256"
	temporaryFolder = "store/tmp"
)

// Store is the objects of one mirror root.
type Store struct {
	root   *os.Root // ROOT; the caller's
	shards [256]atomic.Pointer[shard]

	mu     sync.Mutex // guards the fields below and the opening of shards
	tmp    *folder
	using  map[string]bool // names in store/tmp that an Incoming of this Store has open
	closed bool

	beside  bool // another process may be working on the store; see OpenBeside
	commits committer
	naming  sync.RWMutex // held for reading while an object gets its name, for writing while a damaged one loses it

	togetherOnce sync.Once
	together     bool // the file system makes everything durable by one call; see canSyncTogether

	// fault, if not nil, is asked before each step; an error makes the step
	// fail with it. Only tests set it.
	fault func(step step, name string) error
}

// step names what a fault can be injected into.
type step string

const (
	stepWrite    step = "write"
	stepSync     step = "sync"
	stepRename   step = "rename"
	stepSyncHome step = "sync folder"
)

func (s *Store) inject(what step, name string) error {
	if s.fault == nil {
		return nil
	}
	return s.fault(what, name)
}

// Open opens the store of the mirror at root. One that is not there yet is empty,
// and is made by the first object that is written: looking at a folder that is no
// mirror leaves it as it was, and a store on a read-only file system can be read.
//
// The store uses root until [Store.Close]; it does not close it.
func Open(root *os.Root) (*Store, error) {
	info, err := root.Stat(objectFolder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, failure("open the store", objectFolder, err)
	case !info.IsDir():
		return nil, fmt.Errorf("open the store: %s is not a folder; move it away", objectFolder)
	}
	s := &Store{root: root, using: make(map[string]bool)}
	s.commits.init(s)
	return s, nil
}

// OpenBeside opens the store of a mirror that another process may be changing under its lock:
// a sync beside a server. Nothing that is on its way has a name that the other could take for
// its own, or that [Store.Sweep] there removes while it grows; so partials do not outlive this
// process. What its death leaves in store/tmp goes with a Sweep an hour later.
func OpenBeside(root *os.Root) (*Store, error) {
	s, err := Open(root)
	if err == nil {
		s.beside = true
	}
	return s, err
}

// Path returns where an object lies, relative to ROOT and slash-separated.
func (s *Store) Path(id ID) string {
	name := id.String()
	return objectFolder + "/" + name[:2] + "/" + name
}

// Locate returns where an object lies on this machine, for programs that are given
// files by name. They must not change it.
func (s *Store) Locate(id ID) (string, error) {
	return filepath.Abs(filepath.Join(s.root.Name(), filepath.FromSlash(s.Path(id))))
}

// Has reports whether the object is in the store, and its size in bytes. It
// looks at the file's existence only; see [Store.Check].
func (s *Store) Has(id ID) (size int64, ok bool) {
	home, err := s.shard(id[0], false)
	if err != nil {
		return 0, false
	}
	info, err := home.root.Lstat(id.String())
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	return info.Size(), true
}

// Open opens an object for reading. An object that is not in the store gives an
// error that matches [fs.ErrNotExist].
func (s *Store) Open(id ID) (*os.File, error) {
	home, err := s.shard(id[0], false)
	if err != nil {
		return nil, objectError(id, err)
	}
	f, err := OpenRegular(home.root, id.String())
	if err != nil {
		return nil, objectError(id, err)
	}
	return f, nil
}

func objectError(id ID, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("object %s is not in the store: %w", id, fs.ErrNotExist)
	}
	return fmt.Errorf("object %s: %w", id, err)
}

// Close waits for running commits and lets go of all files. Further use fails.
func (s *Store) Close() error {
	s.mu.Lock()
	already := s.closed
	s.closed = true
	s.mu.Unlock()
	if already {
		return nil
	}
	s.commits.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.shards {
		if home := s.shards[i].Swap(nil); home != nil {
			home.close()
		}
	}
	if s.tmp != nil {
		s.tmp.close()
		s.tmp = nil
	}
	return nil
}
