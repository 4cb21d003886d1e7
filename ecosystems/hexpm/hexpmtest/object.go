package hexpmtest

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"io"
	"os"
	"time"
)

// object is what storage holds at a path.
type object struct {
	data     []byte
	generate func() []byte // makes data, if that is nil
	file     string        // holds data, if that is nil; empty otherwise
	etag     string        // quoted
	modified time.Time
	cache    string
}

// newObject has the ETag that storage gives to an object put in one part.
func newObject(data []byte, modified time.Time, cache string) *object {
	return &object{data: data, etag: fmt.Sprintf(`"%x"`, md5.Sum(data)), modified: modified, cache: cache}
}

// multipart changes the ETag to that of an object put in several parts.
func (o *object) multipart() { o.etag = fmt.Sprintf(`"%x-1"`, md5.Sum([]byte(o.etag))) }

// open returns the bytes. The caller calls close.
func (o *object) open() (body io.ReadSeeker, close func(), err error) {
	switch {
	case o.file != "":
		f, err := os.Open(o.file)
		if err != nil {
			return nil, nil, err
		}
		return f, func() { _ = f.Close() }, nil
	case o.data == nil && o.generate != nil:
		return bytes.NewReader(o.generate()), func() {}, nil
	}
	return bytes.NewReader(o.data), func() {}, nil
}

// bytes returns all of it.
func (o *object) bytes() ([]byte, error) {
	body, done, err := o.open()
	if err != nil {
		return nil, err
	}
	defer done()
	return io.ReadAll(body)
}
