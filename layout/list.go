package layout

import (
	"iter"
	"sort"

	"github.com/offmirror/offmirror/fetch/store"
)

const (
	maxEntries   = 8 << 20 // of a snapshot
	maxPathBytes = 1 << 30 // of all its paths, and of all its targets

	blockEntries = 16
	// At least two of the longest blocks, of 16 links each with the longest path and
	// target, fit into a slab. So slabs are two thirds full or more, and what the limits
	// above allow fits into as many as 32 bits can tell apart.
	slabBits = 18
	slabSize = 1 << slabBits
)

// List is the entries of a snapshot in memory, sorted bytewise by path, in about as
// many bytes as they have that cannot be told from their neighbours: for a file 32
// of its object, its size, and what its path has not in common with the one before.
// That is 50 to 60 bytes an entry of what is mirrored here. It never changes.
//
// Lookup takes about a microsecond at a million entries, most of it waiting for
// memory. To go through many, All is much faster than At; of what it yields, the text of
// 16 neighbours is one string, so that to keep one of them keeps them all.
type List struct {
	// Entries are in blocks of 16, of which the last may be shorter. A block begins
	// with a whole path, which is what a search looks at; the others are packed
	// against the one before them. Blocks lie in slabs one after the other, so that
	// nothing large is ever copied to grow.
	slabs  [][]byte
	blocks []uint32 // where each begins: the slab, and in the low slabBits bits the place in it
	count  int
	links  int
	bytes  int64
}

// An entry is its path; then, for a file, size<<1 and 32 bytes of the object; for a
// link linkBit, how much of its target is that of the link before in the block, and
// the packed rest of it.
const linkBit = 1

// Len returns the number of entries.
func (l *List) Len() int { return l.count }

// Total returns the sum of all sizes, in bytes.
func (l *List) Total() int64 { return l.bytes }

// HasLinks reports whether any entry is a link.
func (l *List) HasLinks() bool { return l.links > 0 }

// At returns entry i, 0 ≤ i < Len().
func (l *List) At(i int) Entry {
	c := l.cursor(i - i%blockEntries)
	var path, target [256]byte
	c.path, c.target = path[:0], target[:0]
	for c.next() && c.index <= i {
		continue
	}
	return c.entry()
}

// Lookup finds the entry at path.
func (l *List) Lookup(path string) (Entry, bool) {
	i, data, _ := l.find(path)
	if data == nil {
		return Entry{}, false
	}
	size, data := number(data)
	if size&linkBit != 0 {
		return Entry{Path: path, Link: l.target(i)}, true
	}
	return Entry{Path: path, Object: store.ID(data[:len(store.ID{})]), Size: int64(size >> 1)}, true
}

// All yields the entries whose path starts with prefix, sorted.
func (l *List) All(prefix string) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		start, _, _ := l.find(prefix)
		c := l.cursor(start)
		var entries [blockEntries]Entry
		var ends [2 * blockEntries]int // of paths and targets in text
		var text []byte
		for more := true; more; {
			n := 0
			text = text[:0]
			for n < blockEntries && (n == 0 || c.left > 0) { // one string for the rest of a block
				if more = c.next() && hasPrefix(c.path, prefix); !more {
					break
				}
				entries[n].Object, entries[n].Size = c.object, c.size
				text = append(text, c.path...)
				ends[2*n] = len(text)
				text = append(text, c.link...)
				ends[2*n+1] = len(text)
				n++
			}
			all, at := string(text), 0
			for i := range n {
				e := entries[i]
				e.Path, e.Link = all[at:ends[2*i]], all[ends[2*i]:ends[2*i+1]]
				at = ends[2*i+1]
				if !yield(e) {
					return
				}
			}
		}
	}
}

// footprint returns how many bytes of memory the list takes.
func (l *List) footprint() int {
	n := 4*cap(l.blocks) + 24*cap(l.slabs)
	for _, slab := range l.slabs {
		n += cap(slab)
	}
	return n
}

// block returns the data from where a block begins.
func (l *List) block(i int) []byte {
	at := l.blocks[i]
	return l.slabs[at>>slabBits][at&(slabSize-1):]
}

// head returns the first path of a block.
func (l *List) head(i int) []byte {
	n, data := number(l.block(i))
	return data[:n]
}

// find returns the number of the first entry whose path is not less than path, and
// whether it begins with path. If it is the entry at path, data is what follows its path;
// otherwise it is nil.
func (l *List) find(path string) (i int, data []byte, begins bool) {
	block := sort.Search(len(l.blocks), func(i int) bool { return string(l.head(i)) > path }) - 1
	next := (block + 1) * blockEntries
	if block < 0 {
		return 0, nil, l.count > 0 && hasPrefix(l.head(0), path)
	}
	n, data := number(l.block(block))
	match := shared(data[:n], path) // how much of path the entry at hand has, which is not greater
	if data = data[n:]; match == len(path) {
		return next - blockEntries, data, true
	}
	for i = next - blockEntries + 1; i < min(next, l.count); i++ {
		data = skipContent(data)
		n, rest := number(data)
		switch same := int(n); {
		case same < match: // where the one before agrees with path, this one is greater
			return i, nil, false
		case same > match: // where the one before is less than path, this one is as well
			data = skip(rest)
			continue
		}
		further, order, rest := comparePacked(rest, path[match:])
		match += further
		data = rest
		switch {
		case order == 0:
			return i, data, true
		case order > 0:
			return i, nil, match == len(path)
		}
	}
	if next >= l.count {
		return l.count, nil, false
	}
	return next, nil, hasPrefix(l.head(block+1), path)
}

// target returns where entry i, which is a link, leads.
func (l *List) target(i int) string {
	n, data := number(l.block(i / blockEntries))
	data = data[n:]
	var room [256]byte
	target := room[:0]
	for left := i % blockEntries; ; left-- {
		size, rest := number(data)
		if size&linkBit == 0 {
			data = rest[len(store.ID{}):]
		} else {
			n, rest = number(rest)
			target, data = unpack(target[:n], rest)
		}
		if left == 0 {
			return string(target)
		}
		_, data = number(data)
		data = skip(data)
	}
}

// skipContent returns what follows the size and object, or the target, of an entry.
func skipContent(data []byte) []byte {
	if data[0]&linkBit == 0 {
		i := 0
		for data[i] >= 0x80 { // the size
			i++
		}
		return data[i+1+len(store.ID{}):]
	}
	_, data = number(data[1:])
	return skip(data)
}
