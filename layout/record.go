package layout

import (
	"bytes"
	"encoding/hex"
	"strconv"

	"github.com/offmirror/offmirror/fetch/store"
)

// record is an entry while it is read or written: its text belongs to whoever reads,
// and is another one's a moment later, so that no string is made of it that nobody
// wants to have.
type record struct {
	path   []byte
	link   []byte // empty for a file
	object store.ID
	size   int64
}

// walk goes through records that are sorted by path.
type walk interface {
	next() bool
	at() *record // what next came to, valid until it is called again
	err() error  // why next returned false; nil at the end
}

func (r *record) isLink() bool { return len(r.link) > 0 }

func (r *record) entry() Entry {
	return Entry{Path: string(r.path), Object: r.object, Size: r.size, Link: string(r.link)}
}

// set makes it the same as an entry.
func (r *record) set(e Entry) {
	r.path = append(r.path[:0], e.Path...)
	r.link = append(r.link[:0], e.Link...)
	r.object, r.size = e.Object, e.Size
}

// copy makes it the same as another one.
func (r *record) copy(other *record) {
	r.path = append(r.path[:0], other.path...)
	r.link = append(r.link[:0], other.link...)
	r.object, r.size = other.object, other.size
}

// sameContent reports whether two records of one path say the same of it, apart from
// its size, which the object determines.
func (r *record) sameContent(other *record) bool {
	return r.object == other.object && bytes.Equal(r.link, other.link)
}

// linkWord begins the line of a link. No digest looks like it, and the tab that
// divides its path from its target is in neither.
const linkWord = "link "

// appendLine appends the line of a snapshot's file.
func (r *record) appendLine(b []byte) []byte {
	if r.isLink() {
		b = append(b, linkWord...)
		b = append(b, r.path...)
		b = append(b, '\t')
		b = append(b, r.link...)
		return append(b, '\n')
	}
	b = hex.AppendEncode(b, r.object[:])
	b = append(b, ' ')
	b = strconv.AppendInt(b, r.size, 10)
	b = append(b, ' ')
	b = append(b, r.path...)
	return append(b, '\n')
}
