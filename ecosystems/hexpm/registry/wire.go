package registry

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is one field of a message as it stands on the wire.
type field struct {
	num   protowire.Number
	typ   protowire.Type
	raw   []byte // tag and value
	value []byte // contents of a length-delimited field
	bits  uint64 // value of a varint or fixed field
}

// message reads the fields of one message in order. Singular fields that
// appear twice are refused: protobuf readers disagree about merging them.
type message struct {
	name string // for errors: "Release"
	rest []byte
	seen uint64 // bit n: singular field n was read
	err  error
}

// next returns the next field, or false at the end or at a fault, which err then holds.
func (m *message) next() (field, bool) {
	if m.err != nil || len(m.rest) == 0 {
		return field{}, false
	}
	num, typ, n := protowire.ConsumeTag(m.rest)
	if n < 0 {
		m.fail(protowire.ParseError(n))
		return field{}, false
	}
	f := field{num: num, typ: typ}
	body := m.rest[n:]
	var size int
	switch typ {
	case protowire.VarintType:
		f.bits, size = protowire.ConsumeVarint(body)
	case protowire.BytesType:
		f.value, size = protowire.ConsumeBytes(body)
	case protowire.Fixed32Type:
		var v uint32
		v, size = protowire.ConsumeFixed32(body)
		f.bits = uint64(v)
	default:
		size = protowire.ConsumeFieldValue(num, typ, body)
	}
	if size < 0 {
		m.fail(fmt.Errorf("field %d: %w", num, protowire.ParseError(size)))
		return field{}, false
	}
	f.raw = m.rest[: n+size : n+size]
	m.rest = m.rest[n+size:]
	return f, true
}

func (m *message) fail(err error) {
	if m.err == nil {
		m.err = malformed("%s: %w", m.name, err)
	}
}

// once notes that a singular field was read and refuses a second one.
func (m *message) once(f field) {
	bit := uint64(1) << (uint(f.num) & 63)
	if m.seen&bit != 0 {
		m.fail(fmt.Errorf("field %d appears twice", f.num))
	}
	m.seen |= bit
}

// require fails unless every one of the singular fields was read.
func (m *message) require(fields ...int) {
	for _, n := range fields {
		if m.seen&(1<<uint(n)) == 0 {
			m.fail(fmt.Errorf("required field %d is missing", n))
		}
	}
}

func (m *message) expect(f field, typ protowire.Type) bool {
	if f.typ != typ {
		m.fail(fmt.Errorf("field %d has wire type %d, want %d", f.num, f.typ, typ))
	}
	return m.err == nil
}

// text reads a singular string.
func (m *message) text(f field, to *string) {
	m.once(f)
	if s, ok := m.item(f); ok {
		*to = s
	}
}

// item reads one element of a repeated string.
func (m *message) item(f field) (string, bool) {
	switch {
	case !m.expect(f, protowire.BytesType):
	case len(f.value) > MaxString:
		m.fail(fmt.Errorf("field %d is longer than %d bytes", f.num, MaxString))
	case !utf8.Valid(f.value):
		m.fail(fmt.Errorf("field %d is not UTF-8", f.num))
	default:
		return string(f.value), true
	}
	return "", false
}

// part reads a singular string that becomes part of paths.
func (m *message) part(f field, to *string, check func(string) error) {
	m.text(f, to)
	if m.err == nil {
		if err := check(*to); err != nil {
			m.fail(err)
		}
	}
}

func (m *message) checksum(f field, to *Checksum) {
	m.once(f)
	if !m.expect(f, protowire.BytesType) {
		return
	}
	if len(f.value) != len(to) {
		m.fail(fmt.Errorf("field %d: checksum of %d bytes, want %d", f.num, len(f.value), len(to)))
		return
	}
	copy(to[:], f.value)
}

// number reads a singular varint (int32, int64, bool or enum).
func (m *message) number(f field) uint64 {
	m.once(f)
	m.expect(f, protowire.VarintType)
	return f.bits
}

// numbers appends a repeated integer, packed or not, of at most MaxNumbers elements.
func (m *message) numbers(f field, to []uint32) []uint32 {
	add := func(v uint64) {
		if v > math.MaxUint32 {
			v = math.MaxUint32 // negative or absurd: kept out of range
		}
		if len(to) == MaxNumbers {
			m.fail(fmt.Errorf("field %d has more than %d elements", f.num, MaxNumbers))
			return
		}
		to = append(to, uint32(v))
	}
	if f.typ == protowire.VarintType {
		add(f.bits)
		return to
	}
	if !m.expect(f, protowire.BytesType) {
		return to
	}
	for b := f.value; len(b) > 0 && m.err == nil; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			m.fail(fmt.Errorf("field %d: %w", f.num, protowire.ParseError(n)))
			break
		}
		add(v)
		b = b[n:]
	}
	return to
}

// nested checks that f is a message and returns its bytes, without spare capacity.
func (m *message) nested(f field) ([]byte, bool) {
	if !m.expect(f, protowire.BytesType) {
		return nil, false
	}
	return slices.Clip(f.value), true
}

// within fails when a repeated field already has limit elements.
func (m *message) within(f field, have, limit int) bool {
	if have >= limit {
		m.fail(fmt.Errorf("field %d has more than %d elements", f.num, limit))
	}
	return m.err == nil
}

// unknown appends a field that this package does not know.
func (m *message) unknown(f field, to *[]byte) { *to = append(*to, f.raw...) }

// adopt takes over the fault of a nested message.
func (m *message) adopt(err error) {
	if err != nil && m.err == nil {
		if errors.Is(err, ErrMalformed) {
			m.err = err
		} else {
			m.fail(err)
		}
	}
}
