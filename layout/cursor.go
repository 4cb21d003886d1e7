package layout

import "github.com/offmirror/offmirror/fetch/store"

// cursor goes through the entries of a list.
type cursor struct {
	record
	list   *List
	index  int    // of what next comes to
	left   int    // entries in data
	data   []byte // the rest of the block
	target []byte // of the last link in the block
	valid  bool   // whether next came to an entry
}

var _ walk = (*cursor)(nil)

// walk returns a walk through the list, as tree.change wants it.
func (l *List) walk() (walk, func(), error) {
	c := l.cursor(0)
	return &c, func() {}, nil
}

// cursor returns one that comes to entry i, or to the end, next.
func (l *List) cursor(i int) cursor {
	c := cursor{list: l, index: i - i%blockEntries}
	for c.index < i && c.next() {
		continue
	}
	return c
}

func (c *cursor) at() *record { return &c.record }
func (c *cursor) err() error  { return nil }

func (c *cursor) next() bool {
	if c.valid = c.index < c.list.count; !c.valid {
		return false
	}
	if c.left == 0 {
		c.left = min(blockEntries, c.list.count-c.index)
		n, data := number(c.list.block(c.index / blockEntries))
		c.path = append(c.path[:0], data[:n]...)
		c.data, c.target = data[n:], c.target[:0]
	} else {
		n, data := number(c.data)
		c.path, c.data = unpack(c.path[:n], data)
	}
	size, data := number(c.data)
	if size&linkBit == 0 {
		c.size, c.object, c.link = int64(size>>1), store.ID(data[:len(store.ID{})]), nil
		c.data = data[len(store.ID{}):]
	} else {
		n, data := number(data)
		c.target, c.data = unpack(c.target[:n], data)
		c.size, c.object, c.link = 0, store.ID{}, c.target
	}
	c.left--
	c.index++
	return true
}

// hasPrefix reports whether a path starts with prefix.
func hasPrefix(path []byte, prefix string) bool {
	return len(path) >= len(prefix) && string(path[:len(prefix)]) == prefix
}
