package gitrepo

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"slices"
)

// Kinds of objects by their numbers in packs.
const (
	kindCommit = 1
	kindTree   = 2
	kindBlob   = 3
)

var kindNames = map[byte]string{kindCommit: "commit", kindTree: "tree", kindBlob: "blob"}

// packWriter writes a pack: version 2, every object whole. See gitformat-pack(5).
type packWriter struct {
	out     io.Writer
	level   int // of compression
	newHash func() hash.Hash
	sum     hash.Hash
	at      int64
	count   int
	entries []packEntry
}

// packEntry is a line of the index of a pack.
type packEntry struct {
	id     []byte
	crc    uint32
	offset int64
}

// newPackWriter begins a pack of a number of objects.
func newPackWriter(out io.Writer, count, level int, isSHA256 bool) (*packWriter, error) {
	p := &packWriter{out: out, level: level, newHash: sha1.New, count: count}
	if isSHA256 {
		p.newHash = sha256.New
	}
	p.sum = p.newHash()
	head := append([]byte("PACK\x00\x00\x00\x02"), binary.BigEndian.AppendUint32(nil, uint32(count))...)
	_, err := p.Write(head)
	return p, err
}

// Write implements io.Writer for what add writes.
func (p *packWriter) Write(b []byte) (int, error) {
	n, err := p.out.Write(b)
	p.sum.Write(b[:n])
	p.at += int64(n)
	return n, err
}

// add writes one object of which the size is known, and returns its id.
func (p *packWriter) add(kind byte, size int64, content io.Reader) (string, error) {
	e := packEntry{offset: p.at}
	crc := crc32.NewIEEE()
	both := io.MultiWriter(p, crc)
	if _, err := both.Write(objectHead(kind, size)); err != nil {
		return "", err
	}
	z, err := zlib.NewWriterLevel(both, p.level)
	if err != nil {
		return "", err
	}
	id := p.newHash()
	fmt.Fprintf(id, "%s %d\x00", kindNames[kind], size)
	n, err := io.Copy(io.MultiWriter(z, id), io.LimitReader(content, size+1))
	if err == nil && n != size {
		err = fmt.Errorf("%d bytes or more instead of %d: it changed meanwhile", n, size)
	}
	if err := errors.Join(err, z.Close()); err != nil {
		return "", err
	}
	e.id, e.crc = id.Sum(nil), crc.Sum32()
	p.entries = append(p.entries, e)
	return hex.EncodeToString(e.id), nil
}

// objectHead is kind and size of an object, seven bits a byte after the first four.
func objectHead(kind byte, size int64) []byte {
	head := []byte{kind<<4 | byte(size&15)}
	for size >>= 4; size > 0; size >>= 7 {
		head[len(head)-1] |= 0x80
		head = append(head, byte(size&0x7f))
	}
	return head
}

// finish ends the pack and returns its checksum, by which packs are called, and its index.
func (p *packWriter) finish() (sum string, index []byte, err error) {
	if len(p.entries) != p.count {
		return "", nil, fmt.Errorf("%d objects instead of %d", len(p.entries), p.count)
	}
	end := p.sum.Sum(nil)
	if _, err := p.out.Write(end); err != nil {
		return "", nil, err
	}
	return hex.EncodeToString(end), p.index(end), nil
}

// index is version 2: fan-out, ids, checksums, offsets, large offsets.
func (p *packWriter) index(pack []byte) []byte {
	slices.SortFunc(p.entries, func(a, b packEntry) int { return cmp.Or(bytes.Compare(a.id, b.id), cmp.Compare(a.offset, b.offset)) })
	var fan [256]uint32
	for _, e := range p.entries {
		for i := int(e.id[0]); i < len(fan); i++ {
			fan[i]++
		}
	}
	out := []byte("\xfftOc\x00\x00\x00\x02")
	for _, n := range fan {
		out = binary.BigEndian.AppendUint32(out, n)
	}
	for _, e := range p.entries {
		out = append(out, e.id...)
	}
	for _, e := range p.entries {
		out = binary.BigEndian.AppendUint32(out, e.crc)
	}
	var large []byte
	for _, e := range p.entries {
		if e.offset < 1<<31 {
			out = binary.BigEndian.AppendUint32(out, uint32(e.offset))
			continue
		}
		out = binary.BigEndian.AppendUint32(out, 1<<31|uint32(len(large)/8))
		large = binary.BigEndian.AppendUint64(large, uint64(e.offset))
	}
	out = append(append(out, large...), pack...)
	sum := p.newHash()
	sum.Write(out)
	return sum.Sum(out)
}
