package julia

import (
	"errors"
	"net"
	"slices"
	"strings"
	"syscall"

	"github.com/offmirror/offmirror/fetch"
)

// nowhere is the error of requests for the same thing that were tried in turn.
//
// It is an absence if each place is without it for good: it says so, it has other bytes
// than its makers signed for, or the host itself is gone. Old packages name many hosts
// that no longer exist.
type nowhere struct{ failed []error }

func (e *nowhere) Error() string {
	texts := make([]string, len(e.failed))
	for i, err := range e.failed {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

// Is implements the rule for absences; any other target matches if it matches some error.
func (e *nowhere) Is(target error) bool {
	if target == fetch.ErrAbsent {
		return len(e.failed) > 0 && !slices.ContainsFunc(e.failed, func(err error) bool { return !gone(err) })
	}
	return slices.ContainsFunc(e.failed, func(err error) bool { return errors.Is(err, target) })
}

// gone reports whether asking again soon is pointless.
func gone(err error) bool {
	if errors.Is(err, fetch.ErrAbsent) {
		return true
	}
	all, ok := errors.AsType[*fetch.Error](err)
	if !ok {
		return false
	}
	return len(all.Attempts) > 0 && !slices.ContainsFunc(all.Attempts, func(a fetch.Attempt) bool { return !goneThere(a.Err) })
}

func goneThere(err error) bool {
	if errors.Is(err, fetch.ErrAbsent) || errors.Is(err, fetch.ErrWrongBytes) || errors.Is(err, syscall.ECONNREFUSED) {
		return true
	}
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && dns.IsNotFound
}
