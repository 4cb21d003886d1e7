package licence

import (
	"bytes"
	"encoding/binary"
	"io"
)

// The parts of a zip that have names in them, after PKWARE's APPNOTE.
const (
	endSize     = 22 // of the end record, without its comment
	endMagic    = "PK\x05\x06"
	recordSize  = 46 // of a record of the directory, without its texts
	recordMagic = "PK\x01\x02"
)

// zipNames reads the names of a zip's directory. archive/zip would keep everything that
// the directory says in memory, however large it is.
func zipNames(r io.ReaderAt, size int64, c *collector) {
	tail := make([]byte, min(size, endSize+0xffff))
	if n, err := r.ReadAt(tail, size-int64(len(tail))); n < len(tail) && err != nil {
		return
	}
	at := bytes.LastIndex(tail, []byte(endMagic))
	if at < 0 || len(tail)-at < endSize {
		return
	}
	length := int64(binary.LittleEndian.Uint32(tail[at+12:])) // all ones in a zip64
	begin := size - int64(len(tail)-at) - length
	if length > MaxDirectory || begin < 0 {
		return
	}
	directory := make([]byte, length)
	if n, err := r.ReadAt(directory, begin); n < len(directory) && err != nil {
		return
	}
	for len(directory) >= recordSize && string(directory[:4]) == recordMagic {
		word := func(at int) int { return int(binary.LittleEndian.Uint16(directory[at:])) }
		name, whole := word(28), recordSize+word(28)+word(30)+word(32)
		if whole > len(directory) {
			return
		}
		c.add(string(directory[recordSize : recordSize+name]))
		directory = directory[whole:]
	}
}
