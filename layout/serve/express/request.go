package express

import (
	"bytes"
	"net/netip"
)

// maxHead bounds what is read of a request, in bytes. Those of package managers have 100 to 500.
const maxHead = 4 << 10

// Request is what a plain request says. It is valid until [Source].Sent returns.
type Request struct {
	// Client is the address that the connection comes from.
	Client netip.Addr

	// Head is set for HEAD; otherwise the method is GET.
	Head bool

	// Path is that of the URL, which needs no decoding, without the slash in front. It is not empty, has no
	// empty element and none that is "." or "..", and does not end with a slash.
	Path string

	// The values of headers without spaces around them; nil if there is no such header. There is a Host.
	Host, UserAgent, IfNoneMatch, IfModifiedSince, AcceptEncoding []byte
}

// parse reads a request, which is to be all of b. If it returns false, what it
// left in r means nothing.
func (r *Request) parse(b []byte) bool {
	r.Head = false
	r.Host, r.UserAgent, r.IfNoneMatch, r.IfModifiedSince, r.AcceptEncoding = nil, nil, nil, nil, nil
	switch {
	case bytes.HasPrefix(b, []byte("GET /")):
		b = b[len("GET /"):]
	case bytes.HasPrefix(b, []byte("HEAD /")):
		r.Head = true
		b = b[len("HEAD /"):]
	default:
		return false
	}
	n := plainPath(b)
	if n == 0 {
		return false
	}
	path := b[:n]
	b, ok := bytes.CutPrefix(b[n:], []byte(" HTTP/1.1\r\n"))
	if !ok || !r.headers(b) {
		return false
	}
	r.Path = string(path)
	return true
}

// headers reads all headers and the empty line, which is to be the end of b.
func (r *Request) headers(b []byte) bool {
	var seen uint
	for {
		end := bytes.IndexByte(b, '\n')
		if end < 1 || b[end-1] != '\r' {
			return false
		}
		line := b[:end-1]
		b = b[end+1:]
		if len(line) == 0 {
			return len(b) == 0 && seen&(1<<host) != 0
		}
		name, value, hasColon := bytes.Cut(line, colon)
		which := headerOf(name)
		value, ok := plainValue(value)
		if !hasColon || !ok || which == unknown || seen&(1<<which) != 0 || !r.take(which, value) {
			return false
		}
		seen |= 1 << which
	}
}

// take notes what a header says, and reports whether that is plain.
func (r *Request) take(which header, value []byte) bool {
	switch which {
	case host:
		r.Host = value
		return plainHost(value)
	case connection:
		return foldEqual(value, "keep-alive")
	case te:
		return len(value) == 0 // as Erlang sends it
	case userAgent:
		r.UserAgent = value
	case acceptEncoding:
		r.AcceptEncoding = value
	case ifNoneMatch:
		r.IfNoneMatch = value
	case ifModifiedSince:
		r.IfModifiedSince = value
	}
	return true
}

// plainValue returns the value of a header without the spaces around it, if it is of visible
// characters and spaces. It is not nil.
func plainValue(b []byte) ([]byte, bool) {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return nil, false
		}
	}
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return b, true
}

// plainPath returns how long a path is, which a space ends; 0 if it is none.
func plainPath(b []byte) int {
	element := 0 // where it begins
	for i, c := range b {
		if inPath[c] {
			continue
		}
		if c != '/' && c != ' ' {
			return 0
		}
		switch string(b[element:i]) {
		case "", ".", "..":
			return 0
		}
		if c == ' ' {
			return i
		}
		element = i + 1
	}
	return 0
}

// plainHost reports whether a host is a name or an address, perhaps with a port.
func plainHost(b []byte) bool {
	for _, c := range b {
		if !inHost[c] {
			return false
		}
	}
	return len(b) > 0
}

var (
	colon  = []byte(":")
	inPath = set("-._~+=@,:")
	inHost = set("-._:[]")
)

// set returns the set of letters, digits and more.
func set(more string) (s [256]bool) {
	for c := range s {
		s[c] = '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	}
	for i := range len(more) {
		s[more[i]] = true
	}
	return s
}
