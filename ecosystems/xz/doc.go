// Package xz reads .xz files, which archives of sources and some artifacts are packed with at their
// origin, and bounds what that costs.
//
// LZMA2, what is inside of the blocks of a file, is decoded by github.com/ulikunitz/xz/lzma. The
// container around it is read here, since that module's own reader takes as much memory for
// a dictionary as the header of a block names, up to 4 GiB for a file of a hundred bytes, and
// has no option against it. The lengths that only the container knows, its CRCs, index and
// padding are verified here too.
//
// Files may have several streams with padding between them, several blocks, and any of the four
// kinds of integrity check, which are verified. Other filters (delta, those for machine
// code) and the older .lzma are ErrUnsupported. Compression is not offered.
//
// Input is hostile: no dictionary is larger than NewReader allows, and no series of blocks has one
// made for each of them without holding much; no input panics; and data is handed out as it is
// decoded, so only a read to the end proves it.
package xz
