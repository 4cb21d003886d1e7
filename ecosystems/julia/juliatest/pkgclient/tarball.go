package pkgclient

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	maxEntries = 2 << 20
	maxDepth   = 256
)

// members calls visit for each member of a tar stream and reads the stream to its end, so that
// the checksums of compression count. The name in a header is what stands in the archive.
// What is wrong with the stream is ErrArchive; errors of visit are returned as they are.
func members(stream io.Reader, visit func(h *tar.Header, content io.Reader) error) error {
	limited := &io.LimitedReader{R: stream, N: maxUnpacked}
	r := tar.NewReader(limited)
	for n := 0; ; n++ {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrArchive, err)
		}
		if n > maxEntries {
			return fmt.Errorf("%w: more than %d members", ErrArchive, maxEntries)
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			if h.PAXRecords["path"] != "" || h.PAXRecords["linkpath"] != "" || h.PAXRecords["size"] != "" {
				return fmt.Errorf("%w: a global header sets names, which no tool of Julia writes", ErrArchive)
			}
			continue
		}
		if err := visit(h, streamErrors{r}); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, limited); err != nil {
		return fmt.Errorf("%w: %w", ErrArchive, err)
	}
	if limited.N <= 0 {
		return fmt.Errorf("%w: more than %d bytes", ErrArchive, int64(maxUnpacked))
	}
	return nil
}

// streamErrors marks errors of reading as those of the archive.
type streamErrors struct{ r io.Reader }

func (s streamErrors) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", ErrArchive, err)
	}
	return n, err
}

// split returns the parts of a member's name, none for the root.
func split(name string) ([]string, error) {
	if strings.HasPrefix(name, "/") || strings.ContainsAny(name, "\x00\\") {
		return nil, fmt.Errorf("%w: member %q", ErrArchive, name)
	}
	var parts []string
	for part := range strings.SplitSeq(name, "/") {
		switch part {
		case "", ".":
			continue
		case "..":
			return nil, fmt.Errorf("%w: member %q leads out of it", ErrArchive, name)
		}
		parts = append(parts, part)
	}
	if len(parts) > maxDepth {
		return nil, fmt.Errorf("%w: member %.80q… is too deep", ErrArchive, name)
	}
	return parts, nil
}
