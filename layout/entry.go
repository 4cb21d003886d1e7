package layout

import "github.com/offmirror/offmirror/fetch/store"

// Entry is one file of a snapshot: where it lies in the native tree, and which
// object it is. Or it is a symbolic link to a file or a folder of the same tree;
// then it has a Link, and neither object nor size.
type Entry struct {
	Path   string   // slash-separated, relative, accepted by [CheckPath]
	Object store.ID // zero for a link
	Size   int64    // bytes; 0 for a link
	Link   string   // where a link leads, seen from its folder, accepted by [CheckLink]; empty for a file
}

// IsLink reports whether the entry is a symbolic link.
func (e Entry) IsLink() bool { return e.Link != "" }

// Stage is the order in which readers may come to see the files of a tree: all
// of one stage is in place before the next begins.
type Stage uint8

// The stages: what is named, what names it, and where clients start.
const (
	Content    Stage = iota // packages, archives: immutable
	Index                   // what lists content
	EntryPoint              // what lists indexes
)
