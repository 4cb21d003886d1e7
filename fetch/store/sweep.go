package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// PartialAge is how long a partial that nobody resumes is kept.
const PartialAge = 7 * 24 * time.Hour

// besideAge is how long a server that has no lock may take from one write to the next. Its fetches are
// cut off much earlier.
const besideAge = time.Hour

// Sweep removes what dead runs left in store/tmp: files without a name, and
// partials older than [PartialAge]. It also makes sure that every name in the
// store is durable, which a run that was killed between a rename and the sync of
// its folder could not. Call it only while holding the lock of the root; what
// this Store has open is left alone.
func (s *Store) Sweep() error {
	if err := s.sweepTemporary(); err != nil {
		return err
	}
	if s.syncAllTogether() {
		return nil
	}
	var failed [256]error
	firstThenRest(256, func(b int) {
		home, err := s.shard(byte(b), false)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err == nil {
			err = SyncFolder(home.dir)
		}
		if err != nil {
			failed[b] = failure("sync", fmt.Sprintf("%s/%02x", objectFolder, b), err)
		}
	})
	return cmp.Or(failed[:]...)
}

func (s *Store) sweepTemporary() error {
	tmp, err := s.temporary()
	if err != nil {
		return err
	}
	entries, err := fs.ReadDir(tmp.root.FS(), ".")
	if err != nil {
		return failure("read", temporaryFolder, err)
	}
	for _, e := range entries {
		s.mu.Lock()
		mine := s.using[e.Name()]
		s.mu.Unlock()
		if mine || !abandoned(e) {
			continue
		}
		if err := tmp.root.Remove(e.Name()); err != nil && !errors.Is(err, os.ErrNotExist) {
			return failure("remove", temporaryFolder+"/"+e.Name(), err)
		}
	}
	return nil
}

func abandoned(e fs.DirEntry) bool {
	if strings.HasPrefix(e.Name(), newPrefix) {
		return true
	}
	info, err := e.Info()
	if err != nil {
		return false
	}
	age := time.Since(info.ModTime())
	return strings.HasPrefix(e.Name(), partialPrefix) && age > PartialAge || strings.HasPrefix(e.Name(), besidePrefix) && age > besideAge
}
