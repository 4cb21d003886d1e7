package localserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

const (
	shelfFile = "state/objects"
	maxLine   = 512 // bytes; none is half as long
)

// shelf knows which object is at which path. It is a [layout.View] of what can be served.
//
// Its file has a line "PATH OBJECT SIZE" for each, the last one for a path holds. A line that is torn or
// damaged counts as none, and so does one whose object is not in the store: what is lost with it is
// found again by the memory of the fetch engine, or fetched anew.
type shelf struct {
	store *store.Store
	root  *os.Root
	now   func() time.Time
	log   *slog.Logger

	mu    sync.RWMutex
	at    map[string]fetch.Object
	sound map[store.ID]bool // compared with their names by this process
	count map[string]int    // by kind
	file  *os.File

	checks singleflight.Group
}

func openShelf(root *os.Root, st *store.Store, now func() time.Time, log *slog.Logger) (*shelf, error) {
	s := &shelf{store: st, root: root, now: now, log: log, at: map[string]fetch.Object{}, sound: map[store.ID]bool{}, count: map[string]int{}}
	f, err := root.OpenFile(shelfFile, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, store.Failure("open", shelfFile, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err == nil {
		err = s.read(f)
	}
	if err != nil {
		return nil, errors.Join(store.Failure("read", shelfFile, err), f.Close())
	}
	s.file = f
	for path, o := range s.at {
		if size, here := st.Has(o.ID); !here || size != o.Size {
			s.drop(path)
		}
	}
	return s, nil
}

// read takes up the lines of the file, and ends one that was torn.
func (s *shelf) read(f *os.File) error {
	in := bufio.NewReaderSize(f, 64<<10)
	for {
		line, err := in.ReadSlice('\n')
		switch {
		case err == nil:
			if path, o, ok := parseLine(string(line)); ok {
				s.note(path, o)
			}
		case errors.Is(err, bufio.ErrBufferFull): // part of no line
		case errors.Is(err, io.EOF):
			if len(line) > 0 {
				_, err := f.WriteString("\n")
				return err
			}
			return nil
		default:
			return err
		}
	}
}

func parseLine(line string) (string, fetch.Object, bool) {
	if len(line) > maxLine {
		return "", fetch.Object{}, false
	}
	fields := strings.Split(strings.TrimSuffix(line, "\n"), " ")
	if len(fields) != 3 {
		return "", fetch.Object{}, false
	}
	_, err := pkgserver.ParsePath(fields[0])
	id, err2 := store.ParseID(fields[1])
	size, err3 := strconv.ParseInt(fields[2], 10, 64)
	return fields[0], fetch.Object{ID: id, Size: size}, errors.Join(err, err2, err3) == nil && size >= 0
}

// note is called with the lock held, or before there is anybody else.
func (s *shelf) note(path string, o fetch.Object) {
	if _, known := s.at[path]; !known {
		s.count[kind(path)]++
	}
	s.at[path] = o
}

func kind(path string) string {
	kind, _, _ := strings.Cut(path, "/")
	return kind
}

// put says which object is at a path. The object is durable and proven.
func (s *shelf) put(path string, o fetch.Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sound[o.ID] = true
	if s.at[path] == o {
		return
	}
	s.note(path, o)
	_, _ = fmt.Fprintf(s.file, "%s %s %d\n", path, o.ID, o.Size) // or it is found again another way
}

// drop forgets a path.
func (s *shelf) drop(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.at[path]; known {
		s.count[kind(path)]--
		delete(s.at, path)
	}
}

// ready reports whether a path can be served. The first time in a process its object is read and
// compared with its name; one that is damaged makes room.
func (s *shelf) ready(ctx context.Context, path string) bool {
	s.mu.RLock()
	o, ok := s.at[path]
	sound := s.sound[o.ID]
	s.mu.RUnlock()
	if !ok {
		return false
	}
	switch size, here := s.store.Has(o.ID); {
	case !here:
		s.drop(path)
		return false
	case size != o.Size:
		sound = false // damage that shows at once
	}
	if sound {
		return true
	}
	checked := s.checks.DoChan(o.ID.String(), func() (any, error) { return nil, s.check(path, o.ID) })
	select {
	case result := <-checked:
		return result.Err == nil
	case <-ctx.Done():
		return false
	}
}

// check compares an object with its name. It belongs to all who wait for it, so no client's going away
// ends it.
func (s *shelf) check(path string, id store.ID) error {
	err := s.store.Check(context.Background(), id)
	switch {
	case err == nil:
		s.mu.Lock()
		s.sound[id] = true
		s.mu.Unlock()
	case errors.Is(err, store.ErrDamaged):
		s.log.Error("an object has rotted: it is put aside and fetched anew", "resource", "/"+path, "object", id, "error", err)
		s.setAside(id)
		s.drop(path)
	case errors.Is(err, fs.ErrNotExist):
		s.drop(path)
	}
	return err
}

// counts returns how many objects of each kind there are.
func (s *shelf) counts() map[string]int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return maps.Clone(s.count)
}

// bytes returns the size of all objects together; of those that several paths share, once for each.
func (s *shelf) bytes() (sum int64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, o := range s.at {
		sum += o.Size
	}
	return sum
}

func (s *shelf) get(path string) (fetch.Object, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	o, ok := s.at[path]
	return o, ok
}

// Lookup implements [layout.View].
func (s *shelf) Lookup(path string) (layout.Entry, bool) {
	o, ok := s.get(path)
	return layout.Entry{Path: path, Object: o.ID, Size: o.Size}, ok
}

// All implements [layout.View].
func (s *shelf) All(prefix string) iter.Seq[layout.Entry] {
	s.mu.RLock()
	paths := slices.Sorted(maps.Keys(s.at))
	s.mu.RUnlock()
	return func(yield func(layout.Entry) bool) {
		for _, path := range paths {
			if e, ok := s.Lookup(path); ok && strings.HasPrefix(path, prefix) && !yield(e) {
				return
			}
		}
	}
}

// Open implements [layout.View].
func (s *shelf) Open(e layout.Entry) (layout.File, error) { return s.store.Open(e.Object) }

func (s *shelf) close() error { return s.file.Close() }
