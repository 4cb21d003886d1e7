package fetch

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/store"
)

const (
	bufferSize = 128 << 10

	// Objects from this size on are worth keeping when they are half there.
	partialFrom = 1 << 20
)

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// partial is what has arrived of an object, from one place at a time.
type partial struct {
	e   *Engine
	r   *Request
	key callKey // of what is wanted; zero if nothing names the bytes beforehand

	in     *store.Incoming // nil before the first byte
	named  bool            // in is on the disk under a name that survives this process
	noted  bool            // the journal knows the place from which in may be resumed
	hasher *digest.Hasher  // of what is wanted beside SHA-256; nil if nothing is
	limit  int64           // bytes
	html   bool            // the answer called itself HTML
	coding string          // its Content-Encoding, which nobody asked for

	place   string // where the bytes came from
	etag    string // their strong validator; empty: they cannot be resumed
	left    record // of an earlier run: where its bytes came from
	total   int64  // how many there are; negative if the place did not say
	spliced bool   // they came in more than one piece

	followed bool // the request's follower knows all of them

	whole *[bufferSize]byte // the buffer that holds the whole body, if it is small
	body  []byte            // its part that is in use

	transferred int64
}

// takeUp begins a request, with what an earlier run left of the object.
func (e *Engine) takeUp(_ context.Context, r *Request) (*partial, error) {
	p := &partial{e: e, r: r, limit: r.Size}
	if p.limit <= 0 {
		if p.limit = r.MaxSize; p.limit <= 0 {
			p.limit = e.set.maxSize
		}
	}
	if !r.immutable() {
		return p, nil
	}
	p.key = r.callKey()
	in, err := e.store.Resume(p.name())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return p, nil
	case errors.Is(err, fs.ErrExist):
		return p, nil // somebody else is at it
	case err != nil:
		return nil, local(err)
	}
	p.in, p.named, p.spliced = in, true, true
	p.left, p.noted = e.journal.get(partialKey(p.key))
	if in.Size() == 0 || in.Size() > p.limit {
		return p, p.restart()
	}
	return p, nil
}

// adopt looks whether what an earlier run left is the whole object, which a kill
// between the last byte and the commit leads to.
func (p *partial) adopt(ctx context.Context) (Result, bool, error) {
	if p.size() == 0 || p.r.Size > 0 && p.size() != p.r.Size {
		return Result{}, false, nil
	}
	if id, ok := wantedID(p.r.Want); ok && p.in.ID() != id {
		return Result{}, false, nil
	}
	if err := p.e.proven(p.in, p.size(), p.in.ID(), p.r); err != nil {
		return Result{}, false, nil //nolint:nilerr // it is not whole, or not right: ask for it
	}
	obj, err := p.commit(ctx)
	if err != nil {
		if again := new(againError); errors.As(err, &again) {
			err = nil
		}
		return Result{}, false, err
	}
	return Result{Object: obj, Outcome: Held}, true, nil
}

func (p *partial) size() int64 {
	if p.in == nil {
		return 0
	}
	return p.in.Size()
}

// resumable reports whether the rest may be asked for at place.
func (p *partial) resumable(place string) bool {
	if p.place == "" && p.left.modified == placeMark(place) && strongETag(p.left.etag) && p.rehash() == nil {
		p.place, p.etag = place, p.left.etag
	}
	return p.place == place && p.etag != ""
}

// rehash feeds the digests beside SHA-256 with what is there already.
func (p *partial) rehash() error {
	if err := p.newHasher(digest.UnknownSize); err != nil || p.hasher == nil {
		return err
	}
	_, err := io.Copy(p.hasher, io.NewSectionReader(p.in, 0, p.in.Size()))
	return err
}

func (p *partial) newHasher(size int64) (err error) {
	p.hasher = nil
	if others := otherDigests(p.r.Want); len(others) > 0 {
		p.hasher, err = digest.NewHasher(size, others...)
	}
	return err
}

// restart throws away what has arrived.
func (p *partial) restart() error {
	p.dropBuffer()
	p.place, p.etag, p.spliced, p.hasher, p.left, p.followed = "", "", false, nil, record{}, false
	if p.in == nil || p.in.Size() == 0 {
		return nil
	}
	return local(p.in.Reset())
}

// expect looks at the head of an answer and gets ready for its body.
func (p *partial) expect(a answer, place string) error {
	p.html, p.coding = isHTML(a.Header.Get("Content-Type")), a.Header.Get("Content-Encoding")
	total := int64(digest.UnknownSize)
	if a.ContentLength >= 0 {
		total = p.size() + a.ContentLength
		switch {
		case p.r.Size > 0 && total != p.r.Size:
			return p.wrong(fmt.Sprintf("%d bytes announced instead of %d", total, p.r.Size))
		case total > p.limit:
			return p.wrong(fmt.Sprintf("%d bytes announced, more than the %d that are allowed", total, p.limit))
		}
	}
	if p.size() > 0 { // the rest of something
		if total >= 0 && total != p.total {
			return &againError{err: fmt.Errorf("HTTP 206 with %d bytes, which do not lead to %d", a.ContentLength, p.total), whole: true}
		}
		return p.followRest()
	}
	p.total = total
	p.followBegin()
	p.place, p.etag = place, a.Header.Get("ETag")
	if !strongETag(p.etag) || strings.EqualFold(a.Header.Get("Accept-Ranges"), "none") {
		p.etag = ""
	}
	if p.r.Size > 0 {
		total = p.r.Size
	}
	if err := p.newHasher(total); err != nil {
		return local(err)
	}
	large := total < 0 || total >= partialFrom
	return p.open(p.key != callKey{} && p.etag != "" && large)
}

