package licence

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/offmirror/offmirror/ecosystems/xz"
)

// What is looked at of an archive at most.
const (
	MaxUnpacked  = 256 << 20
	MaxEntries   = 500_000
	MaxDirectory = 32 << 20
)

// maxWindow bounds what decompression keeps in memory.
const maxWindow = 64 << 20

// Find returns the paths of licences in an archive, the most telling first, at most eight. The
// error is one of reading r, whatever is wrong with the archive itself.
func Find(r *io.SectionReader) ([]string, error) {
	source := &source{r: r}
	var c collector
	head := make([]byte, 4)
	switch n, err := source.ReadAt(head, 0); {
	case err != nil && n < len(head):
	case bytes.Equal(head, []byte("PK\x03\x04")):
		zipNames(source, r.Size(), &c)
	default:
		tarNames(bufio.NewReaderSize(io.NewSectionReader(source, 0, r.Size()), 64<<10), &c)
	}
	return c.best(), source.err
}

// source tells errors of reading apart from those of what is read.
type source struct {
	r   io.ReaderAt
	err error
}

func (s *source) ReadAt(p []byte, at int64) (int, error) {
	n, err := s.r.ReadAt(p, at)
	if err != nil && err != io.EOF { //nolint:errorlint // io.ReaderAt returns it as it is
		s.err = err
	}
	return n, err
}

// tarNames reads the names of a tar as far as it can be read.
func tarNames(r *bufio.Reader, c *collector) {
	plain, done, err := decompress(r)
	if err != nil {
		return
	}
	defer done()
	entries := tar.NewReader(io.LimitReader(plain, MaxUnpacked))
	for range MaxEntries {
		h, err := entries.Next()
		if err != nil {
			return
		}
		switch h.Typeflag {
		case tar.TypeReg, tar.TypeSymlink, tar.TypeLink:
			c.add(h.Name)
		}
	}
}

func decompress(r *bufio.Reader) (plain io.Reader, done func(), err error) {
	done = func() {}
	head, _ := r.Peek(6)
	has := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case has("\x1f\x8b"):
		plain, err = gzip.NewReader(r)
	case has("BZh"):
		plain = bzip2.NewReader(r)
	case has("\xfd7zXZ\x00"):
		plain, err = xz.NewReader(r, maxWindow)
	case has("\x28\xb5\x2f\xfd"):
		var z *zstd.Decoder
		z, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err == nil {
			plain, done = z, z.Close
		}
	default:
		plain = r
	}
	return plain, done, err
}
