package express

import (
	"net/http"
	"strconv"
	"time"
)

// Source knows answers. Its methods are called by many goroutines.
type Source interface {
	// Find fills in the answer to a request, or reports that it has none, and then nothing may have
	// changed by the question: somebody else will be asked the same.
	Find(q *Request, a *Answer) bool

	// Sent is called once for each answer that Find found, with how many bytes of its body were sent, and
	// how long that took from when the request was there. If the connection broke, they are not all.
	Sent(q *Request, a *Answer, bytes int64, took time.Duration)
}

// Answer is what is sent, but for the header Date. It is used again for the next request.
type Answer struct {
	// Status is that of HTTP: one with a body of the length that Header tells, or 304.
	Status int

	// Header has the lines of all headers, each with its end.
	Header []byte

	// Body is not changed and not kept. It is left out of the answer to HEAD.
	Body []byte

	// Label is for the source.
	Label string

	buffer *buffer // that Body is in; nil: it is somewhere else
}

// Room returns a place for a body of n bytes, which becomes Body.
func (a *Answer) Room(n int) []byte {
	a.release()
	a.buffer = takeBuffer(n)
	a.Body = a.buffer.body(n)
	return a.Body
}

func (a *Answer) reset() {
	a.release()
	*a = Answer{Header: a.Header[:0]}
}

func (a *Answer) release() {
	if a.buffer != nil {
		a.buffer.put()
		a.buffer, a.Body = nil, nil
	}
}

// pack returns all of the answer in one piece, which is valid until release, and how much of it is the head. There is
// none if the head is too long.
func (a *Answer) pack(q *Request, date []byte, last bool) (piece []byte, head int) {
	body := a.Body
	if q.Head || a.Status == http.StatusNotModified {
		body = nil
	}
	if a.buffer == nil || len(body) == 0 {
		a.release()
		a.buffer = takeBuffer(len(body))
		copy(a.buffer.body(len(body)), body)
	}
	var room [headRoom]byte
	h := statusLine(room[:0], a.Status)
	h = append(h, a.Header...)
	h = append(h, date...)
	if last {
		h = append(h, "Connection: close\r\n"...)
	}
	h = append(h, "\r\n"...)
	if len(h) > headRoom {
		return nil, 0
	}
	return a.buffer.before(h, len(body)), len(h)
}

func statusLine(b []byte, status int) []byte {
	if status == http.StatusOK {
		return append(b, "HTTP/1.1 200 OK\r\n"...)
	}
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, ' ')
	b = append(b, http.StatusText(status)...)
	return append(b, "\r\n"...)
}

// dateLine is the header Date of a second.
type dateLine struct {
	second int64
	line   []byte
}

func (d *dateLine) at(now time.Time) []byte {
	if s := now.Unix(); s != d.second || d.line == nil {
		d.second = s
		d.line = append(d.line[:0], "Date: "...)
		d.line = now.UTC().AppendFormat(d.line, http.TimeFormat)
		d.line = append(d.line, "\r\n"...)
	}
	return d.line
}
