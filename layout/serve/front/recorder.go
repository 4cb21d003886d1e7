package front

import (
	"io"
	"net/http"
	"strings"
	"sync"
)

// recorder notes what was answered. It hides nothing of the writer that it stands before: files
// still go from the disk to the network by themselves (ReadFrom), and
// [http.ResponseController] finds what it looks for (Unwrap).
type recorder struct {
	http.ResponseWriter
	status  int
	bytes   int64
	user    string // who was let in
	private bool   // only those who are let in may have it, so no cache that others share
}

var recorders = sync.Pool{New: func() any { return new(recorder) }}

func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.begin(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) begin(status int) {
	w.status = status
	if !w.private {
		return
	}
	h := w.Header()
	if c := h.Get("Cache-Control"); strings.Contains(c, "public") {
		h.Set("Cache-Control", strings.ReplaceAll(c, "public", "private"))
	} else if c != "no-store" {
		h.Set("Cache-Control", strings.TrimPrefix(c+", private", ", "))
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.implicit()
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

func (w *recorder) WriteString(s string) (int, error) {
	w.implicit()
	n, err := io.WriteString(w.ResponseWriter, s)
	w.bytes += int64(n)
	return n, err
}

// ReadFrom implements io.ReaderFrom.
func (w *recorder) ReadFrom(r io.Reader) (n int64, err error) {
	w.implicit()
	if to, ok := w.ResponseWriter.(io.ReaderFrom); ok {
		n, err = to.ReadFrom(r)
	} else {
		n, err = io.Copy(onlyWriter{w.ResponseWriter}, r)
	}
	w.bytes += n
	return n, err
}

type onlyWriter struct{ io.Writer }

// implicit is the status of who writes without one.
func (w *recorder) implicit() {
	if w.status == 0 {
		w.begin(http.StatusOK)
	}
}
