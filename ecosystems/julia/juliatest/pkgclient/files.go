package pkgclient

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"path"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// temporary returns the name of something that does not exist yet, on the file system of the depot.
func (c *Client) temporary() (string, error) {
	if err := c.root.MkdirAll("temp", 0o755); err != nil {
		return "", err
	}
	return "temp/" + rand.Text(), nil
}

// unpack extracts a tarball into a new folder, which the caller moves or removes.
func (c *Client) unpack(body io.Reader) (folder string, err error) {
	if folder, err = c.temporary(); err != nil {
		return "", err
	}
	stream, err := c.Profile.unpacked(body)
	if err != nil {
		return "", err
	}
	if err := c.root.Mkdir(folder, 0o755); err != nil {
		return "", err
	}
	dir, err := c.root.OpenRoot(folder)
	if err == nil {
		err = extract(dir, stream)
		_ = dir.Close()
	}
	if err != nil {
		_ = c.root.RemoveAll(folder)
		return "", err
	}
	return folder, nil
}

// hashOf returns the hash of a folder of the depot by the rule for packages and artifacts.
func (c *Client) hashOf(folder string) (treehash.Hash, error) {
	dir, err := c.root.OpenRoot(folder)
	if err != nil {
		return treehash.Hash{}, err
	}
	defer dir.Close()
	return hashFolder(dir)
}

// move puts something into its place, from which old and what is there go first.
func (c *Client) move(from, to string, old ...string) error {
	for _, name := range append(old, to) {
		if err := c.root.RemoveAll(name); err != nil {
			return err
		}
	}
	if err := c.root.MkdirAll(path.Dir(to), 0o755); err != nil {
		return err
	}
	return c.root.Rename(from, to)
}

// exists tells whether something of the depot is there.
func (c *Client) exists(name string) bool {
	_, err := c.root.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}
