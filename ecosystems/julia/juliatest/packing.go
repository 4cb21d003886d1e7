package juliatest

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
)

// Packing is how a tarball is compressed.
type Packing string

// The packings, by the ends of file names that they have.
const (
	Gzip  Packing = "tar.gz"
	XZ    Packing = "tar.xz"
	Bzip2 Packing = "tar.bz2"
	Zstd  Packing = "tar.zst"
	Plain Packing = "tar"

	// Stored is gzip that does not compress, which costs next to nothing.
	Stored Packing = "stored.tar.gz"
)

// zstdEncoder is one for all: EncodeAll may be called by several goroutines.
var zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(true))
	if err != nil {
		panic(err) // the options are constants
	}
	return e
})

// packTree packs a tree in normal form. That of a big registry is never in memory as it is.
func (p Packing) packTree(n *node) []byte {
	if p == Gzip {
		return gzipOf(n.tarTo)
	}
	return p.pack(n.tar())
}

func gzipOf(write func(io.Writer)) []byte {
	var b bytes.Buffer
	z := treetar.Gzip(&b)
	write(z)
	if err := z.Close(); err != nil {
		panic("juliatest: gzip: " + err.Error())
	}
	return b.Bytes()
}

// pack compresses. The same bytes give the same bytes.
func (p Packing) pack(data []byte) []byte {
	switch p {
	case Gzip:
		return gzipOf(func(w io.Writer) { _, _ = w.Write(data) })
	case Stored:
		return storedGzip(data)
	case Zstd:
		return zstdEncoder().EncodeAll(data, nil)
	case XZ:
		return packXZ(data)
	case Bzip2:
		return packBzip2(data)
	case Plain:
		return data
	}
	panic("juliatest: there is no packing " + string(p))
}

func packXZ(data []byte) []byte {
	var b bytes.Buffer
	w, err := xz.WriterConfig{DictCap: 1 << 20}.NewWriter(&b)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic("juliatest: xz: " + err.Error())
	}
	return b.Bytes()
}

// storedGzip wraps data in a gzip file of blocks that are not compressed.
func storedGzip(data []byte) []byte {
	const most = 1<<16 - 1
	b := make([]byte, 0, len(data)+len(data)/most*5+32)
	b = append(b, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff)
	for rest := data; ; {
		n := min(len(rest), most)
		last := byte(0)
		if n == len(rest) {
			last = 1
		}
		b = append(b, last, byte(n), byte(n>>8), ^byte(n), ^byte(n>>8))
		b = append(b, rest[:n]...)
		if rest = rest[n:]; last == 1 {
			break
		}
	}
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(data))
	return binary.LittleEndian.AppendUint32(b, uint32(len(data)))
}
