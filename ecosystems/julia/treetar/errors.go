package treetar

import "fmt"

// Error is a constant error of this package.
type Error string

// Error returns the text.
func (e Error) Error() string { return string(e) }

// What can be wrong.
const (
	ErrOrder     Error = "not in the order of the normal form"
	ErrName      Error = "cannot be a name in a tarball"
	ErrSize      Error = "not as long as announced"
	ErrLimit     Error = "the tree exceeds a limit"
	ErrTree      Error = "damaged or impossible git tree"
	ErrSubmodule Error = "the tree holds a submodule, which no tarball can"
	ErrNoContent Error = "the content of this file was neither collected nor spooled"
	ErrClosed    Error = "the tarball is complete already"
)

// SubmoduleError says where a tree holds a submodule. Such a version can only
// be had by cloning its repository, so no server can offer it, and trying again is
// in vain. It is [ErrSubmodule].
type SubmoduleError struct {
	Path   string // in the tree
	Commit string // that the entry names, in another repository
}

func (e *SubmoduleError) Error() string {
	return fmt.Sprintf("%.200q (commit %s): %v", e.Path, e.Commit, ErrSubmodule)
}

// Is makes errors.Is(err, ErrSubmodule) hold.
func (e *SubmoduleError) Is(target error) bool { return target == ErrSubmodule }
