package serve

import (
	"io"
	"net/http"
	"strconv"
	"strings"
)

// NotFound answers 404 with a few plain words, which some clients show.
func NotFound(w http.ResponseWriter, _ *http.Request) {
	Refuse(w, http.StatusNotFound, "not found")
}

// Refuse answers with a few plain words and a newline, which some clients show. What was
// set before, such as Retry-After, stays.
func Refuse(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h["Content-Type"] = []string{"text/plain; charset=utf-8"}
	h["X-Content-Type-Options"] = nosniff
	h["Cache-Control"] = []string{"no-cache"}
	h["Content-Length"] = []string{strconv.Itoa(len(text) + 1)}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") //nolint:gosec // as plain text that nobody sniffs
}

// maxReason bounds what a client is told, in bytes.
const maxReason = 1000

// Reason is an error for clients: on one line, without control characters and not endless.
func Reason(err error) string {
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, err.Error())
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + " …"
	}
	return text
}
