package stream

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/offmirror/offmirror/fetch"
)

// A client has a minute for each piece of an answer, however long it waits for the next.
const patience = time.Minute

// ErrWhole means that a request wants what only a whole object can give: a range, or an answer
// to a condition. The object is there now; answer from it.
var ErrWhole = errors.New("the object has arrived; answer from it")

// Answer answers a GET or HEAD with what is being fetched, as it arrives, with the given
// headers and a Content-Length if the size is known; HEAD where it is not known waits for the end.
// Nothing has been written when it returns an error, which is the fetch's, the context's, or
// [ErrWhole], so that the caller can say in its own words what is wrong.
//
// It panics with [http.ErrAbortHandler] when it turns out, after the answer has begun, that the
// bytes are wrong or end early: that cuts the connection, and no client takes what it has got
// for whole. The fetch goes on when the client goes away.
func (s *Stream) Answer(w http.ResponseWriter, r *http.Request, header http.Header) error {
	ctx := r.Context()
	if _, done := s.Done(); done || conditional(r) {
		if _, err := s.Wait(ctx); err != nil {
			return err
		}
		return ErrWhole
	}
	if r.Method == http.MethodHead {
		size, err := s.Head(ctx)
		if err == nil && size == fetch.UnknownSize {
			var o fetch.Object
			o, err = s.Wait(ctx)
			size = o.Size
		}
		if err == nil {
			s.begin(w, header, size)
		}
		return err
	}
	body := s.Reader(ctx)
	defer func() { _ = body.Close() }()
	buf := make([]byte, chunk)
	n, err := body.Read(buf)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	// It may have begun anew since, with another size. From the first byte on that cuts it off.
	if size, err := s.Head(ctx); err != nil {
		return err
	} else {
		s.begin(w, header, size)
	}
	c := http.NewResponseController(w)
	for ; err == nil; n, err = body.Read(buf) {
		_ = c.SetWriteDeadline(time.Now().Add(patience)) // what cannot, need not
		if _, err := w.Write(buf[:n]); err != nil {
			return nil // the client has gone
		}
		_ = c.Flush()
		_ = c.SetWriteDeadline(time.Time{}) // the next piece may be long in coming
	}
	if !errors.Is(err, io.EOF) {
		panic(http.ErrAbortHandler)
	}
	return nil
}

// begin sends the head of an answer.
func (s *Stream) begin(w http.ResponseWriter, header http.Header, size int64) {
	h := w.Header()
	maps.Copy(h, header)
	if size >= 0 {
		h.Set("Content-Length", strconv.FormatInt(size, 10))
	}
	w.WriteHeader(http.StatusOK)
}

// conditional reports whether a request can only be answered from the whole object.
func conditional(r *http.Request) bool {
	for _, name := range []string{"Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}
