package fetch

import (
	"fmt"
	"net/http"
	"time"
)

// EventKind is what an [Event] is about.
type EventKind string

// The kinds of events.
const (
	WrongBytes EventKind = "wrong-bytes" // a candidate delivered bytes that are not what was asked for; it is put aside for the run
	Demoted    EventKind = "demoted"     // a host failed so often that it is tried last until the end of the run
	Failure    EventKind = "failure"     // an attempt failed; it may be repeated
	Throttled  EventKind = "throttled"   // a host asked for a pause
	Resumed    EventKind = "resumed"     // a broken transfer goes on where it stopped
)

// Event is something that happened on the way to a result, for logs and reports.
// It holds no credentials.
type Event struct {
	Kind EventKind
	URL  string
	Host string
	Err  error         // of WrongBytes, Demoted and Failure
	Wait time.Duration // of Throttled
	At   int64         // of Resumed: the bytes that were there already
}

// String describes the event in one line.
func (ev Event) String() string {
	switch ev.Kind {
	case Throttled:
		return fmt.Sprintf("%s: asked for a pause of %s", ev.Host, ev.Wait.Round(time.Second))
	case Resumed:
		return fmt.Sprintf("%s: resumed at byte %d", ev.URL, ev.At)
	case Demoted:
		return fmt.Sprintf("%s: tried last from now on: %v", ev.Host, ev.Err)
	}
	return fmt.Sprintf("%s: %v", ev.URL, ev.Err)
}

// StatusError is an answer whose status is of no use.
type StatusError struct {
	Status int
	Hint   string // what to do about it; may be empty
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("HTTP %d %s", e.Status, http.StatusText(e.Status))
	if http.StatusText(e.Status) == "" {
		text = fmt.Sprintf("HTTP %d", e.Status)
	}
	if e.Hint != "" {
		text += " (" + e.Hint + ")"
	}
	return text
}
