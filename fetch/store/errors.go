package store

import (
	"errors"
	"fmt"
	"syscall"
)

// Errors that callers tell apart with [errors.Is].
var (
	// ErrDamaged means that an object's bytes are not those that its name promises.
	// Remove it and fetch it again.
	ErrDamaged = errors.New("damaged")

	// ErrFull means that the file system or the quota is full. What is in the
	// store stays usable, and nothing half-written counts as an object.
	ErrFull = errors.New("no space left; free some, or choose a root on a larger file system, and run again")

	errClosed = errors.New("the store is closed")
	errEnded  = errors.New("incoming object has been committed, kept or discarded")
)

// Failure names what could not be done to a file of the mirror root, and for a
// full disk what to do about it.
func Failure(what, name string, err error) error {
	if !errors.Is(err, ErrFull) && (errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)) {
		err = fmt.Errorf("%w (%w)", ErrFull, err)
	}
	return fmt.Errorf("%s %s: %w", what, name, err)
}

func failure(what, name string, err error) error { return Failure(what, name, err) }

var errNotRegular = errors.New("not a regular file")
