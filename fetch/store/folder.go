package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// folder is an open directory. An os.Root walks every element of a path for each
// call; with a root for the folder itself there is one element left to walk.
type folder struct {
	path string   // relative to ROOT
	root *os.Root // for opening, looking, removing
	dir  *os.File // the same folder, for fsync, renames and links
}

type shard = folder

func openFolder(root *os.Root, path string) (*folder, error) {
	r, err := root.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	dir, err := r.Open(".")
	if err != nil {
		r.Close()
		return nil, err
	}
	return &folder{path: path, root: r, dir: dir}, nil
}

func (f *folder) close() {
	f.dir.Close()
	f.root.Close()
}

// shard returns the open folder of the objects whose first byte is b.
func (s *Store) shard(b byte, create bool) (*shard, error) {
	if home := s.shards[b].Load(); home != nil {
		return home, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if home := s.shards[b].Load(); home != nil {
		return home, nil
	}
	if s.closed && !create { // running commits may still finish
		return nil, errClosed
	}
	path := fmt.Sprintf("%s/%02x", objectFolder, b)
	home, err := openFolder(s.root, path)
	if create && errors.Is(err, fs.ErrNotExist) {
		if err = s.makeShards(); err == nil {
			home, err = openFolder(s.root, path)
		}
	}
	if err == nil {
		s.shards[b].Store(home)
	}
	return home, err
}

// temporary returns the open folder store/tmp.
func (s *Store) temporary() (*folder, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	if s.tmp == nil {
		err := s.root.MkdirAll(temporaryFolder, 0o755)
		var tmp *folder
		if err == nil {
			tmp, err = openFolder(s.root, temporaryFolder)
		}
		if err != nil {
			return nil, failure("open", temporaryFolder, err)
		}
		s.tmp = tmp
	}
	return s.tmp, nil
}

// makeShards makes the folders of all objects at once, and them and what is above
// durable, so that what is synced inside cannot be lost with them.
func (s *Store) makeShards() error {
	for b := range 256 {
		if err := s.root.MkdirAll(fmt.Sprintf("%s/%02x", objectFolder, b), 0o755); err != nil {
			return err
		}
	}
	for _, path := range []string{objectFolder, "store", "."} {
		if err := syncFolderAt(s.root, path); err != nil {
			return err
		}
	}
	return nil
}

func syncFolderAt(root *os.Root, path string) error {
	dir, err := root.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return SyncFolder(dir)
}
