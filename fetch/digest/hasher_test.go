package digest_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch/digest"
)

var all = []digest.Algorithm{digest.SHA256, digest.SHA512, digest.SHA1, digest.MD5, digest.GitBlob}

// vectors are the published ones (FIPS 180, RFC 1321) and git's own ids:
// `git hash-object --stdin`.
var vectors = []struct {
	body string
	want map[digest.Algorithm]string
}{
	{"", map[digest.Algorithm]string{
		digest.SHA256:  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		digest.SHA512:  "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
		digest.SHA1:    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		digest.MD5:     "d41d8cd98f00b204e9800998ecf8427e",
		digest.GitBlob: "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
	}},
	{"abc", map[digest.Algorithm]string{
		digest.SHA256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		digest.SHA512: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		digest.SHA1:   "a9993e364706816aba3e25717850c26c9cd0d89d",
		digest.MD5:    "900150983cd24fb0d6963f7d28e17f72",
	}},
	{"what is up, doc?", map[digest.Algorithm]string{
		digest.GitBlob: "bd9dbf5aae1a3862dd1526723246b20206e5fc37",
	}},
	{"hello world\n", map[digest.Algorithm]string{
		digest.GitBlob: "3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
	}},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		for _, size := range []int64{int64(len(v.body)), digest.UnknownSize, 7} {
			got := sums(t, size, []byte(v.body), len(v.body))
			for _, d := range got {
				if want, ok := v.want[d.Algorithm]; ok && d.Hex != want {
					t.Errorf("%q, size given as %d: %v, want %s", v.body, size, d, want)
				}
			}
		}
	}
}

// sums hashes body with all algorithms, written in pieces of at most n bytes.
func sums(t interface{ Fatal(...any) }, size int64, body []byte, n int) []digest.Digest {
	h, err := digest.NewHasher(size, all...)
	if err != nil {
		t.Fatal(err)
	}
	for rest := body; len(rest) > 0; {
		piece := rest[:min(max(n, 1), len(rest))]
		if _, err := h.Write(piece); err != nil {
			t.Fatal(err)
		}
		rest = rest[len(piece):]
	}
	out, err := h.Finish(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAnySplitOfWritesGivesTheSameSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 0, 4096).Draw(t, "body")
		size := rapid.SampledFrom([]int64{int64(len(body)), digest.UnknownSize, 12}).Draw(t, "size")
		cuts := rapid.SliceOf(rapid.IntRange(0, len(body))).Draw(t, "pieces")

		h, err := digest.NewHasher(size, all...)
		if err != nil {
			t.Fatal(err)
		}
		rest := body
		for _, n := range cuts {
			n = min(n, len(rest))
			h.Write(rest[:n])
			rest = rest[n:]
		}
		h.Write(rest)
		got, err := h.Finish(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sums(t, int64(len(body)), body, len(body)), got); diff != "" {
			t.Fatal(diff)
		}
		blob := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(body), body))
		if got[4].Hex != hex.EncodeToString(blob[:]) {
			t.Fatalf("git-blob %v, want %x", got[4], blob)
		}
		for _, d := range got {
			if err := d.Check(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestUnknownSizeNeedsTheBodyAgain(t *testing.T) {
	h, err := digest.NewHasher(digest.UnknownSize, digest.GitBlob)
	if err != nil {
		t.Fatal(err)
	}
	h.Write([]byte("hello world\n"))
	for _, body := range []io.ReaderAt{nil, strings.NewReader("hello")} {
		if _, err := h.Finish(body); !errors.Is(err, digest.ErrShortBody) {
			t.Errorf("Finish(%v): %v, want ErrShortBody", body, err)
		}
	}
}

func TestUnknownAlgorithm(t *testing.T) {
	if _, err := digest.NewHasher(0, digest.SHA256, "crc32"); !errors.Is(err, digest.ErrUnknownAlgorithm) {
		t.Errorf("crc32: %v", err)
	}
}

// lines is a Summer whose identity is the SHA-256 of the first line, to show
// that a Summer sees the bytes as they come.
type lines struct {
	seen bytes.Buffer
	fail error
}

func (l *lines) Write(p []byte) (int, error) {
	if l.fail != nil {
		return 0, l.fail
	}
	return l.seen.Write(p)
}

func (l *lines) Sum() (digest.Digest, error) {
	first, _, ok := bytes.Cut(l.seen.Bytes(), []byte("\n"))
	if !ok {
		return digest.Digest{}, errors.New("no line")
	}
	s := sha256.Sum256(first)
	return digest.Digest{Algorithm: "first-line", Hex: hex.EncodeToString(s[:])}, nil
}

func TestSummerIsFedInTheSamePass(t *testing.T) {
	h, _ := digest.NewHasher(digest.UnknownSize, digest.MD5)
	h.Attach(&lines{})
	io.WriteString(h, "a")
	io.WriteString(h, "bc\nrest")
	got, err := h.Finish(nil)
	if err != nil || len(got) != 2 || got[1].Hex != vectors[1].want[digest.SHA256] {
		t.Errorf("%v, %v", got, err)
	}
}

func TestSummerErrors(t *testing.T) {
	h, _ := digest.NewHasher(digest.UnknownSize)
	h.Attach(&lines{})
	if _, err := h.Finish(nil); err == nil || err.Error() != "no line" {
		t.Errorf("Sum's error: %v", err)
	}
	h, _ = digest.NewHasher(digest.UnknownSize)
	cause := errors.New("not a tar")
	h.Attach(&lines{fail: cause})
	if _, err := h.Write([]byte("x")); !errors.Is(err, cause) {
		t.Errorf("Write's error: %v", err)
	}
}

func BenchmarkHasher(b *testing.B) {
	body := bytes.Repeat([]byte("offmirror"), 4096)
	for _, algorithms := range [][]digest.Algorithm{{digest.SHA512}, {digest.GitBlob}, all} {
		b.Run(fmt.Sprint(algorithms), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				h, _ := digest.NewHasher(int64(len(body)), algorithms...)
				h.Write(body)
				if _, err := h.Finish(nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
