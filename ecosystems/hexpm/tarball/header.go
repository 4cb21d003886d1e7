package tarball

import (
	"bytes"
	"errors"
	"fmt"
)

const blockSize = 512

// header is what a tar header says about a regular file.
type header struct {
	name []byte
	size int64
}

var (
	errSum     = errors.New("bad checksum: no tar, or a damaged one")
	errName    = errors.New("name is too long for a package tarball")
	zeroBlock  [blockSize]byte
	ustarMagic = []byte("ustar")
)

func isZero(block []byte) bool { return bytes.Equal(block, zeroBlock[:]) }

// parseHeader reads one tar header of POSIX, GNU or v7 form. Only regular files
// without extensions are accepted.
func parseHeader(b []byte) (header, error) {
	want, err := octal(b[148:156])
	if err != nil {
		return header{}, errSum
	}
	var got int64
	for _, c := range b[:148] {
		got += int64(c)
	}
	for _, c := range b[156:blockSize] {
		got += int64(c)
	}
	if got += 8 * ' '; got != want {
		return header{}, errSum
	}
	if kind := b[156]; kind != '0' && kind != 0 {
		return header{}, fmt.Errorf("entry of type %q, want a regular file", kind)
	}
	// The prefix field belongs to POSIX headers only; GNU keeps times there.
	if bytes.Equal(b[257:263], append(ustarMagic[:5:5], 0)) && b[345] != 0 {
		return header{}, errName
	}
	size, err := octal(b[124:136])
	if err != nil {
		return header{}, fmt.Errorf("size: %w", err)
	}
	name := b[:100]
	if end := bytes.IndexByte(name, 0); end >= 0 {
		name = name[:end]
	}
	return header{name: name, size: size}, nil
}

// octal reads a tar number: octal digits, padded with spaces or zero bytes.
func octal(field []byte) (int64, error) {
	field = bytes.Trim(field, " \x00")
	var n int64
	for _, c := range field {
		if c < '0' || c > '7' {
			return 0, errors.New("not an octal number")
		}
		n = n<<3 | int64(c-'0') // at most 12 digits: 36 bits
	}
	return n, nil
}
