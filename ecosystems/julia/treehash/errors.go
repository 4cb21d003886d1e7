package treehash

import "fmt"

// Error is a constant error of this package.
type Error string

// Error returns the text.
func (e Error) Error() string { return string(e) }

// What can be wrong with a tarball, or with what is asked of it.
const (
	ErrMalformed   Error = "malformed tarball"
	ErrLimit       Error = "tarball exceeds a limit"
	ErrMismatch    Error = "git tree hash does not match"
	ErrCompression Error = "compression of the tarball is not supported"
	ErrNotHash     Error = "want 40 lower-case hexadecimal digits"
	ErrNoFile      Error = "the tree has no such file"
	ErrUnfinished  Error = "tarball was closed before its end"
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}

func beyond(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrLimit}, args...)...)
}
