package serve

import (
	"sync"
	"time"

	"github.com/offmirror/offmirror/layout"
)

const (
	referenceLasts = time.Second
	maxReferences  = 256
)

// references remembers for a moment which snapshots references mean: to find out takes
// reading a folder, or for a day the heads of all snapshots, and a client asks
// hundreds of times in a row. What means nothing is not remembered.
type references struct {
	mu    sync.Mutex
	known map[string]reference
}

type reference struct {
	id    string
	until time.Time
}

func (r *references) resolve(h *layout.History, ref string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock() // of several that ask at the same time, one reads
	now := time.Now()
	if k, ok := r.known[ref]; ok && now.Before(k.until) {
		return k.id, nil
	}
	id, err := h.Resolve(ref)
	if err != nil {
		delete(r.known, ref)
		return "", err
	}
	if r.known == nil || len(r.known) >= maxReferences {
		r.known = make(map[string]reference)
	}
	r.known[ref] = reference{id, now.Add(referenceLasts)}
	return id, nil
}
