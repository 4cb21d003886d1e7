package store

import (
	"cmp"
	"sync"
	"sync/atomic"
)

// settle brings a group into the store: data, then names, then word to those who wait.
func (s *Store) settle(group []*joining) {
	fresh := make([]*joining, 0, len(group))
	first := make(map[ID]*joining, len(group))
	for _, j := range group {
		if twin := first[j.id]; twin != nil {
			j.twinOf = twin
		} else if size, ok := s.Has(j.id); ok && size == j.in.size {
			s.drop(j) // an earlier group's, so it is durable
		} else {
			first[j.id] = j
			fresh = append(fresh, j)
		}
	}
	s.syncData(fresh)
	for _, j := range group {
		if j.twinOf == nil {
			continue
		}
		if j.twinOf.err == nil {
			s.drop(j)
			continue
		}
		s.syncData([]*joining{j})
		if j.err == nil { // its twin's bytes are lost; these are not
			fresh, j.twinOf = append(fresh, j), nil
		}
	}

	var homes []*shard
	members := make(map[*shard][]*joining)
	for _, j := range fresh {
		if j.err != nil {
			continue
		}
		home, err := s.enter(j)
		if j.err = err; err != nil {
			continue
		}
		if members[home] == nil {
			homes = append(homes, home)
		}
		members[home] = append(members[home], j)
	}
	s.syncNames(homes, members)

	for _, j := range group {
		if j.twinOf != nil && j.err == nil {
			j.err = j.twinOf.err
		}
		close(j.done)
	}
}

// firstThenRest calls do for 0 to n-1: for 0 alone, then for the others side by
// side. The first sync of a group makes the journal commit, which covers all of
// them; competing for it would produce several. Those that follow only flush the
// device, and the kernel answers flushes that wait together with one.
func firstThenRest(n int, do func(i int)) {
	const atOnce = 8
	if n == 0 {
		return
	}
	do(0)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(atOnce, n-1) {
		wg.Go(func() {
			for i := int(next.Add(1)); i < n; i = int(next.Add(1)) {
				do(i)
			}
		})
	}
	wg.Wait()
}

// drop throws away the bytes of an object that is there already.
func (s *Store) drop(j *joining) {
	_ = j.in.tmp.root.Remove(j.in.name) // else Sweep finds it
	_ = j.in.end()
}

// syncData makes the bytes of the files durable. After a failure the kernel may
// have marked unwritten pages as clean, so the file is worth nothing.
func (s *Store) syncData(files []*joining) {
	ready := make([]*joining, 0, len(files))
	for _, j := range files {
		if j.err = s.inject(stepSync, j.in.name); j.err == nil {
			j.err = j.in.file.Chmod(0o444)
		}
		if j.err == nil {
			ready = append(ready, j)
		}
	}
	if !s.syncTogether(ready) {
		firstThenRest(len(ready), func(i int) { ready[i].err = ready[i].in.file.Sync() })
	}
	for _, j := range files {
		if j.err != nil {
			s.drop(j)
			j.err = failure("write object", j.id.String(), j.err)
		}
	}
}

// enter gives the object its name.
func (s *Store) enter(j *joining) (*shard, error) {
	home, err := s.shard(j.id[0], true)
	if err == nil {
		err = s.inject(stepRename, j.in.name)
	}
	if err == nil {
		s.naming.RLock()
		err = rename(s.root, j.in.tmp, j.in.name, home, j.id.String())
		s.naming.RUnlock()
	}
	if err != nil {
		s.drop(j)
		return nil, failure("store object", j.id.String(), err)
	}
	_ = j.in.end() // what closing could report, the sync has
	return home, nil
}

// syncNames makes the names in the folders durable, or takes them back.
func (s *Store) syncNames(homes []*shard, members map[*shard][]*joining) {
	errs := make([]error, len(homes))
	for i, home := range homes {
		errs[i] = s.inject(stepSyncHome, home.path)
	}
	if !s.syncNamesTogether(homes) {
		firstThenRest(len(homes), func(i int) { errs[i] = cmp.Or(errs[i], SyncFolder(homes[i].dir)) })
	}
	for i, home := range homes {
		if errs[i] == nil {
			continue
		}
		for _, j := range members[home] {
			_ = home.root.Remove(j.id.String())
			j.err = failure("store object", j.id.String(), errs[i])
		}
	}
}
