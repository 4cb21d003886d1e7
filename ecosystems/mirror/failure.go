package mirror

import (
	"errors"
	"fmt"
	"slices"
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

// locate adds to such an error where the root is; the paths in it are relative.
func (m *Mirror) locate(err *error) {
	if slices.ContainsFunc(ofRoot, func(e error) bool { return errors.Is(*err, e) }) {
		*err = fmt.Errorf("mirror root %s: %w", m.root.Name(), *err)
	}
}
