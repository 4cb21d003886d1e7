package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"
)

// Check reads an object and compares its bytes with its name. Other bytes give
// an error that matches [ErrDamaged]; a missing object one that matches [fs.ErrNotExist].
func (s *Store) Check(ctx context.Context, id ID) error { return s.check(ctx, id, anySize) }

// Prove is [Store.Check] of an object that has so many bytes. One that has not is
// [ErrDamaged] without being read: it may be larger than any disk.
func (s *Store) Prove(ctx context.Context, id ID, size int64) error { return s.check(ctx, id, size) }

const anySize = -1

// hashes are for what does not fit into a buffer.
var hashes = sync.Pool{New: func() any { return sha256.New() }}

// check reads an object once, with a handful of system calls for a small one.
func (s *Store) check(ctx context.Context, id ID, want int64) error {
	home, err := s.shard(id[0], false)
	if err != nil {
		return objectError(id, err)
	}
	f, stamp, err := openBare(home, id.String())
	if err != nil {
		return objectError(id, err)
	}
	defer f.Close()
	size := stamp.Size
	if want != anySize && size != want {
		return fmt.Errorf("object %s is %w: it has %d bytes instead of %d", id, ErrDamaged, size, want)
	}
	got, err := sumFile(ctx, f, size, want != anySize)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return objectError(id, err)
	}
	if got != id {
		return fmt.Errorf("object %s is %w: its bytes have SHA-256 %s", id, ErrDamaged, got)
	}
	return nil
}

// sumFile hashes a file. If it must not grow, it is read no further than size.
func sumFile(ctx context.Context, f bareFile, size int64, bounded bool) (ID, error) {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	if size < int64(len(*buffer)) {
		n, err := readFull(f, *buffer)
		if err != nil {
			return ID{}, err
		}
		if n < len(*buffer) {
			return sha256.Sum256((*buffer)[:n]), nil
		}
		return sumRest(ctx, f, buffer, n, size, bounded) // it has grown
	}
	return sumRest(ctx, f, buffer, 0, size, bounded)
}

// sumRest hashes the first n bytes of a buffer and what follows them in a file.
func sumRest(ctx context.Context, f bareFile, buffer *[]byte, n int, size int64, bounded bool) (id ID, err error) {
	sum := hashes.Get().(hash.Hash)
	defer hashes.Put(sum)
	sum.Reset()
	for total := int64(0); ; {
		sum.Write((*buffer)[:n])
		total += int64(n)
		if err := ctx.Err(); err != nil {
			return id, err
		}
		if bounded && total > size {
			return id, errors.New("it grows while it is read")
		}
		if n, err = f.Read(*buffer); errors.Is(err, io.EOF) {
			sum.Sum(id[:0])
			return id, nil
		}
		if err != nil {
			return id, err
		}
	}
}

// readFull reads until the buffer is full or the file ends.
func readFull(f bareFile, buffer []byte) (n int, err error) {
	for n < len(buffer) {
		more, err := f.Read(buffer[n:])
		n += more
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
