package xz

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"

	"github.com/ulikunitz/xz/lzma"
)

var (
	headMagic = []byte{0xfd, '7', 'z', 'X', 'Z', 0}
	footMagic = []byte("YZ")
)

// Reader decompresses an .xz file.
type Reader struct {
	in    input
	err   error
	state state
	taken int64 // bytes of all dictionaries so far
	total int64 // bytes handed out so far

	// Of the current stream:
	flags   [2]byte
	check   check
	seen    hash.Hash // of the sizes of blocks, to compare with the index
	blocks  uint64
	maximum int64

	// Of the current block:
	data             io.Reader
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
// than the given number of bytes are refused; the presets of xz need 64 MiB at most.
//
// The errors of this package come from NewReader and from Read; others are those of r.
func NewReader(r *bufio.Reader, dictionary int64) (*Reader, error) {
	z := &Reader{in: input{r: r}, maximum: dictionary, seen: sha256.New()}
	if err := z.streamHeader(); err != nil {
		return nil, err
	}
	return z, nil
}

// Read implements io.Reader.
func (z *Reader) Read(p []byte) (int, error) {
	n := 0
	for n == 0 && z.err == nil && len(p) > 0 {
		if z.state == inBlock {
			n, z.err = z.block(p)
		} else {
			z.err = z.step()
		}
	}
	if n > 0 {
		return n, nil
	}
	return 0, z.err
}

// step does the next thing outside of blocks.
func (z *Reader) step() error {
	switch z.state {
	case beforeStream:
		return z.nextStream()
	default:
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
}

// block hands out what is in a block.
func (z *Reader) block(p []byte) (int, error) {
	n, err := z.data.Read(p)
	z.size += int64(n)
	z.total += int64(n)
	z.check.add(p[:n])
	switch {
	case z.in.err != nil:
		err = z.in.err
	case errors.Is(err, io.EOF):
		return n, z.endBlock()
	case err != nil:
		err = malformed("%v", err)
	case z.wantSize >= 0 && z.size > z.wantSize || z.wantPacked >= 0 && z.in.n-z.dataStart > z.wantPacked:
		return 0, malformed("a block longer than its header says")
	}
	return n, err
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
	dictionary, err := z.dictionary(bits)
	if err != nil {
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
	if z.data, err = (lzma.Reader2Config{DictCap: dictionary}).NewReader2(&z.in); z.in.err != nil {
		return z.in.err
	} else if err != nil {
		return malformed("%v", err)
	}
	return nil
}

// What blocks may make us take for dictionaries, which are filled with zeros each time however little
// is in the block: so much beyond what they hold.
const (
	takeFree = 1 << 30
	takeRate = 64
)

// dictionary returns how many bytes of history the block needs.
func (z *Reader) dictionary(bits byte) (int, error) {
	if bits > 40 {
		return 0, malformed("impossible size of a dictionary")
	}
	size := int64(2|bits&1) << (bits/2 + 11)
	if bits == 40 {
		size = 1<<32 - 1
	}
	if size > z.maximum {
		return 0, ErrDictionary
	}
	if z.wantSize >= 0 {
		size = min(size, z.wantSize) // there is nothing further back
	}
	size = max(size, lzma.MinDictCap)
	if z.taken += size; z.taken-takeFree > takeRate*z.total {
		return 0, fmt.Errorf("%w, again and again, for blocks with little in them", ErrDictionary)
	}
	return int(size), nil
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
