package treehash

import (
	"bytes"
	"errors"
	"io"
	"strconv"
)

// extension holds the three values that extended headers can override.
type extension struct {
	path, link, size          string
	hasPath, hasLink, hasSize bool
}

func (e *extension) set(key string, value []byte) {
	switch key {
	case "path":
		e.path, e.hasPath = string(value), true
	case "linkpath":
		e.link, e.hasLink = string(value), true
	case "size":
		e.size, e.hasSize = string(value), true
	}
}

// members reads one member header after the other.
type members struct {
	*source
	globals extension
	scratch []byte
}

// header reads up to the next member's header and applies extended headers to it.
// At the end of the archive the error is io.EOF.
func (m *members) header() (header, error) {
	ext := m.globals
	first := true
	for {
		block, err := m.block()
		if err != nil {
			if errors.Is(err, io.EOF) && !first {
				err = malformed("ends behind an extended header")
			}
			return header{}, err
		}
		if isZero(block) {
			if !first {
				return header{}, malformed("ends behind an extended header")
			}
			if err := m.drain(); err != nil {
				return header{}, err
			}
			return header{}, io.EOF
		}
		h, err := parseHeader(block)
		if err != nil {
			return header{}, err
		}
		switch {
		case h.kind == 'g', h.kind == 'x':
			err = m.pax(&h, &ext)
		case h.path == longLink && (h.kind == 'L' || h.kind == 'K'):
			err = m.long(&h, &ext)
		default:
			return h, ext.apply(&h)
		}
		if err != nil {
			return header{}, err
		}
		first = false
	}
}

// longLink is the name that GNU tar gives to members that hold a long name.
const longLink = "././@LongLink"

func (e *extension) apply(h *header) error {
	if e.hasPath {
		h.path = e.path
	}
	if e.hasLink {
		h.link = e.link
	}
	if e.hasSize {
		n, err := strconv.ParseUint(e.size, 10, 63)
		if err != nil {
			return malformed("%.200q: %.40q as size in an extended header", h.path, e.size)
		}
		h.size = int64(n)
	}
	return nil
}

// data reads the body of an extended header into memory.
func (m *members) data(h *header) ([]byte, error) {
	if h.size > m.limits.Header {
		return nil, beyond("an extended header of %d bytes", h.size)
	}
	m.scratch = m.scratch[:0]
	err := m.each(h.size, func(b []byte) { m.scratch = append(m.scratch, b...) })
	return m.scratch, err
}

// long reads a GNU long name or link target.
func (m *members) long(h *header, ext *extension) error {
	data, err := m.data(h)
	if err != nil {
		return err
	}
	if len(data) == 0 || data[len(data)-1] != 0 {
		return malformed("a GNU long name without a NUL behind it")
	}
	ext.set(map[byte]string{'L': "path", 'K': "linkpath"}[h.kind], data[:len(data)-1])
	return nil
}

// pax reads the records of a pax header, "LENGTH KEY=VALUE\n" each.
func (m *members) pax(h *header, ext *extension) error {
	data, err := m.data(h)
	if err != nil {
		return err
	}
	for len(data) > 0 {
		digits, _, found := bytes.Cut(data[:min(len(data), 21)], []byte(" "))
		n, err := strconv.ParseUint(string(digits), 10, 31)
		if !found || err != nil || int(n) <= len(digits)+1 || int(n) > len(data) || data[n-1] != '\n' {
			return malformed("a pax header has a malformed record")
		}
		key, value, found := bytes.Cut(data[len(digits)+1:n-1], []byte("="))
		if !found {
			return malformed("a pax header has a malformed record")
		}
		ext.set(string(key), value)
		if h.kind == 'g' {
			m.globals.set(string(key), value)
		}
		data = data[n:]
	}
	return nil
}
