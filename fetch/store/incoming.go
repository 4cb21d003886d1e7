package store

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"strings"
)

const (
	newPrefix     = "new-"
	partialPrefix = "partial-"
	besidePrefix  = "beside-" // as new-, of a process that has no lock
)

// Incoming is an object that is being written. It must be ended by one of
// Commit, Keep and Discard; after that, Discard does nothing and everything else
// fails. It is for one goroutine at a time; ReadAt may be called from several, but
// not beside the others.
//
// One without a name stays in memory as long as it is small, so that bytes which
// turn out to be wrong never reach the disk.
type Incoming struct {
	store  *Store
	memory *[]byte // all of it, while there is no file; a buffer of the pool
	tmp    *folder
	file   *os.File
	name   string // in store/tmp; empty while there is no file
	later  string // the name that the file will have; empty for any
	hash   hash.Hash
	size   int64
	ended  bool
}

// Create begins an object. With an empty name it is gone after a crash. With a
// name, which is 1 to 64 lower-case hexadecimal digits of the caller's choice, it
// is a partial: it survives a crash and [Incoming.Keep], to be taken up by
// [Store.Resume]. An older partial of that name is overwritten; one that is open
// gives an error that matches [fs.ErrExist].
func (s *Store) Create(name string) (*Incoming, error) {
	if name == "" || s.beside {
		if _, err := s.temporary(); err != nil {
			return nil, err
		}
		s.commits.writing.Add(1)
		return &Incoming{store: s, memory: buffers.Get().(*[]byte), hash: sha256.New()}, nil
	}
	if err := checkPartialName(name); err != nil {
		return nil, err
	}
	return s.begin(partialPrefix+name, os.O_CREATE|os.O_TRUNC)
}

// Resume takes up a partial where it ended, which costs one reading of it. If
// there is none, the error matches [fs.ErrNotExist].
//
// After a power failure a partial may hold anything. Only the digest of the
// complete object tells; see [Incoming.Reset].
func (s *Store) Resume(name string) (*Incoming, error) {
	if err := checkPartialName(name); err != nil {
		return nil, err
	}
	if s.beside {
		return nil, fmt.Errorf("partial %s: %w", name, fs.ErrNotExist)
	}
	in, err := s.begin(partialPrefix+name, 0)
	if err != nil {
		return nil, err
	}
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	in.size, err = io.CopyBuffer(onlyWriter{in.hash}, onlyReader{in.file}, *buffer)
	if err != nil {
		_ = in.end()
		return nil, failure("read", temporaryFolder+"/"+in.name, err)
	}
	return in, nil
}

func checkPartialName(name string) error {
	if len(name) == 0 || len(name) > 64 || strings.Trim(name, "0123456789abcdef") != "" {
		return fmt.Errorf("partial object %.80q: want 1 to 64 lower-case hexadecimal digits", name)
	}
	return nil
}

// begin makes an Incoming with a file.
func (s *Store) begin(name string, flags int) (*Incoming, error) {
	in := &Incoming{store: s, hash: sha256.New()}
	if err := in.open(name, flags); err != nil {
		return nil, err
	}
	s.commits.writing.Add(1)
	return in, nil
}

// open opens the file called name.
func (in *Incoming) open(name string, flags int) error {
	s := in.store
	tmp, err := s.temporary()
	if err != nil {
		return err
	}
	if in.later == "" && !s.claim(name) {
		return fmt.Errorf("%s/%s is being written: %w", temporaryFolder, name, fs.ErrExist)
	}
	f, err := tmp.root.OpenFile(name, os.O_RDWR|flags, 0o600)
	if errors.Is(err, fs.ErrPermission) && tmp.root.Chmod(name, 0o600) == nil {
		f, err = tmp.root.OpenFile(name, os.O_RDWR|flags, 0o600) // a run died just before it had been an object
	}
	if err != nil {
		if in.later == "" {
			s.release(name)
		}
		return failure("write", temporaryFolder+"/"+name, err)
	}
	in.tmp, in.file, in.name, in.later = tmp, f, name, ""
	return nil
}

// spill gives an Incoming that is in memory a file. If it fails, nothing has changed.
func (in *Incoming) spill() error {
	if in.memory == nil {
		return nil
	}
	name, flags := newPrefix+rand.Text(), os.O_CREATE|os.O_EXCL
	if in.store.beside {
		name = besidePrefix + rand.Text()
	}
	if in.later != "" {
		name, flags = in.later, os.O_CREATE|os.O_TRUNC
	}
	if err := in.open(name, flags); err != nil {
		return err
	}
	if _, err := in.append((*in.memory)[:in.size]); err != nil {
		_ = in.tmp.root.Remove(in.name) // else Sweep finds it
		_ = in.closeFile()
		return err
	}
	in.forget()
	return nil
}

// Spill gives what is still in memory a file, so that whoever has many objects wait in
// Commit needs no memory for them. Commit does the same first.
func (in *Incoming) Spill() error {
	if in.ended {
		return errEnded
	}
	return in.spill()
}

// forget gives the buffer back.
func (in *Incoming) forget() {
	if in.memory != nil {
		buffers.Put(in.memory)
		in.memory = nil
	}
}

