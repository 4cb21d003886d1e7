package xz

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"io"
)

var (
	headMagic = []byte{0xfd, '7', 'z', 'X', 'Z', 0}
	footMagic = []byte("YZ")
)

// Reader decompresses an .xz file.
type Reader struct {
	in    input
	lzma2 lzma2
	rest  []byte // decoded and not yet handed out
	err   error
	state state

	// Of the current stream:
	flags   [2]byte
	check   check
	seen    hash.Hash // of the sizes of blocks, to compare with the index
	blocks  uint64
	maximum int64

	// Of the current block:
	start, dataStart int64
	size             int64 // decompressed so far
	wantPacked       int64 // or -1
	wantSize         int64 // or -1
}

type state uint8

const (
	beforeStream state = iota
	beforeBlock
	inBlock
)

// NewReader returns a Reader of r, which has to begin with an .xz header. Dictionaries larger
// than the given number of bytes are refused, which xz's default presets need 64 MiB for at
// most.
//
// The errors of this package come from NewReader and from Read; others are those of r.
func NewReader(r *bufio.Reader, dictionary int64) (*Reader, error) {
	z := &Reader{in: input{r: r}, maximum: dictionary, seen: sha256.New()}
	z.lzma2 = lzma2{in: &z.in, decoder: new(lzma), history: new(history), packed: make([]byte, maxPacked)}
	if err := z.streamHeader(); err != nil {
		return nil, err
	}
	return z, nil
}

// Read implements io.Reader.
func (z *Reader) Read(p []byte) (int, error) {
	for len(z.rest) == 0 && z.err == nil && len(p) > 0 {
		z.err = z.step()
	}
	n := copy(p, z.rest)
	z.rest = z.rest[n:]
	if n > 0 || len(p) == 0 {
		return n, nil
	}
	return 0, z.err
}

// step does the next thing.
func (z *Reader) step() error {
	switch z.state {
	case beforeStream:
		return z.nextStream()
	case beforeBlock:
		z.start = z.in.n
		z.in.crc = 0
		n, err := z.in.byte()
		if err != nil {
			return err
		}
		if n == 0 {
			return z.index()
		}
		return z.blockHeader(4 * (int(n) + 1))
	}
	b, err := z.lzma2.chunk()
	if errors.Is(err, io.EOF) {
		return z.endBlock()
	}
	z.rest = b
	z.size += int64(len(b))
	z.check.add(b)
	if err == nil && (z.wantSize >= 0 && z.size > z.wantSize || z.wantPacked >= 0 && z.in.n-z.dataStart > z.wantPacked) {
		z.rest, err = nil, malformed("a block longer than its header says")
	}
	return err
}

func (z *Reader) streamHeader() error {
	var space [6]byte
	magic, err := z.in.read(space[:])
	if err != nil {
		return err
	}
	if !bytes.Equal(magic, headMagic) {
		return malformed("no xz header")
	}
	z.in.crc = 0
	if _, err := z.in.read(z.flags[:]); err != nil {
		return err
	}
	if err := z.in.checkCRC(); err != nil {
		return err
	}
	if z.flags[0] != 0 || z.flags[1]&0xf0 != 0 {
		return ErrUnsupported
	}
	z.check, err = newCheck(z.flags[1])
	z.seen.Reset()
	z.blocks = 0
	z.state = beforeBlock
	return err
}

// nextStream is behind a stream: another one, zeros in multiples of four, or the end.
func (z *Reader) nextStream() error {
	for {
		next, err := z.in.r.Peek(4)
		switch {
		case len(next) == 0 && errors.Is(err, io.EOF):
			return io.EOF
		case err != nil:
			return cutOff(err)
		case !bytes.Equal(next, []byte{0, 0, 0, 0}):
			return z.streamHeader()
		}
		if _, err := z.in.r.Discard(4); err != nil {
			return err
		}
		z.in.n += 4
	}
}

