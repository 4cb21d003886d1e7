package peer

import "sync"

// Table remembers a value for each of the keys that were asked for last: at least size of
// them, and never more than twice that. It may be used by many goroutines; so must its values.
//
// It keeps two generations. When the young one is full it becomes the old one, and the old one is
// forgotten, but what was asked for in the meantime. That costs two lookups and no list.
type Table[K comparable, V any] struct {
	size int
	make func() V

	mu         sync.Mutex
	young, old map[K]V
}

// NewTable returns a table whose values are made by create.
func NewTable[K comparable, V any](size int, create func() V) *Table[K, V] {
	return &Table[K, V]{size: size, make: create, young: map[K]V{}}
}

// Of returns the value of a key, made if there is none.
func (t *Table[K, V]) Of(key K) V {
	t.mu.Lock()
	defer t.mu.Unlock()
	if v, ok := t.young[key]; ok {
		return v
	}
	v, ok := t.old[key]
	if !ok {
		v = t.make()
	}
	if len(t.young) >= t.size {
		t.old, t.young = t.young, make(map[K]V, len(t.young)/4)
	}
	t.young[key] = v
	return v
}

// Len returns how many values are kept.
func (t *Table[K, V]) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.young) + len(t.old) // what is in both counts twice
}
