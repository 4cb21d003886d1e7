package tarball

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"

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
	plain, err := packFiles(files)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if _, err := z.Write(plain); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// StoreContents is PackContents without compression: a hundred times faster, for
// packages of generated, incompressible data.
func StoreContents(files ...File) ([]byte, error) {
	plain, err := packFiles(files)
	if err != nil {
		return nil, err
	}
	const block = 0xffff // bytes that one stored block of deflate holds
	out := make([]byte, 0, len(plain)+5*(len(plain)/block+1)+18)
	out = append(out, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)
	for rest, last := plain, false; !last; {
		n := min(len(rest), block)
		last = n == len(rest)
		final := byte(0)
		if last {
			final = 1
		}
		out = append(out, final)
		out = binary.LittleEndian.AppendUint16(out, uint16(n))
		out = binary.LittleEndian.AppendUint16(out, ^uint16(n))
		out, rest = append(out, rest[:n]...), rest[n:]
	}
	out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(plain))
	return binary.LittleEndian.AppendUint32(out, uint32(len(plain))), nil
}

func packFiles(files []File) ([]byte, error) {
	var out bytes.Buffer
	size := 2 * blockSize
	for _, f := range files {
		size += 2*blockSize + len(f.Data)
	}
	out.Grow(size)
	for _, f := range files {
		if len(f.Name) > 100 || f.Name == "" || strings.Contains(f.Name, "\x00") {
			return nil, fmt.Errorf("pack %.110q: a name has 1 to 100 bytes, none of them zero", f.Name)
		}
		writeMember(&out, f.Name, f.Data)
	}
	out.Write(zeroBlock[:])
	out.Write(zeroBlock[:])
	return out.Bytes(), nil
}
