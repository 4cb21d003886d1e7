package store

import "os"

// togetherFrom is the number of files or folders from which on they are made
// durable by one call for the whole file system. A flush of the device costs much
// more than the data of a small file, and an fsync of each costs one each.
const togetherFrom = 8

// syncTogether makes the data of the files durable, and reports whether it could:
// if not, each must be synced alone, which also tells which ones are lost. Where
// it could, a file that is lost by itself has its err set.
func (s *Store) syncTogether(files []*joining) bool {
	if len(files) < togetherFrom || !s.canSyncTogether(files[0].in.tmp.dir) {
		return false
	}
	if syncFileSystem(files[0].in.tmp.dir) != nil {
		return false
	}
	// The kernel remembers for each open file whether writing it failed. Asking
	// costs nothing now, and unlike the answer of the call above, which kernels
	// before 5.8 did not give, it says which file it was.
	var whole *joining
	for _, j := range files {
		if err := awaitWriteBack(j.in.file); err != nil {
			j.err = err
		} else {
			whole = j
		}
	}
	if whole == nil {
		return true
	}
	// Not every file system ends such a call by a flush of the device's cache
	// (ext4 without a journal writes its metadata after it); an fsync always does.
	if err := whole.in.file.Sync(); err != nil {
		for _, j := range files {
			j.err = err
		}
	}
	return true
}

// syncNamesTogether is syncTogether for the names in folders, of which none can
// be lost alone.
func (s *Store) syncNamesTogether(homes []*shard) bool {
	return len(homes) >= togetherFrom && s.canSyncTogether(homes[0].dir) &&
		syncFileSystem(homes[0].dir) == nil && SyncFolder(homes[0].dir) == nil
}

// syncAllTogether makes everything in the store durable, and reports whether it could.
func (s *Store) syncAllTogether() bool {
	tmp, err := s.temporary()
	return err == nil && s.canSyncTogether(tmp.dir) && syncFileSystem(tmp.dir) == nil && SyncFolder(tmp.dir) == nil
}

// canSyncTogether reports whether the file system is one of those that are known
// to make everything durable by one call.
func (s *Store) canSyncTogether(dir *os.File) bool {
	s.togetherOnce.Do(func() { s.together = syncsTogether(dir) })
	return s.together
}
