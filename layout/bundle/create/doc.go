// Package create writes bundles: the snapshots of a mirror, and of their objects
// those that the receiver lacks, in volumes for media. Package bundle says what they
// look like.
//
// # One pass
//
// What a bundle holds, where each payload lies in which volume, and what the indexes
// say follows from the lists of the snapshots alone: from ids and sizes, 40 bytes an
// object. So the payload is read once. Several goroutines fill large buffers with
// what belongs at a place of a volume, and hash the objects on the way; another
// hashes the volume, another writes it. There is no temporary copy, and nothing is
// read a second time.
//
// # What is written is right, or not there
//
// An object whose bytes are not those that its name promises ends the run with a
// [*DamagedError]. A volume is written under a temporary name, made durable and
// renamed. The manifest comes last, after its signature: where it lies, the bundle
// is whole. A run that was interrupted leaves whole volumes, which the next one with
// the same input reads, proves and keeps, and temporary files, which it removes.
//
// # The same again
//
// No clock is read and nothing is drawn by lot: the same snapshots, bases and volume
// size give the same bytes. That is how [Remake] makes a lost volume again. It does not
// hold for the bytes of encrypted volumes, only for what is inside. Where volumes end does
// not depend on whether they are encrypted.
//
// # On media
//
// Files are created, written, renamed and removed, which FAT32 and exFAT can do: no
// links, no modes, no names that differ by case. When a folder has no room for the
// next volume, the next folder is filled.
//
// # In the root
//
//	ROOT/state/bundles/made/NAME.manifest           what was made, the newest 16
//	ROOT/state/bundles/made/NAME.manifest.minisig
//	ROOT/state/bundles/kept.json                    snapshots and objects that a remake of those needs
//
// Whoever calls [Create] or [Remake] holds the [layout.Lock] of the root.
package create
