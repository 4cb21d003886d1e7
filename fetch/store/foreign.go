package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"
)

// Foreign yields what lies among the objects and is none: files whose name is no id
// or that of another folder, and folders, symbolic links and pipes. The paths are
// relative to ROOT, sorted, and the errors say why. Nothing of it is opened.
func (s *Store) Foreign(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		top, err := s.readNames(objectFolder)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(objectFolder, err)
			return
		}
		for _, e := range top {
			path := objectFolder + "/" + e.Name()
			b, ok := shardByte(e.Name())
			switch {
			case !ok && isSilly(e.Name()):
			case !ok || !e.IsDir():
				if !yield(path, errForeign) {
					return
				}
			case ctx.Err() != nil:
				yield(path, ctx.Err())
				return
			default:
				if !s.foreignIn(b, yield) {
					return
				}
			}
		}
	}
}

var errForeign = errors.New("is no object, and does not belong there")

func (s *Store) foreignIn(b byte, yield func(string, error) bool) bool {
	path := fmt.Sprintf("%s/%02x", objectFolder, b)
	names, err := s.readNames(path)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist) || yield(path, err)
	}
	for _, e := range names {
		id, err := ParseID(e.Name())
		switch {
		case err == nil && id[0] == b && e.Type().IsRegular(), isSilly(e.Name()):
			continue
		case err == nil && id[0] == b:
			err = fmt.Errorf("has the name of an object, but is %w", errNotRegular)
		default:
			err = errForeign
		}
		if !yield(path+"/"+e.Name(), err) {
			return false
		}
	}
	return true
}

// isSilly tells what network file systems call a file that was removed while somebody had
// it open; it goes by itself.
func isSilly(name string) bool { return strings.HasPrefix(name, ".nfs") }

// shardByte returns the first byte of the objects in a folder of that name.
func shardByte(name string) (b byte, ok bool) {
	const digits = "0123456789abcdef"
	if len(name) != 2 {
		return 0, false
	}
	high, low := strings.IndexByte(digits, name[0]), strings.IndexByte(digits, name[1])
	return byte(high<<4 | low), high >= 0 && low >= 0
}

// readNames lists a folder, sorted by name.
func (s *Store) readNames(path string) ([]fs.DirEntry, error) {
	dir, err := s.root.Open(path)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}
