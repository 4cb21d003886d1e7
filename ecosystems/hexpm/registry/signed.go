package registry

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Signed is the envelope of a registry file, before anything is proven.
type Signed struct {
	Payload   []byte
	Signature []byte // empty when the file is not signed
}

// Open unpacks a registry file and proves nothing. The payload is at most
// maxPayload bytes. Errors match [ErrMalformed].
func Open(file []byte, maxPayload int) (Signed, error) {
	// The envelope adds a signature and a few bytes of tags to the payload.
	envelope, err := gunzip(file, maxPayload+4096)
	if err != nil {
		return Signed{}, err
	}
	var s Signed
	m := message{name: "Signed", rest: envelope}
	for f, ok := m.next(); ok; f, ok = m.next() {
		switch f.num {
		case 1:
			m.once(f)
			s.Payload, _ = m.nested(f)
		case 2:
			m.once(f)
			s.Signature, _ = m.nested(f)
		}
	}
	m.require(1)
	if m.err != nil {
		return Signed{}, m.err
	}
	if len(s.Payload) > maxPayload {
		return Signed{}, malformed("payload exceeds %d bytes", maxPayload)
	}
	return s, nil
}

var gzipReaders sync.Pool

// gunzip decompresses exactly one gzip stream of at most limit bytes.
func gunzip(file []byte, limit int) ([]byte, error) {
	src := bytes.NewReader(file)
	z, _ := gzipReaders.Get().(*gzip.Reader)
	if z == nil {
		z = new(gzip.Reader)
	}
	defer gzipReaders.Put(z)
	if err := z.Reset(src); err != nil {
		return nil, malformed("%w%s", noEOF(err), looksLike(file))
	}
	z.Multistream(false)
	var out bytes.Buffer
	out.Grow(min(4*len(file), limit) + bytes.MinRead)
	n, err := out.ReadFrom(io.LimitReader(z, int64(limit)+1))
	switch {
	case err != nil:
		return nil, malformed("%w", noEOF(err))
	case n > int64(limit):
		return nil, malformed("decompresses to more than %d bytes", limit)
	case src.Len() > 0:
		return nil, malformed("%d bytes after the gzip stream", src.Len())
	}
	return out.Bytes(), nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("gzip stream ends early")
	}
	return err
}

// looksLike adds the beginning of a text answer, usually a proxy's error page.
func looksLike(file []byte) string {
	head := bytes.TrimSpace(file[:min(len(file), 60)])
	for _, c := range head {
		if c < ' ' || c > '~' {
			return ""
		}
	}
	if len(head) == 0 {
		return ""
	}
	return fmt.Sprintf(" (it begins with %q)", head)
}

var gzipWriters = sync.Pool{New: func() any {
	z, _ := gzip.NewWriterLevel(io.Discard, gzip.BestCompression)
	return z
}}

// pack writes the file form of an envelope. Equal envelopes give equal files:
// the gzip header holds neither a time nor a name.
func (s Signed) pack() []byte {
	envelope := appendBytes(nil, 1, s.Payload)
	if len(s.Signature) > 0 {
		envelope = appendBytes(envelope, 2, s.Signature)
	}
	var out bytes.Buffer
	z := gzipWriters.Get().(*gzip.Writer)
	defer gzipWriters.Put(z)
	z.Reset(&out)
	_, _ = z.Write(envelope) // a bytes.Buffer takes everything
	_ = z.Close()
	return out.Bytes()
}
