package tarball

import (
	"errors"
	"fmt"
	"io"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// Caps in bytes: what clients accept.
const (
	MaxSize     = 16 << 20 // of a tarball; hex.pm takes no larger one, private repositories may
	MaxVersion  = 32       // of the member VERSION
	MaxChecksum = 128      // of the member CHECKSUM
	MaxMetadata = 1 << 20  // of the member metadata.config
	maxOthers   = 64       // members beside the four
)

// Errors that callers tell apart with [errors.Is].
var (
	// ErrMalformed means that the bytes are no Hex package tarball.
	ErrMalformed = errors.New("not a valid package tarball")

	// ErrChecksum means that the tarball is well formed, but an inner checksum is wrong.
	ErrChecksum = errors.New("inner checksum mismatch")
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrMalformed, fmt.Errorf(format, args...))
}

// span is where a member's bytes lie.
type span struct{ offset, size int64 }

// Members in the order in which they are found in a tarball.
const (
	versionMember = iota
	checksumMember
	metadataMember
	contentsMember
	memberCount
)

var members = [memberCount]struct {
	name string
	max  int64 // bytes; 0: limited by the tarball's size only
}{
	versionMember:  {"VERSION", MaxVersion},
	checksumMember: {"CHECKSUM", MaxChecksum},
	metadataMember: {"metadata.config", MaxMetadata},
	contentsMember: {"contents.tar.gz", 0},
}

// Tarball is a package tarball whose structure was found in order. Its checksums
// are not proven.
type Tarball struct {
	r     io.ReaderAt
	spans [memberCount]span
}

// Open finds the members of the tarball of size bytes in r. Errors match
// [ErrMalformed], or are r's.
func Open(r io.ReaderAt, size int64) (*Tarball, error) {
	w := newWindow(r, size)
	defer w.release()
	t := &Tarball{r: r}
	return t, t.find(w)
}

// find walks the tar's headers.
func (t *Tarball) find(w *window) error {
	found, others := 0, 0
	for offset := int64(0); ; {
		header, err := w.bytes(offset, blockSize)
		if err != nil {
			return err
		}
		if isZero(header) {
			break
		}
		h, err := parseHeader(header)
		if err != nil {
			return malformed("header at byte %d: %w", offset, err)
		}
		i := memberNamed(h.name)
		switch {
		case i < 0 && others == maxOthers:
			return malformed("more than %d members that no package has, %.100q the last", maxOthers, h.name)
		case i < 0:
			others++ // clients pass over it, and no checksum but the outer one covers it
		case t.spans[i].offset != 0:
			return malformed("member %s appears twice", members[i].name)
		case members[i].max > 0 && h.size > members[i].max:
			return malformed("member %s has %d bytes, more than %d", members[i].name, h.size, members[i].max)
		}
		if h.size > w.size-offset-blockSize {
			return malformed("member %.100q of %d bytes goes beyond the end of the file", h.name, h.size)
		}
		if i >= 0 {
			t.spans[i] = span{offset + blockSize, h.size}
			found++
		}
		offset += blockSize + (h.size+blockSize-1)/blockSize*blockSize
		if offset >= w.size { // some writers leave the end marker out
			break
		}
	}
	if found == memberCount {
		return nil
	}
	for i, s := range t.spans {
		if s.offset == 0 {
			return malformed("member %s is missing", members[i].name)
		}
	}
	return nil
}

func memberNamed(name []byte) int {
	for i := range members {
		if string(name) == members[i].name {
			return i
		}
	}
	return -1
}

// Metadata returns the bytes of metadata.config: Erlang terms in UTF-8, in old
// tarballs sometimes Latin-1.
func (t *Tarball) Metadata() ([]byte, error) { return t.read(metadataMember) }

// Contents returns contents.tar.gz as it stands.
func (t *Tarball) Contents() *io.SectionReader {
	s := t.spans[contentsMember]
	return io.NewSectionReader(t.r, s.offset, s.size)
}

// Stated returns the inner checksum that the tarball states in its member CHECKSUM.
func (t *Tarball) Stated() (registry.Checksum, error) {
	text, err := t.read(checksumMember)
	if err != nil {
		return registry.Checksum{}, err
	}
	return parseStated(text)
}

func parseStated(text []byte) (registry.Checksum, error) {
	c, err := registry.ParseChecksum(string(text))
	if err != nil {
		return c, malformed("member CHECKSUM: %w", err)
	}
	return c, nil
}

func (t *Tarball) read(member int) ([]byte, error) {
	s := t.spans[member]
	b := make([]byte, s.size)
	if n, err := t.r.ReadAt(b, s.offset); n < len(b) {
		return nil, fmt.Errorf("member %s: %w", members[member].name, err)
	}
	return b, nil
}
