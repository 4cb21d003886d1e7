package layout

import (
	"fmt"
	"iter"
	"slices"
	"sort"
	"strings"

	"github.com/offmirror/offmirror/fetch/store"
)

const (
	maxEntries   = 8 << 20 // of a snapshot
	maxPathBytes = 1 << 30 // of all its paths
)

// List is the entries of a snapshot in memory, sorted bytewise by path: 44 bytes
// an entry and its path, and for a link 4 more and its target. It never changes.
type List struct {
	paths   string   // all of them, one after the other
	ends    []uint32 // where each ends
	objects []store.ID
	sizes   []int64 // of a link, the complement of its number among the links
	bytes   int64

	targets    string // of all links, in their order
	targetEnds []uint32
}

// NewList makes a list of entries, which may come in any order. It refuses paths
// that [CheckPath] refuses and those that clash (see [Paths]), an entry below a
// link among them, and links that [CheckLink] refuses. An entry that comes twice
// and is the same each time is one entry. Links may lead to what is not in the
// list; see [List.Dangling].
func NewList(entries iter.Seq[Entry]) (*List, error) {
	var b listBuilder
	for e := range entries {
		if err := b.add(e); err != nil {
			return nil, err
		}
	}
	return b.finish()
}

// Len returns the number of entries.
func (l *List) Len() int { return len(l.ends) }

// Total returns the sum of all sizes, in bytes.
func (l *List) Total() int64 { return l.bytes }

// At returns entry i, 0 ≤ i < Len().
func (l *List) At(i int) Entry {
	if link := l.link(i); link != "" {
		return Entry{Path: l.path(i), Link: link}
	}
	return Entry{Path: l.path(i), Object: l.objects[i], Size: l.sizes[i]}
}

// link returns the target of entry i, or "" if it is a file.
func (l *List) link(i int) string {
	n := ^l.sizes[i]
	if n < 0 {
		return ""
	}
	start := uint32(0)
	if n > 0 {
		start = l.targetEnds[n-1]
	}
	return l.targets[start:l.targetEnds[n]]
}

func (l *List) path(i int) string {
	start := uint32(0)
	if i > 0 {
		start = l.ends[i-1]
	}
	return l.paths[start:l.ends[i]]
}

// search returns the index of the first entry whose path is not less than path.
func (l *List) search(path string) int {
	return sort.Search(l.Len(), func(i int) bool { return l.path(i) >= path })
}

// Lookup finds the entry at path.
func (l *List) Lookup(path string) (Entry, bool) {
	if i := l.search(path); i < l.Len() && l.path(i) == path {
		return l.At(i), true
	}
	return Entry{}, false
}

// All yields the entries whose path starts with prefix, sorted.
func (l *List) All(prefix string) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for i := l.search(prefix); i < l.Len() && strings.HasPrefix(l.path(i), prefix); i++ {
			if !yield(l.At(i)) {
				return
			}
		}
	}
}

// checkClashes looks for what [Paths] describes.
func (l *List) checkClashes() error {
	c := newClashes()
	for i := range l.Len() {
		c.add([]byte(l.path(i)))
	}
	return c.check(func(each func([]byte) error) error {
		for i := range l.Len() {
			if err := each([]byte(l.path(i))); err != nil {
				return err
			}
		}
		return nil
	})
}

// listBuilder gathers a [List].
type listBuilder struct {
	list     List
	paths    strings.Builder
	targets  strings.Builder
	last     string
	unsorted bool
}

func (b *listBuilder) grow(entries, pathBytes int) {
	b.paths.Grow(pathBytes)
	b.list.ends = slices.Grow(b.list.ends, entries)
	b.list.objects = slices.Grow(b.list.objects, entries)
	b.list.sizes = slices.Grow(b.list.sizes, entries)
}

func (b *listBuilder) add(e Entry) error {
	if e.Link == "" {
		return addEntry(b, e.Path, e.Object, e.Size)
	}
	if !e.Object.IsZero() || e.Size != 0 {
		return fmt.Errorf("path %s: is a link and has an object or a size", quoteShort(e.Path))
	}
	return b.addLink(e.Path, e.Link)
}

func (b *listBuilder) addLink(path, target string) error {
	if err := CheckLink(path, target); err != nil {
		return err
	}
	if b.targets.Len()+len(target) > maxPathBytes {
		return fmt.Errorf("more than %d bytes of link targets; select less", maxPathBytes)
	}
	if err := addEntry(b, path, store.ID{}, 0); err != nil {
		return err
	}
	b.list.sizes[len(b.list.sizes)-1] = ^int64(len(b.list.targetEnds))
	b.targets.WriteString(target)
	b.list.targetEnds = append(b.list.targetEnds, uint32(b.targets.Len()))
	return nil
}

// addEntry takes the path as it comes, so that reading a list allocates nothing
// for each entry.
func addEntry[P string | []byte](b *listBuilder, path P, object store.ID, size int64) error {
	if len(b.list.ends) >= maxEntries || b.paths.Len()+len(path) > maxPathBytes {
		return fmt.Errorf("more than %d entries or %d bytes of paths; select less", maxEntries, maxPathBytes)
	}
	start := b.paths.Len()
	switch p := any(path).(type) {
	case string:
		b.paths.WriteString(p)
	case []byte:
		b.paths.Write(p)
	}
	taken := b.paths.String()[start:]
	if err := CheckPath(taken); err != nil {
		return err
	}
	if size < 0 || b.list.bytes+size < 0 {
		return fmt.Errorf("path %s: impossible size %d", quoteShort(taken), size)
	}
	if taken <= b.last && start > 0 {
		b.unsorted = true
	}
	b.last = taken
	b.list.ends = append(b.list.ends, uint32(b.paths.Len()))
	b.list.objects = append(b.list.objects, object)
	b.list.sizes = append(b.list.sizes, size)
	b.list.bytes += size
	return nil
}

func (b *listBuilder) finish() (*List, error) {
	b.list.paths, b.list.targets = b.paths.String(), b.targets.String()
	l := &b.list
	if b.unsorted {
		var err error
		if l, err = l.sorted(); err != nil {
			return nil, err
		}
	}
	return l, l.checkClashes()
}

// sorted returns a sorted copy of a list that is not.
func (l *List) sorted() (*List, error) {
	order := make([]int32, l.Len())
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return strings.Compare(l.path(int(a)), l.path(int(b))) })
	var b listBuilder
	b.grow(l.Len(), len(l.paths))
	var last Entry
	for _, i := range order {
		e := l.At(int(i))
		if len(b.list.ends) > 0 && e.Path == last.Path {
			if e != last {
				return nil, fmt.Errorf("path %s: occurs twice, as %s and as %s", quoteShort(e.Path), last.content(), e.content())
			}
			continue
		}
		if err := b.add(e); err != nil {
			return nil, err
		}
		last = e
	}
	return b.finish()
}
