package layout

import "github.com/offmirror/offmirror/fetch/store"

// Entry is one file of a snapshot: where it lies in the native tree, and which
// object it is.
type Entry struct {
	Path   string // slash-separated, relative, accepted by [CheckPath]
	Object store.ID
	Size   int64 // bytes
}

// Stage is the order in which readers may come to see the files of a tree: all
// of one stage is in place before the next begins.
type Stage uint8

// The stages: what is named, what names it, and where clients start.
const (
	Content    Stage = iota // packages, archives: immutable
	Index                   // what lists content
	EntryPoint              // what lists indexes
)
