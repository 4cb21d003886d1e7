package xz

import (
	"io"
)

// The largest chunk, decompressed and packed.
const (
	maxChunk  = 2 << 20
	maxPacked = 64 << 10
)

// lzma2 decodes the chunks of one block.
type lzma2 struct {
	in      *input
	decoder *lzma
	history *history
	packed  []byte

	needDictionary, needProperties, needState bool
}

func (l *lzma2) begin(size int) {
	l.history.size = size
	l.needDictionary, l.needProperties, l.needState = true, true, true
}

// chunk decodes the next chunk and returns its bytes, or io.EOF behind the last.
func (l *lzma2) chunk() ([]byte, error) {
	control, err := l.in.byte()
	if err != nil {
		return nil, err
	}
	if control == 0 {
		return nil, io.EOF
	}
	if control >= 0xe0 || control == 1 {
		l.history.reset()
		l.needDictionary = false
		if control == 1 {
			l.needProperties = true
		}
	} else if l.needDictionary {
		return nil, malformed("a block does not begin with an empty dictionary")
	}
	l.history.slide()
	from := len(l.history.buf)
	if control >= 0x80 {
		err = l.compressed(control)
	} else if control <= 2 {
		err = l.copied()
	} else {
		err = malformed("unknown chunk %#x", control)
	}
	if err != nil {
		return nil, err
	}
	return l.history.buf[from:], nil
}

// copied takes a chunk that is not compressed.
func (l *lzma2) copied() error {
	n, err := l.in.uint16()
	if err != nil {
		return err
	}
	b, err := l.in.read(l.packed[:n+1])
	l.history.buf = append(l.history.buf, b...)
	return err
}

func (l *lzma2) compressed(control byte) error {
	low, err := l.in.uint16()
	if err != nil {
		return err
	}
	size := int(control&0x1f)<<16 + low + 1
	packed, err := l.in.uint16()
	if err != nil {
		return err
	}
	if control >= 0xc0 {
		b, err := l.in.byte()
		if err != nil {
			return err
		}
		if !l.decoder.setProperties(b) {
			return malformed("impossible parameters of a chunk")
		}
		l.needProperties = false
	} else if l.needProperties {
		return malformed("a chunk lacks its parameters")
	}
	if control >= 0xa0 {
		l.decoder.reset()
		l.needState = false
	} else if l.needState {
		return malformed("a chunk lacks its beginning")
	}
	in, err := l.in.read(l.packed[:packed+1])
	if err != nil {
		return err
	}
	var r rangeDecoder
	if !r.init(in) || !l.decoder.decode(&r, l.history, size) || !r.finished() {
		return malformed("a damaged chunk")
	}
	return nil
}
