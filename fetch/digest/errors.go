package digest

// Error is a constant error of this package.
type Error string

// Error returns the text.
func (e Error) Error() string { return string(e) }

// What can be wrong with a digest.
const (
	ErrUnknownAlgorithm Error = "unknown digest algorithm; known are sha256, sha512, sha1, md5 and git-blob"
	ErrLength           Error = "wrong number of digits"
	ErrNotHex           Error = "not lower-case hexadecimal"
	ErrShortBody        Error = "the body is not as long as what was hashed"
)