// open makes the file, under a name that survives this process if that is of use.
func (p *partial) open(named bool) error {
	if p.in != nil && named && !p.named {
		if err := p.in.Discard(); err != nil {
			return local(err)
		}
		p.in = nil
	}
	if p.in == nil {
		name := ""
		if named {
			name = p.name()
		}
		in, err := p.e.store.Create(name)
		if errors.Is(err, fs.ErrExist) {
			named = false
			in, err = p.e.store.Create("")
		}
		if err != nil {
			return local(err)
		}
		p.in, p.named = in, named
	}
	if named {
		p.noted = true
		p.e.journal.put(partialKey(p.key), record{
			id: store.ID(p.key), size: time.Now().Unix(), etag: p.etag, modified: placeMark(p.place), partial: true,
		})
	}
	return nil
}

// receive reads the body to its end. A small one is left in memory, for keep.
func (p *partial) receive(ctx context.Context, t *transfer, body io.Reader) error {
	buf := buffers.Get().(*[bufferSize]byte)
	kept := false
	defer func() {
		if !kept {
			buffers.Put(buf)
		}
	}()
	for first := p.size() == 0; ; first = false {
		n, err := p.e.readSome(ctx, body, buf[:])
		if p.size()+int64(n) > p.limit {
			return p.wrong(fmt.Sprintf("longer than the %d bytes that are allowed", p.limit))
		}
		if first && errors.Is(err, io.EOF) && (p.total < 0 || int64(n) == p.total) {
			p.whole, p.body, kept = buf, buf[:n], true
			return nil
		}
		if n > 0 {
			if werr := p.write(buf[:n]); werr != nil {
				return werr
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			if p.total >= 0 && p.size() != p.total {
				return p.broken(ctx, t, io.ErrUnexpectedEOF)
			}
			return nil
		case err != nil:
			return p.broken(ctx, t, err)
		}
	}
}

// keep writes what receive left in memory.
func (p *partial) keep() error {
	if p.whole == nil {
		return nil
	}
	return p.write(p.body)
}

func (p *partial) write(b []byte) error {
	if p.hasher != nil {
		if _, err := p.hasher.Write(b); err != nil {
			return local(err)
		}
	}
	if _, err := p.in.Write(b); err != nil {
		return local(err)
	}
	if p.r.Follow != nil {
		p.r.Follow.Arrived(b)
	}
	return nil
}

// broken describes a body that did not come to its end.
func (p *partial) broken(ctx context.Context, t *transfer, err error) error {
	if cut := t.cut.Load(); cut != nil {
		err = *cut
		if errors.Is(err, errTooLong) {
			return err
		}
	} else if ctx.Err() != nil {
		return ctx.Err()
	}
	return &againError{err: fmt.Errorf("broke off after %d bytes: %w", p.size(), err), blame: true}
}

// commit makes the object durable. What the journal has to know of it is written
// before: a record of an object that is not there counts as none, but an object
// without its record would be fetched again after a kill between the two. And it
// gets a name by which the next run finds it while it waits for its group.
func (p *partial) commit(ctx context.Context) (Object, error) {
	size := p.in.Size()
	if _, bySHA256 := wantedID(p.r.Want); !bySHA256 && p.r.immutable() {
		p.e.journal.put(p.r.recordKey(), record{id: p.in.ID(), size: size})
	}
	name := p.name()
	if (p.key == callKey{}) {
		name = p.in.ID().String()
	}
	_ = p.in.Survive(name) // or somebody else has the same bytes
	id, err := p.in.Commit(ctx)
	p.in = nil
	if err != nil {
		if err = local(err); !errors.Is(err, store.ErrFull) && ctx.Err() == nil {
			err = &againError{err: err} // what could not be synced has to be written anew
		}
		return Object{}, err
	}
	return Object{ID: id, Size: size}, nil
}

// close leaves what can be resumed and removes the rest.
func (p *partial) close() {
	p.dropBuffer()
	if p.in == nil {
		return
	}
	if p.noted && p.size() > 0 && (p.etag != "" || p.place == "") {
		_ = p.in.Keep()
	} else {
		_ = p.in.Discard()
	}
	p.in = nil
}

func (p *partial) dropBuffer() {
	if p.whole != nil {
		buffers.Put(p.whole)
		p.whole, p.body = nil, nil
	}
}

// reader gives access to the bytes for proofs: from memory where they are there.
func (p *partial) reader() io.ReaderAt {
	if p.whole != nil {
		return bytes.NewReader(p.body)
	}
	return p.in
}

// name is what the store calls the partial: the wanted SHA-256, if that is known.
func (p *partial) name() string { return hex.EncodeToString(p.key[:]) }

func partialKey(key callKey) journalKey { return recordKey("partial", string(key[:])) }

// placeMark stands for a place in the record of a partial, without its secrets.
func placeMark(place string) string {
	key := recordKey("place", place)
	return hex.EncodeToString(key[:])
}
