// Package tomlfile is what the readers of Julia's TOML files have in common: one kind of
// error, and what it takes to say in one line what is wrong with a file that strangers wrote.
//
// The readers themselves know what belongs into their files: packages artifacts, manifest and
// registry.
package tomlfile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"
)

// Error is something in a file that is of no use.
type Error struct {
	File   string // as the reader was told, a path most often
	Line   int    // 0 if it is not known
	Reason string
	Err    error // what is behind it; may be nil
}

// Error returns one line: FILE:LINE: REASON.
func (e *Error) Error() string {
	where := name(e.File)
	if e.Line > 0 {
		where += ":" + strconv.Itoa(e.Line)
	}
	return where + ": " + e.Reason
}

// Unwrap returns what is behind the error.
func (e *Error) Unwrap() error { return e.Err }

// Fail returns an [*Error] with a formatted reason.
func Fail(file string, line int, format string, args ...any) error {
	return &Error{File: file, Line: line, Reason: fmt.Sprintf(format, args...)}
}

// TooLarge is the error about a file of more bytes than the reader takes. It wraps why, which
// may be nil.
func TooLarge(file string, size, allowed int64, why error) error {
	return &Error{File: file, Reason: fmt.Sprintf("it has %d bytes, and %d are allowed", size, allowed), Err: why}
}

// Decode reads any TOML that is not nested absurdly, and the order of its keys. The error is an
// [*Error] and says where.
func Decode(file, content string) (map[string]any, toml.MetaData, error) {
	if line := nested(content, maxDepth, maxParts); line > 0 {
		return nil, toml.MetaData{}, Fail(file, line, "it is nested too deeply")
	}
	var top map[string]any
	meta, err := toml.Decode(content, &top)
	if err == nil {
		return top, meta, nil
	}
	e := &Error{File: file, Reason: "not TOML: " + OneLine(err.Error()), Err: err}
	if t := (toml.ParseError{}); errors.As(err, &t) {
		e.Line, e.Reason = t.Position.Line, "not TOML: "+OneLine(t.Message)
	}
	return nil, toml.MetaData{}, e
}

// Tables returns a list of tables, in whichever of its two forms it is written: [[name]], or
// name = [{ … }, { … }].
func Tables(v any) ([]map[string]any, bool) {
	list, ok := v.([]map[string]any)
	items, inline := v.([]any)
	if !inline {
		return list, ok
	}
	list = make([]map[string]any, 0, len(items))
	for _, item := range items {
		t, ok := item.(map[string]any)
		if !ok {
			return nil, false
		}
		list = append(list, t)
	}
	return list, true
}

// OneLine leaves usual text as it is, and quotes what does not fit into one line.
func OneLine(s string) string {
	if !isPrintable(s) || len(s) > 200 {
		return Short(s)
	}
	return s
}

// Short quotes foreign text, or the beginning of it.
func Short(s string) string {
	const most = 80
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return strconv.Quote(s)
}

// name shows the name of a file: as it is, or quoted if it would break the line. It is not cut, unless
// nobody would look for it.
func name(file string) string {
	const most = 4096 // what Linux takes for a path
	switch {
	case len(file) > most:
		return Short(file)
	case !isPrintable(file):
		return strconv.Quote(file)
	}
	return file
}

func isPrintable(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) || c == unicode.ReplacementChar })
}
