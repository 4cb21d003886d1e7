package treehash_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

func TestMalformed(t *testing.T) {
	x := file("x", "1")
	for name, tarball := range map[string][]byte{
		"empty file":                     nil,
		"a page":                         []byte("<!DOCTYPE html><html>" + strings.Repeat("not here ", 100)),
		"a short text":                   []byte("404 page not found"),
		"gzip of a page":                 gzipped([]byte(strings.Repeat("not here ", 100))),
		"not quite gzip":                 []byte("\x1f\x8bnot gzip at all"),
		"not quite zstd":                 []byte("\x28\xb5\x2f\xfdnot zstd at all"),
		"not quite xz":                   []byte("\xfd7zXZ\x00not xz at all"),
		"not quite bzip2":                []byte("BZh9 not bzip2 at all"),
		"garbage behind gzip":            append(gzipped(archive(x)), "garbage"...),
		"gzip within gzip":               gzipped(gzipped(archive(x))),
		"absolute name":                  archive(file("/etc/passwd", "1")),
		"parent":                         archive(file("../x", "1")),
		"parent inside":                  archive(file("a/../../x", "1")),
		"parent at the end":              archive(folder("a/..")),
		"parent of an absolute name":     archive(file("a/b", "1"), file("/..", "1")),
		"no name":                        archive(record{data: "1"}),
		"pax without a name":             archive(pax('x', "path", ""), x),
		"pax with an absolute name":      archive(pax('x', "path", "/x"), x),
		"pax with NUL":                   archive(pax('x', "path", "a\x00b"), x),
		"pax link with NUL":              archive(pax('x', "linkpath", "a\x00b"), symlink("x", "y")),
		"pax size too large":             archive(pax('x', "size", "99999999999999999999"), x),
		"pax size negative":              archive(pax('x', "size", "-1"), x),
		"pax size of letters":            archive(pax('x', "size", "ten"), x),
		"pax size of a link":             archive(pax('x', "size", "1"), symlink("a", "b")),
		"global pax link on a file":      archive(pax('g', "linkpath", "to"), x),
		"a file ending in a slash":       archive(file("a/", "1")),
		"a file called dot":              archive(file("a/.", "1")),
		"a link called dot":              archive(symlink(".", "a")),
		"character device":               archive(record{name: "a", kind: '3'}),
		"block device":                   archive(record{name: "a", kind: '4'}),
		"pipe":                           archive(record{name: "a", kind: '6'}),
		"contiguous file":                archive(record{name: "a", kind: '7', data: "1"}),
		"GNU sparse file":                archive(record{name: "a", kind: 'S', data: "1"}),
		"unknown type":                   archive(record{name: "a", kind: '\n', data: "1"}),
		"GNU long name of another name":  archive(record{name: "LongLink", kind: 'L', data: "a\x00"}, x),
		"GNU long name without NUL":      archive(record{name: "././@LongLink", kind: 'L', data: "a"}, x),
		"GNU long name without anything": archive(record{name: "././@LongLink", kind: 'L'}, x),
		"through a symbolic link":        archive(symlink("a", "/etc"), file("a/passwd", "1")),
		"through a deep symbolic link":   archive(symlink("d/a", "/etc"), file("d/a/b/c", "1")),
		"a directory through a link":     archive(symlink("a", "/etc"), folder("a/b")),
		"through a link long replaced":   archive(symlink("d/a", "/"), file("d", "1"), file("d/a/b", "1")),
		"hard link to nothing":           archive(hardlink("a", "b")),
		"hard link to what comes later":  archive(hardlink("a", "b"), file("b", "1")),
		"hard link to a directory":       archive(folder("b"), hardlink("a", "b")),
		"hard link to a symbolic link":   archive(symlink("b", "c"), hardlink("a", "b")),
		"hard link to the root":          archive(hardlink("a", ".")),
		"hard link out of the tree":      archive(hardlink("a", "../b")),
		"hard link to an absolute name":  archive(file("b", ""), hardlink("a", "/b")),
		"hard link with a size":          archive(file("b", ""), record{name: "a", kind: '1', link: "b", data: "1"}),
		"hard link to what was replaced": archive(file("d/b", ""), file("d", ""), hardlink("a", "d/b")),
		"link without target":            archive(symlink("a", "")),
		"hard link without target":       archive(hardlink("a", "")),
		"symbolic link with a size":      archive(record{name: "a", kind: '2', link: "b", data: "1"}),
		"directory with a size":          archive(record{name: "a", kind: '5', data: "1"}),
		"directory with a target":        archive(record{name: "a", kind: '5', link: "b"}),
		"file with a target":             archive(record{name: "a", link: "b"}),
		"wrong checksum":                 archive(record{name: "a", badSum: true}),
		"wrong version":                  archive(record{name: "a", magic: "ustar\x00", version: "12"}),
		"size of letters":                archive(record{name: "a", size: "abc"}),
		"no size":                        archive(record{name: "a", size: "\x00"}),
		"blank size":                     archive(record{name: "a", size: "            "}),
		"negative binary size":           archive(record{name: "a", size: strings.Repeat("\xff", 12)}),
		"too large binary size":          archive(record{name: "a", size: "\x80" + strings.Repeat("\xff", 11)}),
		"mode of letters":                archive(record{name: "a", mode: "rwx"}),
		"mode too large":                 archive(record{name: "a", mode: "200000"}),
		"cut off in a header":            x.append(nil)[:300],
		"cut off in a file":              file("x", strings.Repeat("1", 600)).append(nil)[:1024],
		"cut off in padding":             x.append(nil)[:600],
		"ends behind a pax header":       pax('x', "path", "a").append(nil),
		"zero block behind a pax header": archive(pax('x', "path", "a")),
		"pax record too long":            archive(record{name: "p", kind: 'x', data: "99 path=a\n"}, x),
		"pax record too short":           archive(record{name: "p", kind: 'x', data: "5 path=a\n"}, x),
		"pax record without length":      archive(record{name: "p", kind: 'x', data: "path=a\n"}, x),
		"pax record without blank":       archive(record{name: "p", kind: 'x', data: "12345"}, x),
		"pax record of length 0":         archive(record{name: "p", kind: 'x', data: "0 path=a\n"}, x),
		"pax record without equals sign": archive(record{name: "p", kind: 'x', data: "7 path\n"}, x),
		"huge pax length":                archive(record{name: "p", kind: 'x', data: strings.Repeat("9", 40) + " a=b\n"}, x),
	} {
		t.Run(name, func(t *testing.T) {
			s, err := treehash.Sum(bytes.NewReader(tarball), treehash.Limits{})
			if !errors.Is(err, treehash.ErrMalformed) {
				t.Fatalf("%v, %v", s.Full, err)
			}
			oneShortLine(t, err)
			if s != (treehash.Sums{}) {
				t.Errorf("%+v beside an error", s)
			}
		})
	}
}

