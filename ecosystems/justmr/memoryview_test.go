package justmr_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// memoryView is a snapshot that tests can change.
type memoryView struct {
	files map[string][]byte
	links map[string]string
}

func (v memoryView) Lookup(path string) (layout.Entry, bool) {
	if target, ok := v.links[path]; ok {
		return layout.Entry{Path: path, Link: target}, true
	}
	data, ok := v.files[path]
	if !ok {
		return layout.Entry{}, false
	}
	return layout.Entry{Path: path, Object: store.ID(sha256.Sum256(data)), Size: int64(len(data))}, true
}

func (v memoryView) All(prefix string) iter.Seq[layout.Entry] {
	return func(yield func(layout.Entry) bool) {
		paths := slices.Concat(slices.Collect(maps.Keys(v.files)), slices.Collect(maps.Keys(v.links)))
		slices.Sort(paths)
		for _, p := range paths {
			if e, ok := v.Lookup(p); ok && strings.HasPrefix(p, prefix) && !yield(e) {
				return
			}
		}
	}
}

func (v memoryView) Open(e layout.Entry) (layout.File, error) {
	data, ok := v.files[e.Path]
	if !ok {
		return nil, errors.New("not a file")
	}
	return memoryFile{bytes.NewReader(data)}, nil
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }
