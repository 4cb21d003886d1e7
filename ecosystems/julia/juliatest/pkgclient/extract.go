package pkgclient

import (
	"archive/tar"
	"fmt"
	"io"
	"os"
	"strings"
)

// extract unpacks a tar stream into a folder that is empty. Later members replace earlier
// ones; no member leads through a link.
func extract(dir *os.Root, stream io.Reader) error {
	links := map[string]bool{}
	return members(stream, func(h *tar.Header, content io.Reader) error {
		parts, err := split(h.Name)
		if err != nil || len(parts) == 0 && h.Typeflag == tar.TypeDir {
			return err
		}
		if len(parts) == 0 {
			return fmt.Errorf("%w: member %q is the root and no directory", ErrArchive, h.Name)
		}
		for i := 1; i < len(parts); i++ {
			if links[strings.Join(parts[:i], "/")] {
				return fmt.Errorf("%w: member %q leads through a link", ErrArchive, h.Name)
			}
		}
		name := strings.Join(parts, "/")
		if len(parts) > 1 {
			if err := makeFolder(dir, strings.Join(parts[:len(parts)-1], "/")); err != nil {
				return err
			}
		}
		if h.Typeflag == tar.TypeDir {
			delete(links, name)
			return makeFolder(dir, name)
		}
		if err := dir.RemoveAll(name); err != nil {
			return err
		}
		links[name] = h.Typeflag == tar.TypeSymlink
		return extractMember(dir, name, h, content)
	})
}

// makeFolder makes a folder and those above it, in the place of files if need be.
func makeFolder(dir *os.Root, name string) error {
	for i := range len(name) + 1 {
		if i < len(name) && name[i] != '/' {
			continue
		}
		info, err := dir.Lstat(name[:i])
		if err == nil && info.IsDir() {
			continue
		}
		if err == nil {
			if err := dir.Remove(name[:i]); err != nil {
				return err
			}
		}
		if err := dir.Mkdir(name[:i], 0o755); err != nil {
			return err
		}
	}
	return nil
}

func extractMember(dir *os.Root, name string, h *tar.Header, content io.Reader) error {
	switch h.Typeflag {
	case tar.TypeSymlink:
		if h.Linkname == "" {
			return fmt.Errorf("%w: link %q has no target", ErrArchive, h.Name)
		}
		return dir.Symlink(h.Linkname, name)
	case tar.TypeLink:
		target, err := split(h.Linkname)
		if err != nil {
			return err
		}
		file := strings.Join(target, "/")
		info, err := dir.Lstat(file)
		if err != nil || !info.Mode().IsRegular() {
			return fmt.Errorf("%w: hard link %q to %q, which is no file before it", ErrArchive, h.Name, h.Linkname)
		}
		f, err := dir.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		return writeFile(dir, name, h.Mode, f)
	case tar.TypeReg:
		return writeFile(dir, name, h.Mode, content)
	}
	return fmt.Errorf("%w: member %q is neither file, folder nor link", ErrArchive, h.Name)
}

func writeFile(dir *os.Root, name string, mode int64, content io.Reader) error {
	permissions := os.FileMode(0o644)
	if mode&0o100 != 0 {
		permissions = 0o755
	}
	f, err := dir.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, permissions)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
