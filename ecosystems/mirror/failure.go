package mirror

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
)

// regret logs what went wrong beside the outcome of a run and does not change it:
// what is lost costs the next run some requests. If the run failed, it is only
// another consequence of the same cause.
func (m *Mirror) regret(outcome error, what string, err error) {
	switch {
	case err == nil:
	case outcome == nil:
		m.cfg.Logger.Warn(what, "error", err)
	default:
		m.cfg.Logger.Debug(what, "error", err)
	}
}

// ofRoot are errors of the operating system that are about the mirror root, not
// about an upstream.
var ofRoot = []error{
	syscall.EACCES, syscall.EPERM, syscall.EROFS, syscall.ENOSPC, syscall.EDQUOT,
	syscall.EIO, syscall.EMFILE, syscall.ENFILE, syscall.EMLINK,
}

// obstacles are errors about something that lies where a file or a folder of the
// mirror belongs.
var obstacles = []error{syscall.EISDIR, syscall.ENOTDIR, syscall.EEXIST, syscall.ENOTEMPTY, syscall.ELOOP}

// escapes is how os.Root says that a symbolic link leads out of it.
const escapes = "path escapes from parent"

// Located returns err, and if it is such an error it says where the root is, for those who
// change a root through [Mirror.Root].
func (m *Mirror) Located(err error) error {
	m.locate(&err)
	return err
}

// locate adds to such an error where the root is, since the paths in it are
// relative, and what to do about an obstacle.
func (m *Mirror) locate(err *error) {
	is := func(e error) bool { return errors.Is(*err, e) }
	switch {
	case *err == nil:
	case slices.ContainsFunc(obstacles, is) || strings.Contains((*err).Error(), escapes):
		*err = fmt.Errorf("mirror root %s: %w; what lies there is not offmirror's, move it away and run again", m.root.Name(), *err)
	case slices.ContainsFunc(ofRoot, is):
		*err = fmt.Errorf("mirror root %s: %w", m.root.Name(), *err)
	}
}
