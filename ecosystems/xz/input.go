package xz

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// input reads the file and counts. Its end is io.ErrUnexpectedEOF unless said otherwise.
type input struct {
	r   *bufio.Reader
	n   int64
	crc uint32 // of what was read since it was set to zero
	err error  // that ended what Read was asked for
}

// Read implements io.Reader for the decoder of what is in blocks. The end of the file is
// never right there.
func (in *input) Read(b []byte) (int, error) {
	n, err := in.r.Read(b)
	in.n += int64(n)
	if err != nil {
		in.err = cutOff(err)
	}
	return n, in.err
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}

func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return malformed("cut off")
	}
	return err
}

func (in *input) byte() (byte, error) {
	c, err := in.r.ReadByte()
	if err != nil {
		return 0, cutOff(err)
	}
	in.n++
	in.crc = crc32.Update(in.crc, crc32.IEEETable, []byte{c})
	return c, nil
}

func (in *input) read(b []byte) ([]byte, error) {
	n, err := io.ReadFull(in.r, b)
	in.n += int64(n)
	in.crc = crc32.Update(in.crc, crc32.IEEETable, b[:n])
	if err != nil {
		return nil, cutOff(err)
	}
	return b, nil
}

// number reads a number of variable length, at most 63 bits.
func (in *input) number() (v uint64, err error) {
	for shift := 0; shift < 63; shift += 7 {
		c, err := in.byte()
		if err != nil {
			return 0, err
		}
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			if c == 0 && shift > 0 {
				return 0, malformed("a number with a needless zero")
			}
			return v, nil
		}
	}
	return 0, malformed("a number that is too large")
}

// padding reads zeros up to a multiple of four from the given start.
func (in *input) padding(start int64) error {
	for (in.n-start)%4 != 0 {
		c, err := in.byte()
		if err != nil {
			return err
		}
		if c != 0 {
			return malformed("padding that is not zero")
		}
	}
	return nil
}

// checkCRC compares what was read since crc was zero with the CRC that follows.
func (in *input) checkCRC() error {
	want := in.crc
	var space [4]byte
	b, err := in.read(space[:])
	if err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(b) != want {
		return malformed("the CRC of a header is wrong")
	}
	return nil
}
