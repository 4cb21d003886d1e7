package read

import (
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"

	"github.com/offmirror/offmirror/layout/bundle"
)

// maxAgeHeader is the size in bytes above which nothing is taken for the head of an
// age file, which says to whom it is encrypted.
const maxAgeHeader = 1 << 20

// handle is an open volume.
type handle struct {
	io.ReaderAt // of what is inside of the age file, if it is one
	file        *os.File
	path        string
}

// open opens a volume, which has the size that the manifest says.
func (b *Bundle) open(v Volume) (*handle, error) {
	if v.Path == "" {
		return nil, v.Err
	}
	want := b.Manifest.Volumes[v.Number-1].Size
	f, err := v.place.open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.Path, err)
	}
	h := &handle{ReaderAt: f, file: f, path: v.Path}
	info, err := f.Stat()
	if err == nil {
		size := info.Size()
		if v.Encrypted {
			h.ReaderAt, size, err = b.decrypt(f, size)
		}
		if err == nil && size != want {
			err = fmt.Errorf("is %w: it has %d bytes instead of %d", ErrDamaged, size, want)
		}
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", v.Path, err)
	}
	return h, nil
}

// decrypt opens an age file, and proves its length by its last part.
func (b *Bundle) decrypt(f *os.File, size int64) (io.ReaderAt, int64, error) {
	if len(b.identities) == 0 {
		return nil, 0, ErrIdentity
	}
	if _, err := age.ExtractHeader(io.NewSectionReader(f, 0, min(size, maxAgeHeader))); err != nil {
		return nil, 0, fmt.Errorf("is %w: %w", ErrDamaged, err)
	}
	r, inside, err := age.DecryptReaderAt(f, size, b.identities...)
	if _, foreign := errors.AsType[*age.NoIdentityMatchError](err); foreign {
		return nil, 0, ErrIdentity
	}
	if err != nil {
		return nil, 0, fmt.Errorf("is %w: %w", ErrDamaged, err)
	}
	return r, inside, nil
}

func (h *handle) Close() { h.file.Close() }

// section returns a reader of a part of the volume.
func (h *handle) section(offset, size int64) io.Reader {
	return &complete{r: io.NewSectionReader(h, offset, size), left: size, path: h.path}
}

// complete tells the end from a file that has become shorter, and names the file.
type complete struct {
	r    io.Reader
	left int64
	path string
}

func (c *complete) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.left -= int64(n)
	switch {
	case errors.Is(err, io.EOF) && c.left > 0:
		err = io.ErrUnexpectedEOF
	case errors.Is(err, io.EOF):
		return n, io.EOF
	}
	if err != nil {
		err = fmt.Errorf("%s: cannot be read: %w", c.path, err)
	}
	return n, err
}

// volume returns what is known of volume n, and its entry in the manifest.
func (b *Bundle) volume(n int) (Volume, bundle.Volume, error) {
	if n < 1 || n > len(b.Volumes) {
		return Volume{}, bundle.Volume{}, fmt.Errorf("volume %d of %d", n, len(b.Volumes))
	}
	v := b.Volumes[n-1]
	return v, b.Manifest.Volumes[n-1], v.Err
}