func oneShortLine(t *testing.T, err error) {
	t.Helper()
	if text := err.Error(); strings.ContainsAny(text, "\r\n\x00\x1b") || len(text) > 1200 {
		t.Errorf("%q", text)
	}
}

func TestLimits(t *testing.T) {
	var many []record
	for i := range 50 {
		many = append(many, file(fmt.Sprintf("%020d", i), ""))
	}
	for _, c := range []struct {
		name    string
		limits  treehash.Limits
		tarball []byte
	}{
		{"entries", treehash.Limits{Entries: 49}, archive(many...)},
		{"entries of one name", treehash.Limits{Entries: 2}, archive(file("a", ""), file("a", ""), file("a", ""))},
		{"root entries", treehash.Limits{Entries: 2}, archive(folder("./"), folder("./"), folder("./"))},
		{"implied directories", treehash.Limits{Entries: 3}, archive(file("a/b/c/d", ""))},
		{"bytes", treehash.Limits{Bytes: 2000}, archive(file("a", strings.Repeat("1", 1000)))},
		{"bytes behind the end", treehash.Limits{Bytes: 4000}, append(archive(), make([]byte, 4000)...)},
		{"stated bytes", treehash.Limits{Bytes: 4000}, append(record{name: "a", size: "77777777777 "}.append(nil), make([]byte, 8000)...)},
		{"a name", treehash.Limits{Name: 4}, archive(file("a/12345/b", ""))},
		{"the usual length of a name", treehash.Limits{}, archive(pax('x', "path", strings.Repeat("n", 256)), file("a", ""))},
		{"a path", treehash.Limits{Path: 5}, archive(file("a/b/cd", ""))},
		{"depth", treehash.Limits{Depth: 3}, archive(file("a/b/c/d", ""))},
		{"names", treehash.Limits{Names: 999}, archive(many...)},
		{"a link target", treehash.Limits{Link: 4}, archive(symlink("a", "12345"))},
		{"link targets", treehash.Limits{Names: 9}, archive(symlink("a", "1234"), symlink("b", "1234"))},
		{"an extended header", treehash.Limits{Header: 10}, archive(pax('x', "comment", "12345"), file("a", ""))},
		{"a long name", treehash.Limits{Header: 4}, archive(record{name: "././@LongLink", kind: 'L', data: "12345\x00"}, file("a", ""))},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, body := range [][]byte{c.tarball, gzipped(c.tarball)} {
				_, err := treehash.Sum(bytes.NewReader(body), c.limits)
				if !errors.Is(err, treehash.ErrLimit) {
					t.Fatalf("%v", err)
				}
				oneShortLine(t, err)
			}
		})
	}
}

