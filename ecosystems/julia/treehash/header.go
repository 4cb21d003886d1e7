package treehash

import "bytes"

// header is what matters of a tar header, extended ones applied.
type header struct {
	path string
	link string
	size int64
	mode int64
	kind byte // the type flag, '0' for a regular file
}

// The fields of a header block.
type field struct{ offset, size int }

var (
	nameField    = field{0, 100}
	modeField    = field{100, 8}
	sizeField    = field{124, 12}
	sumField     = field{148, 8}
	typeField    = field{156, 1}
	linkField    = field{157, 100}
	versionField = field{263, 2}
	prefixField  = field{345, 155}
)

func (f field) of(block []byte) []byte { return block[f.offset : f.offset+f.size] }

// text is the field up to its first NUL.
func (f field) text(block []byte) []byte {
	b, _, _ := bytes.Cut(f.of(block), []byte{0})
	return b
}

// octal reads a number as Tar.jl does: blanks, digits, then a blank, a NUL or the end.
func (f field) octal(block []byte) (int64, bool) {
	b := bytes.TrimLeft(f.of(block), " ")
	n, digits := int64(0), 0
	for _, c := range b {
		if c == 0 || c == ' ' {
			break
		}
		if c < '0' || c > '7' || n >= 1<<60 {
			return 0, false
		}
		n = n<<3 | int64(c-'0')
		digits++
	}
	return n, digits > 0
}

// number reads an octal number, or a binary one if the first bit is set.
func (f field) number(block []byte) (int64, bool) {
	b := f.of(block)
	if b[0]&0x80 == 0 {
		return f.octal(block)
	}
	if b[0] != 0x80 {
		return 0, false
	}
	n := int64(0)
	for _, c := range b[1:] {
		if n >= 1<<55 {
			return 0, false
		}
		n = n<<8 | int64(c)
	}
	return n, true
}

// parseHeader reads one header block that is not all zero.
func parseHeader(block []byte) (header, error) {
	if v := versionField.text(block); len(bytes.Trim(v, "0 ")) > 0 {
		return header{}, malformed("not a tar header (version %q)", v)
	}
	stated, ok := sumField.octal(block)
	if !ok {
		return header{}, malformed("not a tar header (no checksum)")
	}
	actual := int64(' ') * int64(sumField.size)
	for i, c := range block {
		if i < sumField.offset || i >= sumField.offset+sumField.size {
			actual += int64(c)
		}
	}
	if stated != actual {
		return header{}, malformed("a header's checksum is wrong")
	}
	h := header{
		path: string(nameField.text(block)),
		link: string(linkField.text(block)),
		kind: block[typeField.offset],
	}
	if prefix := prefixField.text(block); len(prefix) > 0 {
		h.path = string(prefix) + "/" + h.path
	}
	if h.kind == 0 {
		h.kind = '0'
	}
	if h.size, ok = sizeField.number(block); !ok {
		return header{}, malformed("%.200q: the size in its header is not a number", h.path)
	}
	if h.mode, ok = modeField.octal(block); !ok || h.mode > 0xffff {
		return header{}, malformed("%.200q: the mode in its header is not a number below 65536", h.path)
	}
	return h, nil
}

var zeroBlock [blockSize]byte

func isZero(block []byte) bool { return bytes.Equal(block, zeroBlock[:]) }
