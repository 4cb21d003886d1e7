package hexpm

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// Caps on documentation archives, in bytes and entries: some four times what
// hex.pm takes.
const (
	maxDocs        = 64 << 20
	maxDocsContent = 512 << 20
	maxDocsFiles   = 1 << 17
)

// proveDocs checks that a documentation archive is a whole gzipped tar. The
// registry has no checksum of it, so a truncated one or an error page must be
// told from its content.
func proveDocs(body io.ReaderAt, size int64) error {
	z, err := gzip.NewReader(io.NewSectionReader(body, 0, size))
	if err != nil {
		return fmt.Errorf("documentation archive: %w", err)
	}
	content := io.LimitReader(z, maxDocsContent+1)
	counted := &counter{r: content}
	archive := tar.NewReader(counted)
	for files := 0; ; files++ {
		_, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("documentation archive: %w", err)
		}
		if files == maxDocsFiles {
			return fmt.Errorf("documentation archive: more than %d files", maxDocsFiles)
		}
	}
	if _, err := io.Copy(io.Discard, counted); err != nil { // to the checksum of the gzip stream
		return fmt.Errorf("documentation archive: %w", err)
	}
	if counted.n > maxDocsContent {
		return fmt.Errorf("documentation archive: unpacks to more than %d bytes", maxDocsContent)
	}
	return nil
}

// counter counts what is read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