func TestLimitsAreNotMuchTooTight(t *testing.T) {
	limits := treehash.Limits{Entries: 5, Name: 4, Path: 9, Depth: 3, Link: 4, Names: 21, Bytes: 3584, Header: 20}
	tarball := archive(file("a/bcde/fg", strings.Repeat("1", 512)), symlink("a/b", "1234"), pax('x', "mtime", "1"), folder("a"))
	if _, err := treehash.Sum(bytes.NewReader(tarball[:3584]), limits); err != nil {
		t.Error(err)
	}
}

func TestCollectedBytesAreLimited(t *testing.T) {
	keep := treehash.Options{Limits: treehash.Limits{Collect: 5}, Collect: func(string, int64) bool { return true }}
	if _, err := treehash.Read(bytes.NewReader(archive(file("a", "123"), file("b", "12"))), keep); err != nil {
		t.Error(err)
	}
	for _, tarball := range [][]byte{
		archive(file("a", "123"), file("b", "123")),
		archive(record{name: "a", size: "\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff"}, file("b", "1")),
	} {
		if _, err := treehash.Read(bytes.NewReader(tarball), keep); !errors.Is(err, treehash.ErrLimit) {
			t.Error(err)
		}
	}
}

func TestABombIsCutOffByItsRatio(t *testing.T) {
	head := zstandard(record{name: "a", size: "\x80\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00"}.append(nil))
	bomb := append(head, bytes.Repeat(zstandard(make([]byte, 64<<20)), 20)...)
	_, err := treehash.Sum(bytes.NewReader(bomb), treehash.Limits{Ratio: 10})
	if !errors.Is(err, treehash.ErrLimit) || !strings.Contains(err.Error(), "became more than") {
		t.Errorf("%d bytes: %v", len(bomb), err)
	}
}

func TestWindowIsLimited(t *testing.T) {
	body := zstandard(archive(file("a", strings.Repeat("incompressible? ", 1<<17))))
	if _, err := treehash.Sum(bytes.NewReader(body), treehash.Limits{Window: 1 << 16}); !errors.Is(err, treehash.ErrLimit) {
		t.Error(err)
	}
	if _, err := treehash.Sum(bytes.NewReader(body), treehash.Limits{}); err != nil {
		t.Error(err)
	}
}

func TestErrorsOfTheReaderAreItsOwn(t *testing.T) {
	broken := errors.New("disk on fire")
	whole := archive(file("a", strings.Repeat("1", 5000)))
	for _, body := range [][]byte{whole, gzipped(whole), zstandard(whole)} {
		for _, n := range []int{0, 3, 20, len(body) / 2} {
			r := io.MultiReader(bytes.NewReader(body[:n]), iotest.ErrReader(broken))
			if _, err := treehash.Sum(r, treehash.Limits{}); !errors.Is(err, broken) || errors.Is(err, treehash.ErrMalformed) {
				t.Errorf("after %d bytes of %v: %v", n, treehash.Sniff(body), err)
			}
		}
	}
}

func TestErrorsOfTheSpoolAreItsOwn(t *testing.T) {
	full := errors.New("no space left")
	_, err := treehash.Read(bytes.NewReader(archive(file("a", "1"))), treehash.Options{Spool: failing{full}})
	if !errors.Is(err, full) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
