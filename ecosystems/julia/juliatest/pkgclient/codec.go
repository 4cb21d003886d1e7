package pkgclient

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/offmirror/offmirror/ecosystems/xz"
)

// maxDictionary bounds the history that xz and zstd may ask for.
const maxDictionary = 128 << 20

// The formats that are told apart by their first bytes, with the names that 1.13 gives to
// registries in them.
var formats = []struct {
	magic     string
	extension string
}{
	{"\x28\xb5\x2f\xfd", ".tar.zst"},
	{"\x1f\x8b", ".tar.gz"},
	{"BZh", ".tar.bz2"},
	{"\xfd7zXZ\x00", ".tar.xz"},
}

// extension returns what 1.13 calls a tarball that begins with head.
func extension(head []byte) string {
	for _, f := range formats {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return f.extension
		}
	}
	return ".tar.gz"
}

// unpacked returns the tar stream in a body. Exactly one layer of compression is undone:
//
//	1.4, 1.5     tar -z: gzip
//	1.6 to 1.12  7z: gzip, bzip2, xz
//	from 1.13    zstd, and 7z for the rest
//
// What is not compressed is no tar stream for any of them: tar -z refuses it, 7z hands out the
// content of the files in it.
func (p Profile) unpacked(body io.Reader) (io.Reader, error) {
	r := bufio.NewReaderSize(body, 1<<16)
	head, err := r.Peek(6)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	format := ""
	for _, f := range formats {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			format = f.extension
		}
	}
	var stream io.Reader
	switch {
	case format == ".tar.gz":
		stream, err = gzip.NewReader(r)
	case format == ".tar.zst" && p.asksZstd():
		stream, err = newZstd(r)
	case format == ".tar.bz2" && p.ownDownloader():
		stream, err = bzip2.NewReader(r), nil
	case format == ".tar.xz" && p.ownDownloader():
		stream, err = xz.NewReader(r, maxDictionary)
	case format == "":
		return nil, fmt.Errorf("%w: the body is not compressed, or in an unknown way", ErrArchive)
	default:
		return nil, fmt.Errorf("%w: %s does not read %s", ErrArchive, p, format)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	return stream, nil
}

func newZstd(r io.Reader) (io.Reader, error) {
	// One goroutine reads and decodes, so there is nothing to close.
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxDictionary))
}
