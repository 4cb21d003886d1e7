// Package layout keeps what a mirror shows: snapshots, and the trees made from them.
//
// A [Snapshot] is an immutable list of an ecosystem's files: path, object, size;
// and of symbolic links between them. Its id comes from that list, so equal content
// has an equal id everywhere. On disk it is a compressed text that zstdcat shows; in
// memory a [List] of some 55 bytes an entry. What goes through a million of them one by
// one reads it as a stream: [Scanner], [History.Scan], [History.AdoptFile].
//
// A [History] holds the snapshots of one ecosystem and publishes one of them as
// a tree of hard links to the store, for any web server. There are two trees.
// Publishing changes the one that nobody sees, by the difference to what it
// holds, and then swaps a symbolic link. Older snapshots need no tree: they are
// read from the store.
//
// # What survives
//
// Data comes before what refers to it: objects are durable before a snapshot
// names them, the snapshot before it is published, the spare tree before it is
// swapped in. A process may be killed anywhere. What is served is then a whole
// tree, old or new; a tree that was being changed has no marker saying what it
// holds, and the next publication compares it file by file.
//
// # Names
//
// Every path has passed [CheckPath] before it reaches a disk, and no two paths of
// a snapshot clash on file systems that ignore case. Writes go through an
// [os.Root], so that no link in the mirror leads out of it.
//
// A symbolic link of a snapshot is relative, in its shortest form, and stays in
// the tree (see [CheckLink]). No entry lies below one, so nothing is ever written
// through one. Links to folders may form loops. The web server or [Follow] takes
// them; [List.Dangling] names those that lead to nothing, which a list may hold but
// a sync does not publish.
//
// One run at a time changes a mirror; see [Lock]. Reading needs no lock.
package layout
