package xz

// Error is a constant error of this package.
type Error string

// Error returns the text.
func (e Error) Error() string { return string(e) }

// What can be wrong with a file.
const (
	ErrMalformed   Error = "malformed xz file"
	ErrCheck       Error = "integrity check of the xz file fails"
	ErrUnsupported Error = "xz file uses a filter or check that is not supported"
	ErrDictionary  Error = "xz file needs a larger dictionary than allowed"
)
