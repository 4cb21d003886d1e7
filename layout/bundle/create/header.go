package create

import (
	"encoding/binary"
	"fmt"

	"github.com/offmirror/offmirror/layout/bundle"
)

const (
	block = bundle.Block

	// maxOctal is the largest size that twelve bytes of a tar header hold in digits. Larger
	// ones are written in binary, as GNU tar does and every tar reads.
	maxOctal = 1<<33 - 1
)

// putHeader writes the tar header of a member into b, 512 bytes: a regular file, mode 0444, of
// nobody, last changed in 1970. The name has at most 100 bytes of ASCII, so that no
// second header is needed. It is written here and not by archive/tar because there
// are millions of them, straight into the buffers of a volume.
func putHeader(b []byte, name string, size int64) {
	b = b[:block]
	clear(b)
	copy(b[:100], name)
	copy(b[100:], "0000444\x000000000\x000000000\x00") // mode, owner, group
	if size <= maxOctal {
		putOctal(b[124:135], size)
	} else {
		b[124] = 0x80
		binary.BigEndian.PutUint64(b[128:136], uint64(size))
	}
	copy(b[136:], "00000000000\x00        0") // time, room for the checksum, type
	copy(b[257:], "ustar\x0000")
	if size > maxOctal {
		copy(b[257:], "ustar  \x00")
	}
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
}

func putOctal(b []byte, n int64) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = '0' + byte(n&7)
		n >>= 3
	}
}

// padded rounds a size up to whole blocks.
func padded(size int64) int64 { return (size + block - 1) / block * block }
