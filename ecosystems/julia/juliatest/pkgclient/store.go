package pkgclient

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// files reads a file of a registry; ok is false if there is none.
type files func(name string) (content []byte, ok bool, err error)

// maxMemory bounds what packed registries may take.
const maxMemory = 1 << 30

// packedFiles reads all of a packed registry and finds files by the names that stand in the
// archive, as Pkg does.
func (p Profile) packedFiles(body io.Reader) (files, error) {
	stream, err := p.unpacked(body)
	if err != nil {
		return nil, err
	}
	content := map[string][]byte{}
	var total int64
	err = members(stream, func(h *tar.Header, r io.Reader) error {
		if h.Typeflag != tar.TypeReg {
			return nil
		}
		if total += h.Size; total > maxMemory {
			return fmt.Errorf("%w: more than %d bytes in files", ErrArchive, maxMemory)
		}
		data, err := io.ReadAll(r)
		content[h.Name] = data
		return err
	})
	if err != nil {
		return nil, err
	}
	return func(name string) ([]byte, bool, error) {
		data, ok := content[name]
		return data, ok, nil
	}, nil
}

// folderFiles reads from an unpacked registry.
func (c *Client) folderFiles(folder string) files {
	return func(name string) ([]byte, bool, error) {
		content, err := c.root.ReadFile(folder + "/" + name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, false, nil
		}
		return content, err == nil, err
	}
}

// headOf reads Registry.toml of a tarball.
func (c *Client) headOf(d *download) (head, error) {
	if err := d.rewind(); err != nil {
		return head{}, err
	}
	files, err := c.Profile.packedFiles(d)
	if err != nil {
		return head{}, err
	}
	return c.Profile.readHead(files)
}

// open reads all installed registries, by UUID.
func (c *Client) open() ([]*registry, error) {
	have, err := c.installed()
	if err != nil {
		return nil, err
	}
	list := make([]*registry, len(have))
	for i, r := range have {
		if list[i], err = c.openRegistry(r); err != nil {
			return nil, fmt.Errorf("registry %s in %s: %w", r.Name, r.File, err)
		}
	}
	return list, nil
}

func (c *Client) openRegistry(r Registry) (*registry, error) {
	info, err := c.root.Stat(r.File)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRegistry, err)
	}
	read := c.folderFiles(r.File)
	if !info.IsDir() {
		var f *os.File
		if f, err = c.root.Open(r.File); err != nil {
			return nil, err
		}
		defer f.Close()
		if read, err = c.Profile.packedFiles(f); err != nil {
			return nil, err
		}
	}
	h, err := c.Profile.readHead(read)
	if err != nil {
		return nil, err
	}
	return &registry{head: h, profile: c.Profile, read: read, parsed: map[uuid.UUID]*pkg{}}, nil
}
