package registry

import (
	"errors"
	"fmt"
)

// Errors that callers tell apart with [errors.Is]. [RepositoryError] and
// [NameError] are told apart with [errors.As].
var (
	// ErrMalformed means that the bytes are no registry file: no gzip, no
	// protobuf, a required field missing, or a cap exceeded.
	ErrMalformed = errors.New("not a valid registry file")

	// ErrSignature means that the file is well formed but not signed by the expected key.
	ErrSignature = errors.New("signature does not verify")
)

// RepositoryError reports a signed file that belongs to another repository.
type RepositoryError struct {
	Expected, Found string
}

func (e *RepositoryError) Error() string {
	return fmt.Sprintf("signed for repository %.80q, expected %.80q: set the repository's name to the one it signs for, or correct its URL", e.Found, e.Expected)
}

// NameError reports a signed file that describes another package or policy.
type NameError struct {
	Kind            string // "package" or "policy"
	Expected, Found string
}

func (e *NameError) Error() string {
	return fmt.Sprintf("signed for %s %.80q, expected %.80q: the upstream or something before it answered with the wrong file", e.Kind, e.Found, e.Expected)
}

// malformed makes an ErrMalformed that says what was wrong.
func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrMalformed, fmt.Errorf(format, args...))
}
