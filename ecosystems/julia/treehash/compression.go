package treehash

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/offmirror/offmirror/ecosystems/xz"
)

// Compression is how a tarball is packed.
type Compression uint8

// The compressions, told apart by magic bytes. Whatever has none of the others' is Plain.
const (
	Plain Compression = iota
	Gzip
	Zstd
	Bzip2
	XZ
)

var magics = []struct {
	compression Compression
	magic       []byte
}{
	{Gzip, []byte{0x1f, 0x8b}},
	{Zstd, []byte{0x28, 0xb5, 0x2f, 0xfd}},
	{Bzip2, []byte("BZh")},
	{XZ, []byte{0xfd, '7', 'z', 'X', 'Z', 0}},
}

// MagicBytes is how many bytes [Sniff] wants to see.
const MagicBytes = 6

// Sniff names the compression of a file that begins with head.
func Sniff(head []byte) Compression {
	for _, m := range magics {
		if bytes.HasPrefix(head, m.magic) {
			return m.compression
		}
	}
	return Plain
}

// String returns the usual word.
func (c Compression) String() string {
	switch c {
	case Plain:
		return "plain"
	case Gzip:
		return "gzip"
	case Zstd:
		return "zstd"
	case Bzip2:
		return "bzip2"
	case XZ:
		return "xz"
	}
	return fmt.Sprintf("Compression(%d)", uint8(c))
}

var gzips, zstds sync.Pool

// windows bounds how many tarballs are read at a time whose compression needs a large window,
// Limits.Window of memory each: however many proofs are under way, processors are no more.
var windows = make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))

func enter() (leave func()) {
	windows <- struct{}{}
	return func() { <-windows }
}

// decompress returns a reader of what r holds, and a function that gives back
// its memory. It wants a *bufio.Reader itself: only for that has flate a fast loop.
func decompress(c Compression, r *bufio.Reader, window int64) (io.Reader, func(), error) {
	switch c {
	case Plain:
		return r, func() {}, nil
	case Bzip2:
		return bzip2.NewReader(r), func() {}, nil
	case XZ:
		leave := enter()
		z, err := xz.NewReader(r, window)
		if err != nil {
			leave()
			return nil, nil, err
		}
		return z, leave, nil
	case Gzip:
		z, ok := gzips.Get().(*gzip.Reader)
		if !ok {
			z = new(gzip.Reader)
		}
		if err := z.Reset(r); err != nil {
			return nil, nil, err
		}
		return z, func() { gzips.Put(z) }, nil
	case Zstd:
		// Decoders are made for one size of window; the usual one is worth keeping.
		leave := enter()
		usual := window == DefaultLimits.Window
		z, ok := zstds.Get().(*zstd.Decoder)
		if !ok || !usual {
			var err error
			z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
				zstd.WithDecoderMaxWindow(uint64(max(window, zstd.MinWindowSize))))
			if err != nil {
				leave()
				return nil, nil, err
			}
		}
		if err := z.Reset(r); err != nil {
			leave()
			return nil, nil, err
		}
		return z, func() {
			defer leave()
			if err := z.Reset(nil); err == nil && usual {
				zstds.Put(z)
			} else {
				z.Close()
			}
		}, nil
	}
	return nil, nil, fmt.Errorf("%w: %v", ErrCompression, c)
}
