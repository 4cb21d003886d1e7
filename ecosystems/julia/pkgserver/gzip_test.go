package pkgserver

import (
	"bytes"
	"strings"
	"testing"
)

// told notes what a follower is told, begins as "|".
type told struct{ text strings.Builder }

func (f *told) Begin(int64)      { f.text.WriteString("|") }
func (f *told) Arrived(p []byte) { f.text.Write(p) }

func TestOnlyGzipIsPassedOn(t *testing.T) {
	gz, zst := "\x1f\x8b\x08some gzip", "\x28\xb5\x2f\xfdsome zstd"
	for _, piece := range []int{1, 5, 6, 7, 100} {
		to := &told{}
		g := GzipOnly(to)
		for _, body := range []string{gz, zst, "", "\x1f", gz} {
			g.Begin(int64(len(body)))
			for b := []byte(body); len(b) > 0; b = b[min(piece, len(b)):] {
				g.Arrived(bytes.Clone(b[:min(piece, len(b))]))
			}
		}
		if got, want := to.text.String(), "|"+gz+"|"+gz; got != want {
			t.Errorf("pieces of %d: %q, want %q", piece, got, want)
		}
	}
}
