package manifest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/BurntSushi/toml"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Caps on what is read.
const (
	maxSize    = 32 << 20 // bytes
	maxEntries = 100_000
	maxText    = 4096 // bytes of one name, URL or path
)

// Kind says where a package comes from.
type Kind uint8

// The kinds.
const (
	Registered Kind = iota + 1 // from a registry, by tree hash
	Stdlib                     // with Julia
	Local                      // a folder
	Repository                 // a git repository, without a registry
)

// String returns a word for people.
func (k Kind) String() string {
	switch k {
	case Registered:
		return "registered"
	case Stdlib:
		return "stdlib"
	case Local:
		return "local folder"
	case Repository:
		return "git repository"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Manifest is what a file says.
type Manifest struct {
	Major, Minor int             // of the format
	Julia        version.Version // that made it; see HasJulia
	HasJulia     bool
	Registries   []Registry // ordered by ID; formats from 2.1
	Entries      []Entry    // ordered by name and UUID
}

// Registry is where packages of the manifest were found.
type Registry struct {
	ID   string // by which entries refer to it
	UUID uuid.UUID
	URL  string
}

// Entry is a package of the manifest.
type Entry struct {
	Name       string
	UUID       uuid.UUID
	Kind       Kind
	Version    version.Version // see HasVersion
	HasVersion bool            // most entries of the standard library have none
	Tree       treehash.Hash   // of Registered, and often of Repository
	Pinned     bool            // by the user
	Registries []string        // IDs

	Path                     string // of Local
	RepoURL, RepoRev, Subdir string // of Repository
}

// String returns name and version.
func (e Entry) String() string {
	if e.HasVersion {
		return e.Name + " " + e.Version.String()
	}
	return e.Name
}

// OutOfScope returns the entries that no package server can have.
func (m *Manifest) OutOfScope() []Entry {
	var list []Entry
	for _, e := range m.Entries {
		if e.Kind == Local || e.Kind == Repository {
			list = append(list, e)
		}
	}
	return list
}

// Error is something in a manifest that is of no use.
type Error struct {
	File   string
	Line   int // 0 if it is not known
	Reason string
	Err    error // what is behind it; may be nil
}

func (e *Error) Error() string {
	where := e.File
	if e.Line > 0 {
		where += ":" + strconv.Itoa(e.Line)
	}
	return where + ": " + e.Reason
}

// Unwrap returns what is behind the error.
func (e *Error) Unwrap() error { return e.Err }

// Parse reads a manifest. The name of the file is for messages. Every error is an
// [*Error].
func Parse(file string, content []byte) (*Manifest, error) {
	p := parser{file: file, content: string(content)}
	if len(content) > maxSize {
		return nil, p.fail(0, "it has %d bytes, and %d are allowed", len(content), maxSize)
	}
	var top map[string]any
	if _, err := toml.Decode(p.content, &top); err != nil {
		e := &Error{File: file, Reason: "not TOML: " + oneLine(err.Error()), Err: err}
		if t := (toml.ParseError{}); errors.As(err, &t) {
			e.Line, e.Reason = t.Position.Line, "not TOML: "+oneLine(t.Message)
		}
		return nil, e
	}
	return p.manifest(top)
}

func oneLine(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) || len(s) > 200 {
		return short(s)
	}
	return s
}

// short quotes foreign text, or the beginning of it.
func short(s string) string {
	const most = 80
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return strconv.Quote(s)
}
