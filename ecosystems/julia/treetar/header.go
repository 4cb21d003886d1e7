package treetar

import (
	"strconv"
	"strings"
)

const blockSize = 512

// binarySize is where eleven, then twelve octal digits end: from here on a header needs a
// binary number and a pax record.
const (
	binarySize = 1 << 36
)

// head is a member before it becomes blocks.
type head struct {
	path string
	link string
	size int64
	exec bool
	kind byte // the type flag
}

// blocks appends the header of a member, with a pax header before it if needed.
func (h *head) blocks(out []byte) []byte {
	var records []byte // in the order of their keys
	prefix, name, link := "", h.path, h.link
	if len(link) > 100 {
		records = appendRecord(records, "linkpath", link)
		link = ""
	}
	if len(name) > 100 {
		if i := strings.LastIndexByte(name[:100], '/'); i >= 0 && len(name) < 256 {
			prefix, name = name[:i], name[i+1:]
		}
		if len(name) > 100 || len(prefix) > 155 {
			records = appendRecord(records, "path", h.path)
			prefix, name = "", ""
		}
	}
	if h.size >= binarySize {
		records = appendRecord(records, "size", strconv.FormatInt(h.size, 10))
	}
	if len(records) > 0 {
		out = appendBlock(out, "", "", "000000", int64(len(records)), 'x', "")
		out = append(out, records...)
		out = append(out, zeros[:-len(records)&(blockSize-1)]...)
	}
	mode := "000644"
	if h.exec {
		mode = "000755"
	}
	return appendBlock(out, prefix, name, mode, h.size, h.kind, link)
}

var zeros [blockSize]byte

// appendBlock appends one header block, byte for byte as Tar.jl lays it out.
func appendBlock(out []byte, prefix, name, mode string, size int64, kind byte, link string) []byte {
	var b [blockSize]byte
	copy(b[0:100], name)
	copy(b[100:], mode+" \x00"+"000000 \x00"+"000000 \x00")
	if size >= binarySize {
		b[124] = 0x80
		for i := range 8 {
			b[135-i] = byte(size >> (8 * i))
		}
	} else {
		copy(b[124:136], octal(size, 11)+" ")
	}
	copy(b[136:], "00000000000 "+"        ")
	b[156] = kind
	copy(b[157:257], link)
	copy(b[257:], "ustar\x0000")
	copy(b[329:], "000000 \x00"+"000000 \x00")
	copy(b[345:500], prefix)
	sum := int64(0)
	for _, c := range b {
		sum += int64(c)
	}
	copy(b[148:156], octal(sum, 6)+"\x00 ")
	return append(out, b[:]...)
}

func octal(n int64, digits int) string {
	s := strconv.FormatInt(n, 8)
	return strings.Repeat("0", max(digits-len(s), 0)) + s
}

// appendRecord appends a pax record, whose first number counts itself too.
func appendRecord(out []byte, key, value string) []byte {
	rest := len(key) + len(value) + 3
	n := rest
	for n < rest+digits(n) {
		n = rest + digits(n)
	}
	out = strconv.AppendInt(out, int64(n), 10)
	return append(out, " "+key+"="+value+"\n"...)
}

func digits(n int) int { return len(strconv.Itoa(n)) }
