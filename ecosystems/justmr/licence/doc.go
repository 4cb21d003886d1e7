// Package licence finds the files in an archive that tell of its licence.
//
// It looks at names, not at texts: LICENSE, LICENCE, COPYING, UNLICENSE, COPYRIGHT and NOTICE in
// any case and with any ending, such as LICENSE-MIT or COPYING.LESSER, in the archive's
// own top folder or in the one folder that has everything in it, and in a folder LICENSES there.
//
// Archives are tars, plain or packed with gzip, bzip2, xz or zstd, and zips. What is
// anything else has no licence here; neither has what is damaged, as far as it cannot be read.
//
// Archives come from anybody. Nothing is unpacked; of a tar, the first [MaxUnpacked] bytes
// are looked at and [MaxEntries] entries, of a zip the directory if it has no more than
// [MaxDirectory] bytes. Memory is bounded whatever an archive says about itself.
package licence
