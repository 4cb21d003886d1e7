package serve

import (
	"bytes"
	"encoding/hex"
	"net/http"
	"strconv"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve/express"
)

// FindPlain implements [Plain] for a snapshot of a [Site]. What it does is what ServeHTTP does by [serveSmall].
func (s *static) FindPlain(path string, q *express.Request, a *express.Answer) bool {
	view, ok := s.view.(*published)
	if !ok {
		return false
	}
	e, ok := layout.Follow(view, path)
	var encodings []string
	if s.zstd != nil && q.AcceptEncoding != nil {
		encodings = []string{string(q.AcceptEncoding)}
	}
	e, ok, varies := s.variant(path, e, ok, encodings)
	if !ok || e.IsLink() || e.Size > shelfLargest {
		return false
	}
	f, ok := view.proven.plain(e, a)
	if !ok {
		return false
	}
	class := s.class(path, e)
	if class == Revalidate {
		f.modified = s.text(view.since)[0]
	}
	return f.answer(q, a, class, s.contentType(e), varies)
}

// plainFile is what the headers of an answer say of an object.
type plainFile struct {
	id       store.ID
	modified string
}

// answer fills in all but the body.
func (f *plainFile) answer(q *express.Request, a *express.Answer, class Class, contentType string, varies bool) bool {
	var etag [2 + 2*len(f.id)]byte
	etag[0], etag[len(etag)-1] = '"', '"'
	hex.Encode(etag[1:], f.id[:])

	a.Status = http.StatusOK
	switch {
	case q.IfNoneMatch != nil:
		if bytes.Equal(q.IfNoneMatch, etag[:]) {
			a.Status = http.StatusNotModified
		} else if !plainETag([]string{string(q.IfNoneMatch)}) {
			return false
		}
	case q.IfModifiedSince != nil:
		if string(q.IfModifiedSince) != f.modified {
			return false
		}
		a.Status = http.StatusNotModified
	}
	whole := a.Status == http.StatusOK

	h := a.Header // in the order in which net/http writes them
	if whole {
		h = append(h, "Accept-Ranges: bytes\r\n"...)
	}
	h = field(h, "Cache-Control: ", cacheControl[class][0])
	if whole {
		h = append(h, "Content-Length: "...)
		h = strconv.AppendInt(h, int64(len(a.Body)), 10)
		h = append(h, "\r\n"...)
		h = field(h, "Content-Type: ", contentType)
	}
	h = append(h, "Etag: "...)
	h = append(h, etag[:]...)
	h = append(h, "\r\n"...)
	if whole {
		h = field(h, "Last-Modified: ", f.modified)
	}
	if varies {
		h = field(h, "Vary: ", varyByEncoding[0])
	}
	a.Header = field(h, "X-Content-Type-Options: ", nosniff[0])
	return true
}

func field(h []byte, name, value string) []byte {
	h = append(h, name...)
	h = append(h, value...)
	return append(h, "\r\n"...)
}
