package serve

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve/express"
)

// proven gives out objects such that none whose bytes are wrong is ever sent whole.
//
// A small one is hashed before the first byte. A large one
// is hashed while it is sent, and the end is held back until that is done: the
// client sees the connection break. As long as the file on the disk
// looks untouched after that, it is believed, and a large one left to the kernel to send, for a day.
type proven struct {
	objects *store.Store
	rotten  func(id store.ID, err error) // told of each damaged object, perhaps more than once
	shelf   shelf
	proofs  *proofs
	hashing *semaphore.Weighted // bounds what proofs take from those who wait for answers

	mu   sync.Mutex
	runs map[store.ID]*proofRun
}

const (
	heldBack     = 64 << 10 // bytes at the end of a file
	proofsAtOnce = 2
)

func newProven(objects *store.Store, rotten func(store.ID, error)) *proven {
	return &proven{
		objects: objects, rotten: rotten, proofs: newProofs(), hashing: semaphore.NewWeighted(proofsAtOnce),
		runs: make(map[store.ID]*proofRun),
	}
}

// open opens the object of an entry of a snapshot.
func (p *proven) open(s *layout.Snapshot, e layout.Entry) (layout.File, error) {
	if e.Size <= shelfLargest && !e.IsLink() {
		return p.small(e)
	}
	f, err := s.Open(e)
	if errors.Is(err, store.ErrDamaged) {
		p.rotten(e.Object, err)
	}
	file, ok := f.(*os.File)
	if err != nil || !ok {
		return f, err
	}
	return p.large(file, e)
}

func (p *proven) small(e layout.Entry) (layout.File, error) {
	f := p.shelf.get(e.Object)
	if f == nil {
		data := make([]byte, e.Size)
		stamp, err := p.read(e.Object, data)
		if errors.Is(err, store.ErrDamaged) {
			p.rotten(e.Object, err)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Path, err)
		}
		f = newSmallFile(e.Object, data, stamp.Modified())
		p.shelf.put(f)
	}
	if int64(len(f.data)) != e.Size {
		return nil, fmt.Errorf("%s: object %s is %w: it has %d bytes instead of %d", e.Path, e.Object, store.ErrDamaged, len(f.data), e.Size)
	}
	return f.open(), nil
}

// read reads an object that has exactly so many bytes, and sees to it that they are right.
func (p *proven) read(id store.ID, data []byte) (store.Stamp, error) {
	stamp, err := p.objects.ReadSmall(id, data)
	if err != nil || p.proofs.has(id, stamp) {
		return stamp, err
	}
	if store.ID(sha256.Sum256(data)) != id {
		return stamp, fmt.Errorf("object %s is %w", id, store.ErrDamaged)
	}
	p.proofs.add(id, stamp)
	return stamp, nil
}

// plain puts a small object into an answer. What cannot be read right now is none; the ordinary way
// says what is wrong with it.
func (p *proven) plain(e layout.Entry, a *express.Answer) (plainFile, bool) {
	if f := p.shelf.get(e.Object); f != nil {
		a.Body = f.data
		return plainFile{e.Object, f.lastModified[0]}, int64(len(f.data)) == e.Size
	}
	data := a.Room(int(e.Size))
	stamp, err := p.read(e.Object, data)
	if err != nil {
		return plainFile{}, false
	}
	if p.shelf.wants(e.Object) {
		p.shelf.put(newSmallFile(e.Object, bytes.Clone(data), stamp.Modified()))
	}
	return plainFile{e.Object, stamp.Modified().UTC().Format(http.TimeFormat)}, true
}

func (p *proven) large(f *os.File, e layout.Entry) (layout.File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", e.Path, err), f.Close())
	}
	stamp := store.StampOf(info)
	if p.proofs.has(e.Object, stamp) {
		return f, nil
	}
	return &provingFile{file: f, begin: func() (*proofRun, error) { return p.begin(e, stamp) }, size: e.Size}, nil
}

// proofRun is one hashing of an object, which everybody who sends it meanwhile waits for.
type proofRun struct {
	done chan struct{}
	err  error // once done
}

// begin joins the proof of an object that is under way, or begins one.
func (p *proven) begin(e layout.Entry, s store.Stamp) (*proofRun, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if run := p.runs[e.Object]; run != nil {
		return run, nil
	}
	f, err := p.objects.Open(e.Object)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Path, err)
	}
	run := &proofRun{done: make(chan struct{})}
	p.runs[e.Object] = run
	go p.prove(f, e, s, run)
	return run, nil
}

func (p *proven) prove(f *os.File, e layout.Entry, s store.Stamp, run *proofRun) {
	defer f.Close()
	run.err = p.hash(f, e, s)
	if errors.Is(run.err, store.ErrDamaged) {
		p.rotten(e.Object, run.err)
	}
	p.mu.Lock()
	delete(p.runs, e.Object)
	if run.err == nil {
		p.proofs.add(e.Object, s)
	}
	p.mu.Unlock()
	close(run.done)
}

func (p *proven) hash(f *os.File, e layout.Entry, s store.Stamp) error {
	if err := p.hashing.Acquire(context.Background(), 1); err != nil {
		return err
	}
	defer p.hashing.Release(1)
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("%s: %w", e.Path, err)
	}
	if store.StampOf(info) != s {
		return fmt.Errorf("%s: object %s was replaced meanwhile; ask again", e.Path, e.Object)
	}
	sum := sha256.New()
	if _, err := io.CopyBuffer(struct{ io.Writer }{sum}, struct{ io.Reader }{f}, make([]byte, 256<<10)); err != nil {
		return fmt.Errorf("%s: object %s: %w", e.Path, e.Object, err)
	}
	if store.ID(sum.Sum(nil)) != e.Object {
		return fmt.Errorf("%s: object %s is %w", e.Path, e.Object, store.ErrDamaged)
	}
	return nil
}

// provingFile is a large object that is proven while it is read: its last bytes come
// when the proof has succeeded, so that nobody can put a wrong one together from parts either.
type provingFile struct {
	file  *os.File
	begin func() (*proofRun, error)
	size  int64

	once sync.Once
	run  *proofRun
	err  error
}

// start begins the proof with the first byte that is read: a HEAD wants none.
func (f *provingFile) start() error {
	f.once.Do(func() { f.run, f.err = f.begin() })
	return f.err
}

func (f *provingFile) Read(b []byte) (int, error) {
	if err := f.start(); err != nil {
		return 0, err
	}
	at, err := f.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	if err := f.wait(at + int64(len(b))); err != nil {
		return 0, err
	}
	return f.file.Read(b)
}

func (f *provingFile) ReadAt(b []byte, off int64) (int, error) {
	if err := f.start(); err != nil {
		return 0, err
	}
	if err := f.wait(f.size); err != nil {
		return 0, err
	}
	return f.file.ReadAt(b, off)
}

// wait waits for the proof if what is read ends too near to the end of the file.
func (f *provingFile) wait(end int64) error {
	if end <= f.size-heldBack {
		return nil
	}
	<-f.run.done
	return f.run.err
}

func (f *provingFile) Seek(offset int64, whence int) (int64, error) {
	return f.file.Seek(offset, whence)
}
func (f *provingFile) Close() error               { return f.file.Close() }
func (f *provingFile) Stat() (fs.FileInfo, error) { return f.file.Stat() }
