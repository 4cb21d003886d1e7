package registry

import (
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// decodeTime reads a Timestamp message. Seconds and nanoseconds out of any
// sensible range give a valid, if odd, time.
func decodeTime(b []byte) (time.Time, error) {
	m := message{name: "Timestamp", rest: b}
	var seconds int64
	var nanos int32
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.num {
		case 1:
			seconds = int64(m.number(f))
		case 2:
			nanos = int32(m.number(f))
		}
	}
	m.require(1, 2)
	if m.err != nil {
		return time.Time{}, m.err
	}
	return time.Unix(seconds, int64(nanos)).UTC(), nil
}

// appendTime writes a Timestamp field; nothing for the zero time.
func appendTime(b []byte, num protowire.Number, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	stamp := appendNumber(nil, 1, uint64(t.Unix()))
	stamp = appendNumber(stamp, 2, uint64(t.Nanosecond()))
	return appendBytes(b, num, stamp)
}

// time reads a singular Timestamp field.
func (m *message) time(f field, to *time.Time) {
	m.once(f)
	if b, ok := m.nested(f); ok {
		t, err := decodeTime(b)
		m.adopt(err)
		*to = t
	}
}
