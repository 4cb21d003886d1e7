// Package xz decompresses .xz files, which some artifacts of Julia packages are
// packed with at their origin.
//
// It reads what "xz" and "tar -J" write by default and with any preset: streams
// of LZMA2 blocks, concatenated streams with padding between them, and all four kinds of
// integrity check, which are verified. Other filters (delta, those for machine code) and the
// older .lzma are [ErrUnsupported]. Compression is not offered.
//
// The source of the formats are their public specifications: "The .xz File
// Format" of the Tukaani project and the LZMA specification of the LZMA SDK.
//
// Input is hostile: memory grows with what is really decompressed, up to the dictionary size that
// [NewReader] allows (twice of it and some), whatever the headers say; no input panics; and
// data is handed out as it is decoded, so only a read to the end proves it.
package xz
