package fetch

import (
	"crypto/sha256"
	"fmt"
	"sync"
)

var errAside = fmt.Errorf("%w earlier in this run, not asked again", ErrWrongBytes)

const maxAside = 1 << 16

// aside remembers which places delivered wrong bytes for which wish. Another
// wish at the same place (a release that was replaced, say) is asked for.
type aside struct {
	mu     sync.RWMutex
	places map[[16]byte]struct{}
}

func (a *aside) key(place string, r *Request) [16]byte {
	sum := sha256.Sum256([]byte(place + "\n" + r.identity()))
	return [16]byte(sum[:])
}

func (a *aside) has(place string, r *Request) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if len(a.places) == 0 {
		return false
	}
	_, ok := a.places[a.key(place, r)]
	return ok
}

func (a *aside) put(place string, r *Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.places == nil || len(a.places) >= maxAside {
		a.places = map[[16]byte]struct{}{}
	}
	a.places[a.key(place, r)] = struct{}{}
}
