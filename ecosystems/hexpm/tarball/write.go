package tarball

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"strings"
	"time"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// Built is a tarball made by [Build], with what a registry says about it.
type Built struct {
	Bytes         []byte
	InnerChecksum registry.Checksum
	OuterChecksum registry.Checksum
}

// Build makes the tarball of a package from its metadata.config and its
// contents.tar.gz. The same input gives the same bytes.
func Build(metadata, contents []byte) Built {
	version := []byte("3")
	inner := sha256.New()
	for _, b := range [][]byte{version, metadata, contents} {
		inner.Write(b)
	}
	var built Built
	inner.Sum(built.InnerChecksum[:0])
	var out bytes.Buffer
	out.Grow(len(metadata) + len(contents) + 8*blockSize)
	writeMember(&out, members[versionMember].name, version)
	writeMember(&out, members[checksumMember].name, []byte(strings.ToUpper(built.InnerChecksum.String())))
	writeMember(&out, members[metadataMember].name, metadata)
	writeMember(&out, members[contentsMember].name, contents)
	out.Write(zeroBlock[:])
	out.Write(zeroBlock[:])
	built.Bytes = out.Bytes()
	built.OuterChecksum = sha256.Sum256(built.Bytes)
	return built
}

// writeMember appends a regular file in POSIX form, without a time and owned by root.
func writeMember(out *bytes.Buffer, name string, data []byte) {
	var b [blockSize]byte
	copy(b[:100], name)
	copy(b[100:], "0000644\x00")
	copy(b[108:], "0000000\x00")
	copy(b[116:], "0000000\x00")
	copy(b[124:], fmt.Sprintf("%011o\x00", len(data)))
	copy(b[136:], "00000000000\x00")
	copy(b[148:], "        ")
	b[156] = '0'
	copy(b[257:], "ustar\x0000")
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
	out.Write(b[:])
	out.Write(data)
	if rest := len(data) % blockSize; rest > 0 {
		out.Write(zeroBlock[rest:])
	}
}

// File is a source file of a package.
type File struct {
	Name string // relative, slash-separated
	Data []byte
}

// PackContents makes the contents.tar.gz of a package. The same files give the
// same bytes.
func PackContents(files ...File) ([]byte, error) {
	return pack(gzip.DefaultCompression, files)
}

// StoreContents is PackContents without compression: many times faster, for
// packages of generated, incompressible data.
func StoreContents(files ...File) ([]byte, error) {
	return pack(gzip.NoCompression, files)
}

func pack(level int, files []File) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(z)
	for _, f := range files {
		h := &tar.Header{Name: f.Name, Mode: 0o644, Size: int64(len(f.Data)), ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
		if err := w.WriteHeader(h); err != nil {
			return nil, fmt.Errorf("pack %s: %w", f.Name, err)
		}
		if _, err := w.Write(f.Data); err != nil {
			return nil, fmt.Errorf("pack %s: %w", f.Name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
