package create

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"pgregory.net/rapid"
)

type tarMember struct {
	tar.Header
	offset int64 // of the payload
}

// tarMembers lists what archive/tar finds in a volume, which must end as a tar does.
func tarMembers(t tester, file string) []tarMember {
	t.Helper()
	f, err := os.Open(file)
	must(t, err)
	defer f.Close()
	r := tar.NewReader(f)
	var members []tarMember
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		offset, err := f.Seek(0, io.SeekCurrent)
		must(t, err)
		if h.Mode != 0o444 || h.Typeflag != tar.TypeReg || h.ModTime.Unix() != 0 || h.Uname != "" || h.Uid != 0 {
			t.Fatalf("%s: %+v", file, h)
		}
		members = append(members, tarMember{*h, offset})
	}
	info, err := f.Stat()
	must(t, err)
	end := make([]byte, tail)
	_, err = f.ReadAt(end, info.Size()-tail)
	must(t, err)
	if !bytes.Equal(end, make([]byte, tail)) {
		t.Fatalf("%s: ends with %x", file, end)
	}
	return members
}

// The headers are those that archive/tar writes and reads.
func TestHeadersAreThoseOfTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-z0-9/._-]{0,99}[a-z0-9]`).Draw(t, "name")
		size := rapid.Int64Range(0, 1<<62).Draw(t, "size")
		got := make([]byte, block)
		putHeader(got, name, size)
		format := tar.FormatUSTAR
		if size > maxOctal {
			format = tar.FormatGNU
		}
		var want bytes.Buffer
		must(t, tar.NewWriter(&want).WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o444, Typeflag: tar.TypeReg, Format: format}))
		h, err := tar.NewReader(bytes.NewReader(got)).Next()
		must(t, err)
		if h.Name != name || h.Size != size || h.Mode != 0o444 || h.ModTime.Unix() != 0 {
			t.Fatalf("%+v", h)
		}
		// Devices are zeros in digits there, and nothing here; the checksum follows.
		w := want.Bytes()[:block]
		for _, b := range [][]byte{got, w} {
			clear(b[329:345])
			clear(b[148:156])
		}
		if !bytes.Equal(got, w) {
			t.Fatalf("%q\n%q", got, w)
		}
	})
}
