package justmrtest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	_ "embed" // the sample
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/ulikunitz/xz"
)

// File is a file in an archive or a repository.
type File struct {
	Name string // with slashes
	Text string
}

// Content returns the content id of data: the id of the git blob, 40 hexadecimal digits.
func Content(data []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(data))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}

// SHA256 returns a checksum in hexadecimal digits.
func SHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// SHA512 returns a checksum in hexadecimal digits.
func SHA512(data []byte) string {
	sum := sha512.Sum512(data)
	return hex.EncodeToString(sum[:])
}

// epoch is when all files of archives were changed.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// TarGz packs files. The same files give the same bytes.
func TarGz(files ...File) []byte {
	return packed(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, files)
}

// TarXz packs files. The same files give the same bytes.
func TarXz(files ...File) []byte {
	return packed(func(w io.Writer) io.WriteCloser {
		c, err := xz.NewWriter(w)
		check(err)
		return c
	}, files)
}

//go:embed testdata/sample.tar.bz2
var sample []byte

// TarBz2 is an archive with the one file sample-1.0/README, which says "sample\n". There is nothing in
// the standard library that makes others.
func TarBz2() []byte { return bytes.Clone(sample) }

// Zip packs files. The same files give the same bytes.
func Zip(files ...File) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: epoch})
		check(err)
		_, err = io.WriteString(w, f.Text)
		check(err)
	}
	check(z.Close())
	return b.Bytes()
}

func packed(compress func(io.Writer) io.WriteCloser, files []File) []byte {
	var b bytes.Buffer
	c := compress(&b)
	t := tar.NewWriter(c)
	for _, f := range files {
		check(t.WriteHeader(&tar.Header{Name: f.Name, Mode: 0o644, Size: int64(len(f.Text)), ModTime: epoch}))
		_, err := io.WriteString(t, f.Text)
		check(err)
	}
	check(t.Close())
	check(c.Close())
	return b.Bytes()
}

// check panics where writing to memory fails.
func check(err error) {
	if err != nil {
		panic("justmrtest: " + err.Error())
	}
}
