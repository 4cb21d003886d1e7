package serve

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
)

const (
	shelfLargest = 64 << 10 // bytes of an object that is kept in memory
	shelfRoom    = 32 << 20 // bytes of all of them
	shelfExtra   = 512      // bytes that an object takes beside its own
	shelves      = 16
	putEvery     = 8 // times that an object is read
)

// A shelf keeps small objects in memory, proven: opening and reading a small file
// takes as long as everything else that is to be done for an answer.
//
// When it is full, one that happens to be drawn makes place, unless it was asked for since it was
// last drawn. A client that walks through more files than fit still finds many of them, which it
// would not if always the oldest went.
type shelf struct {
	parts [shelves]shelfPart // by the first digits of the id, so that few requests meet
}

type shelfPart struct {
	mu    sync.RWMutex
	place map[store.ID]int
	files []*smallFile
	bytes int
}

// smallFile is an object in memory, with what the headers say of it.
type smallFile struct {
	id           store.ID
	data         []byte
	etag         []string
	length       []string
	modified     time.Time // when the object was written
	lastModified []string

	wanted atomic.Bool // since it was last drawn
}

func newSmallFile(id store.ID, data []byte, modified time.Time) *smallFile {
	return &smallFile{
		id: id, data: data,
		etag:     []string{`"` + id.String() + `"`},
		length:   []string{strconv.Itoa(len(data))},
		modified: modified, lastModified: []string{modified.UTC().Format(http.TimeFormat)},
	}
}

// get returns an object, or nil.
func (s *shelf) get(id store.ID) *smallFile {
	p := &s.parts[id[0]%shelves]
	p.mu.RLock()
	defer p.mu.RUnlock()
	at, ok := p.place[id]
	if !ok {
		return nil
	}
	f := p.files[at]
	if !f.wanted.Load() {
		f.wanted.Store(true)
	}
	return f
}

// put keeps an object whose bytes are known to be right.
func (s *shelf) put(f *smallFile) {
	p := &s.parts[f.id[0]%shelves]
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.place[f.id]; ok {
		return
	}
	if p.place == nil {
		p.place = make(map[store.ID]int)
	}
	for p.bytes+len(f.data)+shelfExtra > shelfRoom/shelves {
		p.drop()
	}
	p.place[f.id] = len(p.files)
	p.files = append(p.files, f)
	p.bytes += len(f.data) + shelfExtra
}

// wants reports whether an object is to be put there that somebody has read: always while there is place, and
// then every few times, as to take another one away and to keep this one costs more than reading it did. What
// is asked for often gets its turn soon.
func (s *shelf) wants(id store.ID) bool {
	p := &s.parts[id[0]%shelves]
	p.mu.RLock()
	full := p.bytes+shelfLargest > shelfRoom/shelves
	p.mu.RUnlock()
	return !full || rand.IntN(putEvery) == 0
}

// drop makes place. The part is not empty.
func (p *shelfPart) drop() {
	at := rand.IntN(len(p.files))
	for range 4 {
		if !p.files[at].wanted.Swap(false) {
			break
		}
		at = rand.IntN(len(p.files))
	}
	f, last := p.files[at], len(p.files)-1
	p.files[at] = p.files[last]
	p.place[p.files[at].id] = at
	p.files[last] = nil
	p.files = p.files[:last]
	delete(p.place, f.id)
	p.bytes -= len(f.data) + shelfExtra
}

// reader is a smallFile that was opened: a [layout.File].
type reader struct {
	*smallFile
	bytes.Reader
}

func (f *smallFile) open() *reader {
	r := &reader{smallFile: f}
	r.Reset(f.data)
	return r
}

func (*reader) Close() error { return nil }
