package registry

import (
	"errors"
	"fmt"
	"strconv"
)

// What can be wrong beside what is written in the files.
var (
	ErrNotTarball = errors.New("the registry was not read from a tarball")
	ErrTooLarge   = errors.New("file is too large")
)

// FileError is something in a file of a registry that no client could use.
type FileError struct {
	File   string // path in the registry
	Line   int    // 0 if it is not known
	Reason string
	Err    error // what is behind it; may be nil
}

func (e *FileError) Error() string {
	where := quoted(e.File)
	if e.Line > 0 {
		where += ":" + strconv.Itoa(e.Line)
	}
	return where + ": " + e.Reason
}

// Unwrap returns what is behind the error.
func (e *FileError) Unwrap() error { return e.Err }

// quoted leaves usual paths as they are and makes others fit for one line.
func quoted(path string) string {
	if q := short(path); q != strconv.Quote(path) || len(q) != len(path)+2 {
		return q
	}
	return path
}

// short quotes foreign text, or the beginning of it.
func short(s string) string {
	const most = 80
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return strconv.Quote(s)
}
