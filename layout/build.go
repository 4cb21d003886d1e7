package layout

import (
	"bytes"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
)

// NewList makes a list of entries, which may come in any order. It refuses paths
// that [CheckPath] refuses and those that clash (see [Paths]), an entry below a
// link among them, and links that [CheckLink] refuses. An entry that comes twice
// and is the same each time is one entry. Links may lead to what is not in the
// list; see [List.Dangling].
//
// Beside the list it takes a few MiB, and entries that come sorted are the fastest.
func NewList(entries iter.Seq[Entry]) (*List, error) {
	b := listBuilder{batch: 1 << 15}
	for e := range entries {
		if err := b.add(e); err != nil {
			return nil, err
		}
	}
	return b.finish()
}

// checkClashes looks for what [Paths] describes.
func (l *List) checkClashes() error {
	names := newClashes()
	for c := l.cursor(0); c.next(); {
		names.add(c.path)
	}
	return names.check(func(each func([]byte) error) error {
		for c := l.cursor(0); c.next(); {
			if err := each(c.path); err != nil {
				return err
			}
		}
		return nil
	})
}

// listBuilder gathers a [List]. As long as entries come sorted they are packed at
// once. After the first that is not, they are sorted and packed by the ten
// thousands, and merged in the end.
type listBuilder struct {
	batch   int // so many entries are sorted at a time
	limits  limits
	record  record
	sorted  packer
	pending []Entry // after the first that is not sorted
	runs    []*List
}

func (b *listBuilder) add(e Entry) error {
	if err := b.check(e); err != nil {
		return err
	}
	b.record.set(e)
	if len(b.runs) == 0 {
		if b.sorted.list.count == 0 || bytes.Compare(b.record.path, b.sorted.path) > 0 {
			b.sorted.add(&b.record)
			return nil
		}
		b.runs = append(b.runs, b.sorted.finish())
	}
	if b.pending = append(b.pending, e); len(b.pending) >= b.batch {
		return b.pack()
	}
	return nil
}

func (b *listBuilder) check(e Entry) error {
	if e.IsLink() {
		if !e.Object.IsZero() || e.Size != 0 {
			return fmt.Errorf("path %s: is a link and has an object or a size", quoteShort(e.Path))
		}
		if err := CheckLink(e.Path, e.Link); err != nil {
			return err
		}
	}
	if err := CheckPath(e.Path); err != nil {
		return err
	}
	if err := b.limits.add(len(e.Path), len(e.Link), e.Size); err != nil {
		return fmt.Errorf("path %s: %w", quoteShort(e.Path), err)
	}
	return nil
}

// pack makes a run of what is pending.
func (b *listBuilder) pack() error {
	slices.SortFunc(b.pending, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	for i, e := range b.pending {
		if i > 0 && e.Path == b.pending[i-1].Path {
			if err := again(b.pending[i-1], e); err != nil {
				return err
			}
			continue
		}
		b.record.set(e)
		b.sorted.add(&b.record)
	}
	clear(b.pending)
	b.pending = b.pending[:0]
	b.runs = append(b.runs, b.sorted.finish())
	return nil
}

func (b *listBuilder) finish() (*List, error) {
	l := b.sorted.finish()
	if len(b.runs) > 0 {
		if err := b.pack(); err != nil {
			return nil, err
		}
		b.pending = nil
		var err error
		if l, err = merge(b.runs); err != nil {
			return nil, err
		}
	}
	return l, l.checkClashes()
}

// again says whether an entry may come after another one of the same path.
func again(e, other Entry) error {
	if e != other {
		return fmt.Errorf("path %s: occurs twice, as %s and as %s", quoteShort(e.Path), e.content(), other.content())
	}
	return nil
}

// limits counts what a list may not have too much of.
type limits struct {
	entries        int
	paths, targets int64
	bytes          int64
}

func (l *limits) add(path, target int, size int64) error {
	if size < 0 || size > math.MaxInt64-l.bytes {
		return fmt.Errorf("impossible size %d", size)
	}
	l.entries++
	l.paths += int64(path)
	l.targets += int64(target)
	l.bytes += size
	if l.entries > maxEntries || l.paths > maxPathBytes || l.targets > maxPathBytes {
		return fmt.Errorf("more than %d entries, or more than %d bytes of paths or of targets; select less", maxEntries, maxPathBytes)
	}
	return nil
}
