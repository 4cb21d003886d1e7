package fetch

import (
	"errors"
	"strings"
)

// Errors that callers tell apart with [errors.Is].
var (
	// ErrAbsent means that every candidate said that the object does not exist.
	// Asking again soon is pointless. Everything else is failed for now.
	ErrAbsent = errors.New("absent upstream")

	// ErrWrongBytes means that a candidate answered, but with bytes that do not
	// satisfy the request.
	ErrWrongBytes = errors.New("wrong bytes")

	// ErrUnauthorized means that a candidate asked for credentials or refused them.
	ErrUnauthorized = errors.New("not authorized")
)

// Attempt is what one candidate came to.
type Attempt struct {
	URL string // without credentials
	Err error
}

// Error reports a request that no candidate satisfied. It is one line, names the
// primary URL and each candidate's failure, and holds no credentials.
//
// errors.Is(err, ErrAbsent) holds only if it holds for every attempt. Timeout reports whether some
// candidate took too long.
type Error struct {
	URL      string // the primary URL, without credentials
	Attempts []Attempt
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.URL)
	for i, a := range e.Attempts {
		b.WriteString(map[bool]string{true: ": ", false: "; "}[i == 0])
		if a.URL != e.URL {
			b.WriteString(a.URL + ": ")
		}
		b.WriteString(a.Err.Error())
	}
	return b.String()
}

// Is implements the rule for [ErrAbsent]; any other target matches if it matches some attempt.
func (e *Error) Is(target error) bool {
	matches := 0
	for _, a := range e.Attempts {
		if errors.Is(a.Err, target) {
			matches++
		}
	}
	if target == ErrAbsent {
		return matches > 0 && matches == len(e.Attempts)
	}
	return matches > 0
}

// Timeout reports whether some attempt ended because a candidate took too long: to connect, to answer, or
// with the body.
func (e *Error) Timeout() bool {
	for _, a := range e.Attempts {
		var slow interface{ Timeout() bool }
		if errors.As(a.Err, &slow) && slow.Timeout() {
			return true
		}
	}
	return false
}
