package trust

import (
	"errors"
	"fmt"
)

// Why a bundle is refused. Every error of [Trusted.Check] about the bundle matches one of
// these or [ErrSignature].
var (
	ErrUnsigned  = errors.New("unsigned")                // no signature, and that is not allowed
	ErrDowngrade = errors.New("downgrade to unsigned")   // no signature, where one is demanded whatever is allowed
	ErrUntrusted = errors.New("signed by a stranger")    // the signature may be good; the key is not trusted
	ErrRetired   = errors.New("signed by a retired key") // the key was replaced or revoked
)

// Refusal is why a bundle is refused, and what to do next.
type Refusal struct {
	Reason error  // one of the errors above, or ErrSignature
	Key    Public // that signed; zero if that cannot be told
	Text   string // one line
}

func (r *Refusal) Error() string { return r.Text }

// Unwrap returns the reason.
func (r *Refusal) Unwrap() error { return r.Reason }

func refuse(reason error, key Public, format string, a ...any) *Refusal {
	return &Refusal{Reason: reason, Key: key, Text: fmt.Sprintf(format, a...)}
}