// append writes to the file.
func (in *Incoming) append(p []byte) (n int, err error) {
	if err = in.store.inject(stepWrite, in.name); err != nil {
		n, _ = in.file.Write(p[:len(p)/2])
	} else {
		n, err = in.file.Write(p)
	}
	if err != nil {
		err = failure("write", temporaryFolder+"/"+in.name, err)
	}
	return n, err
}

// claim reserves a name in store/tmp for one Incoming.
func (s *Store) claim(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.using[name]
	s.using[name] = true
	return !taken
}

func (s *Store) release(name string) {
	s.mu.Lock()
	delete(s.using, name)
	s.mu.Unlock()
}

// Write appends to the object.
func (in *Incoming) Write(p []byte) (n int, err error) {
	if in.ended {
		return 0, errEnded
	}
	if in.memory != nil && in.size+int64(len(p)) <= int64(len(*in.memory)) {
		n = copy((*in.memory)[in.size:], p)
	} else {
		if err := in.spill(); err != nil {
			return 0, err
		}
		n, err = in.append(p)
	}
	in.hash.Write(p[:n])
	in.size += int64(n)
	return n, err
}

// ReadAt reads what has been written. It implements [io.ReaderAt].
func (in *Incoming) ReadAt(p []byte, off int64) (int, error) {
	switch {
	case in.ended:
		return 0, errEnded
	case in.memory != nil:
		return bytes.NewReader((*in.memory)[:in.size]).ReadAt(p, off)
	}
	return in.file.ReadAt(p, off)
}

// Size returns how many bytes have been written.
func (in *Incoming) Size() int64 { return in.size }

// ID returns the name that the bytes written so far would have as an object.
func (in *Incoming) ID() ID { return ID(in.hash.Sum(nil)) }

// Reset throws away what has been written; the next Write begins the object anew.
func (in *Incoming) Reset() error {
	if in.ended {
		return errEnded
	}
	if in.file != nil {
		_, err := in.file.Seek(0, io.SeekStart)
		if err = cmp.Or(err, in.file.Truncate(0)); err != nil {
			return failure("truncate", temporaryFolder+"/"+in.name, err)
		}
	}
	in.hash.Reset()
	in.size = 0
	return nil
}

// Survive gives what was begun without a name one after all: what is on the disk
// from now on, be it because it does not fit into memory or because Commit waits
// for its group, survives a crash and can be taken up by [Store.Resume]. A name
// that is taken gives an error that matches [fs.ErrExist], and changes nothing.
func (in *Incoming) Survive(name string) error {
	if in.ended {
		return errEnded
	}
	if err := checkPartialName(name); err != nil {
		return err
	}
	if in.store.beside {
		return nil
	}
	name = partialPrefix + name
	if name == in.name || name == in.later {
		return nil
	}
	if !in.store.claim(name) {
		return fmt.Errorf("%s/%s is being written: %w", temporaryFolder, name, fs.ErrExist)
	}
	if in.file == nil {
		in.unclaim()
		in.later = name
		return nil
	}
	if err := in.tmp.root.Rename(in.name, name); err != nil {
		in.store.release(name)
		return failure("rename", temporaryFolder+"/"+in.name, err)
	}
	in.store.release(in.name)
	in.name = name
	return nil
}

// unclaim gives back a name that no file has got.
func (in *Incoming) unclaim() {
	if in.later != "" {
		in.store.release(in.later)
		in.later = ""
	}
}

// Commit makes what has been written an object, waits until it is durable, and
// returns its name. An object that the store holds already is left as it is.
//
// It ends the Incoming, whatever it returns. When ctx ends first, the object may
// or may not come to be; a partial is kept if it had not joined a group.
func (in *Incoming) Commit(ctx context.Context) (ID, error) {
	if in.ended {
		return ID{}, errEnded
	}
	if err := ctx.Err(); err != nil {
		_ = in.Keep()
		return ID{}, err
	}
	if err := in.spill(); err != nil {
		_ = in.Discard()
		return ID{}, err
	}
	id := in.ID()
	if err := in.store.commits.join(ctx, in, id); err != nil {
		return ID{}, err
	}
	return id, nil
}

// Keep leaves a partial to be resumed later, by this process or another. An
// Incoming without a name is discarded.
func (in *Incoming) Keep() error {
	if in.ended {
		return errEnded
	}
	if in.later != "" {
		if err := in.spill(); err != nil {
			_ = in.Discard()
			return err
		}
	}
	if !strings.HasPrefix(in.name, partialPrefix) {
		return in.Discard()
	}
	in.store.commits.writing.Add(-1)
	if err := in.end(); err != nil {
		return failure("close", temporaryFolder+"/"+in.name, err)
	}
	return nil
}

// Discard throws the object away. It may be called again and after Commit or
// Keep, and then does nothing.
func (in *Incoming) Discard() error {
	if in.ended {
		return nil
	}
	in.store.commits.writing.Add(-1)
	var err error
	if in.file != nil {
		err = in.tmp.root.Remove(in.name)
	}
	if err = cmp.Or(err, in.end()); err != nil {
		return failure("remove", temporaryFolder+"/"+in.name, err)
	}
	return nil
}

// end lets go of buffer and file.
func (in *Incoming) end() error {
	in.ended = true
	in.unclaim()
	in.forget()
	return in.closeFile()
}

func (in *Incoming) closeFile() error {
	if in.file == nil {
		return nil
	}
	err := in.file.Close()
	in.file = nil
	in.store.release(in.name)
	return err
}
