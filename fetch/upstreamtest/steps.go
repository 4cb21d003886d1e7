package upstreamtest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Step answers one request, usually badly.
type Step func(x *Exchange)

// OK answers well. It stands in scripts between other steps.
func OK() Step { return func(x *Exchange) { x.Answer(x.Good) } }

// Status answers with a status and a short body of text.
func Status(status int) Step {
	return func(x *Exchange) { http.Error(x.Writer, http.StatusText(status), status) }
}

// RetryAfter answers with a status and a Retry-After header, which is sent as it
// stands: seconds, a date, or nonsense.
func RetryAfter(status int, value string) Step {
	return func(x *Exchange) {
		x.Writer.Header().Set("Retry-After", value)
		Status(status)(x)
	}
}

// Redirect answers with a Location, which is sent as it stands.
func Redirect(status int, location string) Step {
	return func(x *Exchange) {
		x.Writer.Header().Set("Location", location)
		x.Writer.WriteHeader(status)
	}
}

// HTML answers 200 with a page, as login portals and proxies do.
func HTML() Step {
	return func(x *Exchange) {
		x.Writer.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(x.Writer, "<!DOCTYPE html>\n<html><title>Please log in</title></html>\n")
	}
}

// Body answers well, but with other bytes: those of last week, say. They have
// their own entity tag.
func Body(body []byte) Step {
	return func(x *Exchange) {
		x.Answer(Answer{Status: http.StatusOK, Header: http.Header{"Etag": {ETagOf(body)}}, Body: body})
	}
}

// Corrupt answers well but for one flipped bit in the middle, under the right
// entity tag.
func Corrupt() Step {
	return func(x *Exchange) {
		a := x.Good
		a.Body = slices.Clone(a.Body)
		if len(a.Body) > 0 {
			a.Body[len(a.Body)/2] ^= 0x10
		}
		x.Answer(a)
	}
}

// WithETag answers well, under another entity tag; an empty one leaves it out,
// and one that begins with W/ is weak.
func WithETag(etag string) Step {
	return func(x *Exchange) {
		a := x.Good
		a.Header = a.Header.Clone()
		a.Header.Del("ETag")
		if etag != "" {
			a.Header.Set("ETag", etag)
		}
		x.Answer(a)
	}
}

// IgnoreRange answers well, but always with the whole body.
func IgnoreRange() Step {
	return func(x *Exchange) {
		x.Request.Header.Del("Range")
		x.Answer(x.Good)
	}
}

// Truncate answers as step would, well if there is none, but closes the
// connection after n bytes of the body.
func Truncate(n int, step ...Step) Step {
	return func(x *Exchange) {
		limited := &limitedWriter{ResponseWriter: x.Writer, left: n}
		y := &Exchange{Writer: limited, Request: x.Request, Good: x.Good}
		append(step, OK())[0](y)
		limited.end()
	}
}

// Reset resets the connection instead of answering.
func Reset() Step { return func(x *Exchange) { abort(x.Writer) } }

// ResetAfter answers well for n bytes of the body and then resets the connection.
func ResetAfter(n int) Step {
	return func(x *Exchange) {
		defer func() {
			if recover() != nil {
				abort(x.Writer)
			}
		}()
		Truncate(n)(x)
	}
}

// AnnounceLength answers well but for the Content-Length. With a larger one the
// connection is closed at the body's end; with a smaller one the body is cut.
func AnnounceLength(n int) Step {
	return func(x *Exchange) {
		x.Writer.Header().Set("ETag", x.Good.Header.Get("ETag"))
		x.Writer.Header().Set("Content-Length", strconv.Itoa(n))
		_, _ = x.Writer.Write(x.Good.Body[:min(n, len(x.Good.Body))])
		if n > len(x.Good.Body) {
			flush(x.Writer)
			panic(http.ErrAbortHandler)
		}
	}
}

// WrongRange answers 206 with the given Content-Range and the body from first on,
// under the right entity tag, whatever was asked for.
func WrongRange(contentRange string, first int) Step {
	return func(x *Exchange) {
		h := x.Writer.Header()
		h.Set("ETag", x.Good.Header.Get("ETag"))
		h.Set("Content-Range", contentRange)
		body := x.Good.Body[min(first, len(x.Good.Body)):]
		h.Set("Content-Length", strconv.Itoa(len(body)))
		x.Writer.WriteHeader(http.StatusPartialContent)
		_, _ = x.Writer.Write(body)
	}
}

// Endless answers 200 with the good body again and again, without a length,
// until the client has had enough.
func Endless() Step {
	return func(x *Exchange) {
		piece := bytes.Repeat(append(slices.Clone(x.Good.Body), 0), 1+(64<<10)/(len(x.Good.Body)+1))
		for {
			if _, err := x.Writer.Write(piece); err != nil {
				return
			}
		}
	}
}

// Drip answers well, but one byte at a time with a pause after each, which is
// time of the bubble for a server in memory.
func Drip(pause time.Duration) Step {
	return func(x *Exchange) {
		x.Writer = &drippingWriter{ResponseWriter: x.Writer, pause: pause, gone: x.Request.Context().Done()}
		x.Answer(x.Good)
	}
}

// Hang reads the request and answers nothing until the client goes away.
func Hang() Step { return func(x *Exchange) { <-x.Request.Context().Done() } }

// HugeHeader answers well, with n more bytes of headers.
func HugeHeader(n int) Step {
	return func(x *Exchange) {
		for i, left := 0, n; left > 0; i, left = i+1, left-1000 {
			x.Writer.Header().Set(fmt.Sprintf("X-Filler-%d", i), strings.Repeat("x", min(left, 1000)))
		}
		x.Answer(x.Good)
	}
}

// drippingWriter hides ReadFrom, so that every byte comes through Write.
type drippingWriter struct {
	http.ResponseWriter
	pause time.Duration
	gone  <-chan struct{}
}

func (w *drippingWriter) Write(p []byte) (int, error) {
	for i := range p {
		if _, err := w.ResponseWriter.Write(p[i : i+1]); err != nil {
			return i, err
		}
		flush(w.ResponseWriter)
		select {
		case <-time.After(w.pause):
		case <-w.gone:
			return i, http.ErrAbortHandler
		}
	}
	return len(p), nil
}

// limitedWriter ends the connection after some bytes of the body.
type limitedWriter struct {
	http.ResponseWriter
	left int
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p[:min(len(p), w.left)])
	w.left -= n
	if err == nil && n < len(p) {
		w.end()
	}
	return n, err
}

func (w *limitedWriter) end() {
	flush(w.ResponseWriter)
	panic(http.ErrAbortHandler)
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }
