// Package store keeps objects: immutable bytes, named by their SHA-256, each of
// them once.
//
//	ROOT/store/sha256/ab/abcdef…   an object, mode 0444; the name is the whole digest
//	ROOT/store/tmp/new-…           being written; worthless after a crash
//	ROOT/store/tmp/partial-NAME    being written; survives a crash to be resumed
//
// # Writing
//
// An [Incoming] takes the bytes and hashes them on the way. [Incoming.Commit]
// makes them an object. When it returns without error, the object survives a
// power failure: data is durable before its name is, and its name before anybody
// is told.
//
// One fsync a file would cost ten times the writing itself. So commits are
// grouped: the group's data is made durable, then its files are renamed, then the
// new names are made durable. A group is closed when it holds 1024 files or
// 128 MiB, after 200 ms, when nobody joined for 30 ms, or, unless there is a lot to
// do, as soon as nothing else is being written. To keep the disk busy, have more
// writers than you have requests: a caller should let the next transfer start
// before it waits in Commit.
//
// On the file systems that are known for it (ext4, XFS, Btrfs, F2FS) syncfs makes
// a group durable at once, which costs a few flushes of the device instead of one
// for each file; the kernel then tells for each file whether writing it failed.
// Elsewhere one file is synced, which makes the file system write one journal
// commit for all, and after it the others; each touched folder is synced once.
//
// A file whose fsync fails is lost, because the kernel may have dropped its pages:
// its Commit fails, its caller writes it again, and the others of its group are
// unaffected.
//
// # Reading
//
// Objects never change. [Store.Has] costs one lstat. [Store.Check] hashes an
// object again. Every path below ROOT is walked by an [os.Root], so no symbolic
// link that somebody planted can lead a write out of it.
//
// All methods of a [Store] may be called from many goroutines. Several processes
// may use one store at a time; only [Store.Sweep] wants to be alone.
package store
