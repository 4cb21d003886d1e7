package lockfile

import (
	"bytes"
	"fmt"
	"strings"
)

// Caps on what a file may make us read. The largest locks of real projects have
// a few hundred entries and 200 kB.
const (
	maxSize    = 2 << 20 // bytes
	maxEntries = 10_000  // Entries and Outside together
	maxTerms   = 500_000 // elements of lists, tuples and maps
	maxDepth   = 64      // of nested brackets
)

// Parse reads the lock file data. The name is used in messages, and to tell the
// format if its last element is mix.lock, rebar.lock or manifest.toml; otherwise
// the content decides. A byte order mark and Windows line ends are fine. Every
// error is an [*Error].
func Parse(name string, data []byte) (Lock, error) {
	lock, err := parse(name, data)
	if err != nil {
		return Lock{}, err
	}
	return lock, nil
}

func parse(name string, data []byte) (Lock, error) {
	if len(data) > maxSize {
		return Lock{}, &Error{name, 0, fmt.Sprintf("is larger than %d MiB; is it a lock file?", maxSize>>20)}
	}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return Lock{}, &Error{name, 0, "is UTF-16 text; save it as UTF-8"}
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	if line := conflict(text); line > 0 {
		return Lock{}, &Error{name, line, "has an unresolved merge conflict; resolve it and lock again"}
	}
	format, known := formatOf(name, text)
	if !known {
		return Lock{}, &Error{name, 0, "is neither a mix.lock nor a rebar.lock nor a manifest.toml; name one of those"}
	}
	r := reader{lock: Lock{Name: name, Format: format}}
	var err error
	switch format {
	case Mix:
		err = r.mix(text)
	case Rebar:
		err = r.rebar(text)
	case Gleam:
		err = r.gleam(text)
	}
	return r.lock, err
}

// conflict returns the number of the first line that git put there to mark a
// conflict, or 0. No format has such lines.
func conflict(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		n++
		if strings.HasPrefix(line, "<<<<<<< ") || strings.HasPrefix(line, ">>>>>>> ") ||
			strings.TrimRight(line, "\r\n") == "=======" {
			return n
		}
	}
	return 0
}
