package manifest

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems/julia/tomlfile"
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

// Parse reads a manifest. The name of the file is for messages. Every error is a
// [*tomlfile.Error].
func Parse(file string, content []byte) (*Manifest, error) {
	p := parser{file: file, content: string(content)}
	if len(content) > maxSize {
		return nil, tomlfile.TooLarge(file, int64(len(content)), maxSize, nil)
	}
	top, _, err := tomlfile.Decode(file, p.content)
	if err != nil {
		return nil, err
	}
	return p.manifest(top)
}