func (z *Reader) blockHeader(size int) error {
	flags, err := z.in.byte()
	if err != nil {
		return err
	}
	if flags&0x3c != 0 || flags&3 != 0 {
		return ErrUnsupported // reserved, or more filters than one
	}
	z.wantPacked, z.wantSize, z.size = -1, -1, 0
	for _, field := range []struct {
		bit  byte
		into *int64
	}{{0x40, &z.wantPacked}, {0x80, &z.wantSize}} {
		if flags&field.bit != 0 {
			v, err := z.in.number()
			if err != nil {
				return err
			}
			*field.into = int64(v)
		}
	}
	id, err := z.in.number()
	if err != nil {
		return err
	}
	n, err := z.in.number()
	if err != nil {
		return err
	}
	if id != 0x21 {
		return ErrUnsupported
	}
	if n != 1 {
		return malformed("LZMA2 with %d bytes of properties", n)
	}
	bits, err := z.in.byte()
	if err != nil {
		return err
	}
	if err := z.dictionary(bits); err != nil {
		return err
	}
	for z.in.n-z.start < int64(size-4) {
		if c, err := z.in.byte(); err != nil {
			return err
		} else if c != 0 {
			return ErrUnsupported
		}
	}
	if z.in.n-z.start != int64(size-4) {
		return malformed("a block header of the wrong size")
	}
	if err := z.in.checkCRC(); err != nil {
		return err
	}
	z.dataStart = z.in.n
	z.state = inBlock
	return nil
}

func (z *Reader) dictionary(bits byte) error {
	if bits > 40 {
		return malformed("impossible size of a dictionary")
	}
	size := int64(2|bits&1) << (bits/2 + 11)
	if bits == 40 {
		size = 1<<32 - 1
	}
	if size > z.maximum {
		return ErrDictionary
	}
	z.lzma2.begin(int(size))
	return nil
}

func (z *Reader) endBlock() error {
	packed := z.in.n - z.dataStart
	if z.wantPacked >= 0 && packed != z.wantPacked || z.wantSize >= 0 && z.size != z.wantSize {
		return malformed("a block shorter than its header says")
	}
	if err := z.in.padding(z.dataStart); err != nil {
		return err
	}
	if err := z.check.verify(&z.in); err != nil {
		return err
	}
	z.record(uint64(z.dataStart-z.start+packed)+uint64(z.check.size), uint64(z.size))
	z.blocks++
	z.state = beforeBlock
	return nil
}

// record notes the sizes of a block as the index will list them.
func (z *Reader) record(packed, size uint64) {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], packed)
	binary.LittleEndian.PutUint64(b[8:], size)
	z.seen.Write(b[:])
}

// index compares the list of blocks with what was read, and reads the footer.
func (z *Reader) index() error {
	n, err := z.in.number()
	if err != nil {
		return err
	}
	if n != z.blocks {
		return malformed("the index lists %d blocks, there were %d", n, z.blocks)
	}
	want := z.seen.Sum(nil)
	z.seen.Reset()
	for range n {
		packed, err := z.in.number()
		if err != nil {
			return err
		}
		size, err := z.in.number()
		if err != nil {
			return err
		}
		z.record(packed, size)
	}
	if !bytes.Equal(want, z.seen.Sum(nil)) {
		return malformed("the index does not fit the blocks")
	}
	if err := z.in.padding(z.start); err != nil {
		return err
	}
	if err := z.in.checkCRC(); err != nil {
		return err
	}
	return z.footer(z.in.n - z.start)
}

func (z *Reader) footer(index int64) error {
	var space [12]byte
	b, err := z.in.read(space[:])
	if err != nil {
		return err
	}
	switch {
	case !bytes.Equal(b[10:], footMagic):
		return malformed("no xz footer")
	case !bytes.Equal(b[8:10], z.flags[:]):
		return malformed("header and footer differ")
	case int64(binary.LittleEndian.Uint32(b[4:]))*4+4 != index:
		return malformed("the footer does not fit the index")
	case crc32.ChecksumIEEE(b[4:10]) != binary.LittleEndian.Uint32(b):
		return malformed("the CRC of the footer is wrong")
	}
	z.state = beforeStream
	return nil
}
