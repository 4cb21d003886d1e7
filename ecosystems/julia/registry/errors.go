package registry

import (
	"errors"

	"github.com/offmirror/offmirror/ecosystems/julia/tomlfile"
)

// What can be wrong beside what is written in the files.
var (
	ErrNotTarball = errors.New("the registry was not read from a tarball")
	ErrTooLarge   = errors.New("file is too large")
)

// FileError is something in a file of a registry that no client could use. The file is a
// path in the registry.
type FileError = tomlfile.Error
