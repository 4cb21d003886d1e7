package serve

import (
	"net/http"
	"strings"
)

// serveSmall answers with a file that is in memory, if it is asked for in one of the
// ways in which nearly everybody asks: all of it, or whether it is still the
// same. It returns false if the request wants to be read with more care.
func serveSmall(w http.ResponseWriter, r *http.Request, f *smallFile, class Class, contentType, modified []string) bool {
	var validator, since []string
	for name, value := range r.Header {
		switch name {
		case "If-None-Match":
			validator = value
		case "If-Modified-Since":
			since = value
		case "Range", "If-Range", "If-Match", "If-Unmodified-Since":
			return false
		}
	}
	same := false
	switch {
	case validator != nil:
		if same = len(validator) == 1 && validator[0] == f.etag[0]; !same && !plainETag(validator) {
			return false
		}
	case since != nil:
		if same = len(since) == 1 && modified != nil && since[0] == modified[0]; !same {
			return false // perhaps it is the same time, written otherwise
		}
	}
	h := w.Header()
	h["Etag"] = f.etag
	h["Cache-Control"] = cacheControl[class]
	h["X-Content-Type-Options"] = nosniff
	if same {
		w.WriteHeader(http.StatusNotModified)
		return true
	}
	h["Content-Type"] = contentType
	h["Content-Length"] = f.length
	h["Accept-Ranges"] = acceptRanges
	if modified != nil {
		h["Last-Modified"] = modified
	}
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return true
	}
	writeAll(w, r, f.data)
	return true
}

// plainETag reports whether a condition is one strong validator and nothing else.
func plainETag(values []string) bool {
	v := values[0]
	return len(values) == 1 && len(v) > 2 && v[0] == '"' && v[len(v)-1] == '"' && strings.IndexByte(v[1:len(v)-1], '"') < 0
}

var (
	acceptRanges = []string{"bytes"}
	cacheControl = [...][]string{
		Revalidate: {Revalidate.cacheControl()},
		Immutable:  {Immutable.cacheControl()},
	}
)
