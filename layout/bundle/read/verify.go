package read

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"runtime"
	"slices"
	"sync"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
)

// Damage is something in a bundle that is not what the manifest says.
type Damage struct {
	Volume int       // its number
	File   string    // of the volume, without a folder
	Object *store.ID // nil: the volume as a whole
	Err    error
}

func (d Damage) Error() string {
	if d.Object != nil {
		return fmt.Sprintf("%s: object %s: %v", d.File, *d.Object, d.Err)
	}
	return d.Err.Error()
}

// maxDamage is how many objects of a volume are named at most.
const maxDamage = 1000

// NewDamage names what is wrong with volume n, or with an object in it.
func (b *Bundle) NewDamage(n int, object *store.ID, err error) Damage {
	return Damage{Volume: n, File: bundle.VolumeFile(b.Manifest.Name, n), Object: object, Err: err}
}

// Verification is what Verify has found.
type Verification struct {
	Volumes int   // that are whole
	Objects int64 // whose bytes were compared; lists and pieces count
	Bytes   int64 // read
	Missing []int // numbers of volumes that are not there
	Damage  []Damage
}

// Verify reads every byte of every volume that is here, several volumes at a time,
// and compares: the SHA-256 of the whole volume with the manifest, and that of each
// payload with the index. progress, which may be nil, is called with the bytes that
// were read since the last call, from several goroutines.
//
// The error is about what prevented the reading; damage is no error.
func (b *Bundle) Verify(ctx context.Context, progress func(int64)) (Verification, error) {
	result := Verification{Missing: b.Missing()}
	for _, v := range b.Volumes {
		if errors.Is(v.Err, ErrIdentity) {
			return result, v.Err
		}
	}
	var mu sync.Mutex
	var failed error
	numbers := make(chan int)
	var workers sync.WaitGroup
	for range min(len(b.Volumes), runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for n := range numbers {
				v, err := b.verifyVolume(ctx, n, progress)
				mu.Lock()
				failed = cmp.Or(failed, err)
				result.Objects += v.Objects
				result.Bytes += v.Bytes
				result.Volumes += v.Volumes
				result.Damage = append(result.Damage, v.Damage...)
				mu.Unlock()
			}
		})
	}
	for _, v := range b.Volumes {
		if !errors.Is(v.Err, ErrMissing) {
			numbers <- v.Number
		}
	}
	close(numbers)
	workers.Wait()
	slices.SortStableFunc(result.Damage, func(a, b Damage) int { return a.Volume - b.Volume })
	return result, failed
}

func (b *Bundle) verifyVolume(ctx context.Context, n int, progress func(int64)) (v Verification, err error) {
	if err := ctx.Err(); err != nil {
		return v, err
	}
	file, m, err := b.volume(n)
	if err != nil {
		if errors.Is(err, ErrIdentity) {
			return v, err
		}
		v.Damage = []Damage{b.NewDamage(n, nil, err)}
		return v, nil
	}
	r, indexErr := b.Reader(n)
	if indexErr == nil {
		defer r.Close()
	}
	h, err := b.open(file)
	if err != nil {
		v.Damage = []Damage{b.NewDamage(n, nil, err)}
		return v, nil
	}
	defer h.Close()
	members := &members{bundle: b, n: n, r: r}
	whole := sha256.New()
	err = pump(ctx, h.section(0, m.Size), func(chunk []byte, at int64) {
		var both sync.WaitGroup
		both.Go(func() { whole.Write(chunk) })
		members.write(chunk, at)
		both.Wait()
		if progress != nil {
			progress(int64(len(chunk)))
		}
		v.Bytes += int64(len(chunk))
	})
	if ctx.Err() != nil {
		return v, ctx.Err()
	}
	if err == nil {
		members.finish()
	}
	v.Objects, v.Damage = members.objects, members.damage
	switch {
	case err != nil:
		v.Damage = append(v.Damage, b.NewDamage(n, nil, err))
	case indexErr != nil:
		v.Damage = append(v.Damage, b.NewDamage(n, nil, indexErr))
	case len(v.Damage) == 0 && store.ID(whole.Sum(nil)) != m.SHA256:
		v.Damage = append(v.Damage, b.NewDamage(n, nil, fmt.Errorf("%s: is %w between its objects, which are whole", file.Path, ErrDamaged)))
	case len(v.Damage) == 0:
		v.Volumes = 1
	}
	return v, nil
}

// pump reads r to its end, chunk by chunk, the next one while use works on the last.
func pump(ctx context.Context, r io.Reader, use func(chunk []byte, at int64)) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	chunks, free := make(chan []byte), make(chan []byte, 2)
	free <- make([]byte, windowSize)
	free <- make([]byte, windowSize)
	var failed error
	go func() {
		defer close(chunks)
		for failed == nil && ctx.Err() == nil {
			buffer := <-free
			var n int
			n, failed = io.ReadFull(r, buffer[:cap(buffer)])
			chunks <- buffer[:n]
		}
	}()
	at := int64(0)
	for chunk := range chunks {
		use(chunk, at)
		at += int64(len(chunk))
		free <- chunk
	}
	if failed == io.EOF || failed == io.ErrUnexpectedEOF { //nolint:errorlint // io.ReadFull's own; that of a short file is wrapped
		return nil
	}
	return failed
}

// members hashes the payloads of a volume that comes chunk by chunk.
type members struct {
	bundle  *Bundle
	n       int
	r       *Reader
	open    bool // an entry is at hand
	ended   bool
	sum     hash.Hash
	left    int64
	objects int64
	damage  []Damage
}

func (m *members) write(chunk []byte, at int64) {
	for m.advance() {
		e := m.r.Entry()
		from := e.Offset + e.Size - m.left - at
		if from >= int64(len(chunk)) {
			return
		}
		part := chunk[from:min(int64(len(chunk)), from+m.left)]
		m.sum.Write(part)
		if m.left -= int64(len(part)); m.left > 0 {
			return
		}
		m.compare(e)
	}
}

// advance makes sure that an entry is at hand.
func (m *members) advance() bool {
	if m.open || m.ended || m.r == nil {
		return m.open
	}
	if !m.r.Next() {
		m.ended = true
		if err := m.r.Err(); err != nil {
			m.damage = append(m.damage, m.bundle.NewDamage(m.n, nil, err))
		}
		return false
	}
	if m.sum == nil {
		m.sum = sha256.New()
	}
	m.sum.Reset()
	m.left, m.open = m.r.Entry().Size, true
	return true
}

func (m *members) compare(e bundle.Entry) {
	m.open = false
	m.objects++
	if got := store.ID(m.sum.Sum(nil)); got != e.SHA256 && len(m.damage) < maxDamage {
		m.damage = append(m.damage, m.bundle.NewDamage(m.n, &e.SHA256, fmt.Errorf("is %w: its bytes have SHA-256 %s", ErrDamaged, got)))
	}
}

// finish reads the index to its end.
func (m *members) finish() {
	for m.advance() {
		m.compare(m.r.Entry())
	}
}
