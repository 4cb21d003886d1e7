package ordered

import (
	"iter"
	"maps"
	"slices"
)

// Object is a JSON object. The zero Object is empty and ready to use; a nil one is empty and
// cannot be changed. It is not safe for concurrent use.
type Object struct {
	keys   []string
	values map[string]any
}

// Get returns the value of a key.
func (o *Object) Get(key string) (value any, ok bool) {
	if o == nil {
		return nil, false
	}
	value, ok = o.values[key]
	return value, ok
}

// Has tells whether there is a key.
func (o *Object) Has(key string) bool {
	_, ok := o.Get(key)
	return ok
}

// Set sets the value of a key. A new key is the last one, another keeps its place.
func (o *Object) Set(key string, value any) {
	if o.values == nil {
		o.values = map[string]any{}
	}
	if _, ok := o.values[key]; !ok {
		o.keys = append(o.keys, key)
	}
	o.values[key] = value
}

// Len returns the number of keys.
func (o *Object) Len() int {
	if o == nil {
		return 0
	}
	return len(o.keys)
}

// All yields keys and values in order. Keys that are set meanwhile are not seen.
func (o *Object) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		if o == nil {
			return
		}
		for _, key := range o.keys {
			if !yield(key, o.values[key]) {
				return
			}
		}
	}
}

// Copy returns an object of its own with the same keys and values.
func (o *Object) Copy() *Object {
	if o == nil {
		return &Object{}
	}
	return &Object{slices.Clone(o.keys), maps.Clone(o.values)}
}

// Number is a number as Python writes it: "3", "-0.5", "1e+16", "NaN".
type Number string
