package tarball

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// sample is a tarball whose contents have the given size.
func sample(contents int) Built {
	r := rand.New(rand.NewPCG(1, uint64(contents)))
	data := make([]byte, contents)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return Build([]byte("{<<\"name\">>,<<\"jason\">>}.\n"), data)
}

// standard writes a tar with the standard library, to check against another writer.
func standard(t testing.TB, format tar.Format, headers ...any) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for i := 0; i < len(headers); i += 2 {
		h, ok := headers[i].(*tar.Header)
		if !ok {
			h = &tar.Header{Name: headers[i].(string), Mode: 0o600}
		}
		data := headers[i+1].([]byte)
		h.Size, h.Format = int64(len(data)), format
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func prove(b []byte, inner registry.Checksum) error {
	return Prove(bytes.NewReader(b), int64(len(b)), inner)
}

func TestProveAcceptsEverySize(t *testing.T) {
	for _, size := range []int{0, 1, 511, 512, 513, 40_000, windowSize - 4096, windowSize - 1, windowSize, windowSize + 1, 3*windowSize + 77, 2 << 20} {
		b := sample(size)
		if err := prove(b.Bytes, b.InnerChecksum); err != nil {
			t.Errorf("contents of %d bytes: %v", size, err)
		}
		if err := Proof(b.InnerChecksum)(bytes.NewReader(b.Bytes), int64(len(b.Bytes))); err != nil {
			t.Errorf("contents of %d bytes, as a proof: %v", size, err)
		}
		if err := prove(b.Bytes, registry.Checksum{}); err != nil {
			t.Errorf("contents of %d bytes, registry names nothing: %v", size, err)
		}
		if b.OuterChecksum != registry.Checksum(sha256.Sum256(b.Bytes)) {
			t.Errorf("contents of %d bytes: wrong outer checksum", size)
		}
	}
}

func TestProveAcceptsOtherWriters(t *testing.T) {
	metadata, contents := []byte("{<<\"app\">>,<<\"jason\">>}.\n"), bytes.Repeat([]byte("contents"), 50_000)
	b := Build(metadata, contents)
	sum := []byte(strings.ToUpper(b.InnerChecksum.String()))
	for name, tarball := range map[string][]byte{
		"POSIX":           standard(t, tar.FormatUSTAR, "VERSION", []byte("3"), "CHECKSUM", sum, "metadata.config", metadata, "contents.tar.gz", contents),
		"further members": standard(t, tar.FormatUSTAR, "README", []byte("x"), "VERSION", []byte("3"), "CHECKSUM", sum, "./VERSION", []byte("9"), "metadata.config", metadata, "contents.tar.gz", contents),
		"GNU":             standard(t, tar.FormatGNU, "VERSION", []byte("3"), "CHECKSUM", sum, "metadata.config", metadata, "contents.tar.gz", contents),
		"another order":   standard(t, tar.FormatUSTAR, "contents.tar.gz", contents, "metadata.config", metadata, "CHECKSUM", sum, "VERSION", []byte("3")),
		"lower-case sum":  standard(t, tar.FormatUSTAR, "VERSION", []byte("3"), "CHECKSUM", bytes.ToLower(sum), "metadata.config", metadata, "contents.tar.gz", contents),
		"no end marker":   b.Bytes[:len(b.Bytes)-2*blockSize],
		"one zero block":  b.Bytes[:len(b.Bytes)-blockSize],
		"20-block padded": append(bytes.Clone(b.Bytes), make([]byte, 10240-len(b.Bytes)%10240)...),
	} {
		if err := prove(tarball, b.InnerChecksum); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProveRefusesWrongChecksums(t *testing.T) {
	b := sample(5000)
	other := b.InnerChecksum
	other[0] ^= 1
	err := prove(b.Bytes, other)
	if !errors.Is(err, ErrChecksum) || !strings.Contains(err.Error(), other.String()) || !strings.Contains(err.Error(), b.InnerChecksum.String()) {
		t.Errorf("registry names another checksum: %v", err)
	}
	for name, at := range map[string]int{
		"contents": bytes.Index(b.Bytes, []byte("contents.tar.gz")) + blockSize + 100,
		"metadata": bytes.Index(b.Bytes, []byte("jason")),
		"CHECKSUM": bytes.Index(b.Bytes, []byte("CHECKSUM")) + blockSize,
	} {
		damaged := bytes.Clone(b.Bytes)
		damaged[at] ^= 1
		if err := prove(damaged, b.InnerChecksum); !errors.Is(err, ErrChecksum) && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s damaged: error %v", name, err)
		}
	}
}

func TestProveRefusesMalformed(t *testing.T) {
	b := sample(100)
	sum := []byte(strings.ToUpper(b.InnerChecksum.String()))
	v, m, c := []byte("3"), []byte("m"), []byte("c")
	four := []any{"VERSION", v, "CHECKSUM", sum, "metadata.config", m, "contents.tar.gz", c}
	with := func(more ...any) []byte {
		return standard(t, tar.FormatUSTAR, append(append([]any{}, four...), more...)...)
	}
	broken := func(at int, by byte) []byte {
		x := bytes.Clone(b.Bytes)
		x[at] = by
		return x
	}
	base256 := broken(124, 0x80)
	fixSum(base256[:blockSize])
	huge := bytes.Clone(b.Bytes)
	copy(huge[3*1024+124:], "77777777777\x00") // contents.tar.gz is the fourth member
	fixSum(huge[3*1024 : 3*1024+blockSize])
	prefixed := bytes.Clone(b.Bytes)
	copy(prefixed[345:], "dir")
	fixSum(prefixed[:blockSize])
	for name, tarball := range map[string][]byte{
		"empty":             nil,
		"short":             []byte("3"),
		"zeros":             make([]byte, 10240),
		"a web page":        bytes.Repeat([]byte("<html>"), 1000),
		"gzip":              append([]byte{0x1f, 0x8b}, make([]byte, 2000)...),
		"header damaged":    broken(3, 'x'),
		"size not octal":    base256,
		"size beyond end":   huge,
		"prefix":            prefixed,
		"truncated":         b.Bytes[:2000],
		"no VERSION":        standard(t, tar.FormatUSTAR, four[2:]...),
		"no contents":       standard(t, tar.FormatUSTAR, four[:6]...),
		"member twice":      with("metadata.config", []byte("x")),
		"a crowd":           standard(t, tar.FormatUSTAR, slices.Repeat([]any{"other", []byte("x")}, 65)...),
		"link":              with(&tar.Header{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}, []byte{}),
		"directory":         with(&tar.Header{Name: "d/", Typeflag: tar.TypeDir}, []byte{}),
		"extension header":  standard(t, tar.FormatPAX, &tar.Header{Name: "VERSION", PAXRecords: map[string]string{"OFFMIRROR.x": "y"}}, v),
		"long VERSION":      standard(t, tar.FormatUSTAR, "VERSION", make([]byte, MaxVersion+1)),
		"long CHECKSUM":     standard(t, tar.FormatUSTAR, "CHECKSUM", make([]byte, MaxChecksum+1)),
		"long metadata":     standard(t, tar.FormatUSTAR, "metadata.config", make([]byte, MaxMetadata+1)),
		"another version":   standard(t, tar.FormatUSTAR, append([]any{"VERSION", []byte("4")}, four[2:]...)...),
		"CHECKSUM not hex":  standard(t, tar.FormatUSTAR, append([]any{"VERSION", v, "CHECKSUM", []byte("nonsense")}, four[4:]...)...),
		"CHECKSUM with eol": standard(t, tar.FormatUSTAR, append([]any{"VERSION", v, "CHECKSUM", append(bytes.Clone(sum), '\n')}, four[4:]...)...),
	} {
		if err := prove(tarball, b.InnerChecksum); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: error %v, want ErrMalformed", name, err)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error has several lines: %q", name, err)
		}
	}
}

// fixSum makes a changed tar header valid again.
func fixSum(b []byte) {
	copy(b[148:], "        ")
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
}

// faulty fails every read from an offset on.
type faulty struct {
	io.ReaderAt
	from int64
	err  error
}

func (f faulty) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.from {
		return 0, f.err
	}
	return f.ReaderAt.ReadAt(p, off)
}

func TestReadErrorsComeThrough(t *testing.T) {
	b := sample(3 * windowSize)
	disk := errors.New("disk is on fire")
	for _, from := range []int64{0, windowSize + 1} {
		r := faulty{bytes.NewReader(b.Bytes), from, disk}
		if err := Prove(r, int64(len(b.Bytes)), b.InnerChecksum); !errors.Is(err, disk) {
			t.Errorf("reads fail from byte %d on: error %v, want the reader's", from, err)
		}
	}
	// A file that is shorter than it was said to be.
	if err := Prove(bytes.NewReader(b.Bytes[:1000]), int64(len(b.Bytes)), b.InnerChecksum); !errors.Is(err, ErrMalformed) {
		t.Errorf("shorter than announced: error %v, want ErrMalformed", err)
	}
}

func TestProveIsSafeForConcurrentUse(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		b := sample(i * 50_000)
		for range 4 {
			wg.Go(func() {
				if err := prove(b.Bytes, b.InnerChecksum); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
}

func FuzzProve(f *testing.F) {
	b := sample(700)
	f.Add(b.Bytes)
	f.Add(standard(f, tar.FormatGNU, "VERSION", []byte("3"), "CHECKSUM", []byte("00")))
	f.Add(standard(f, tar.FormatPAX, &tar.Header{Name: "VERSION", PAXRecords: map[string]string{"OFFMIRROR.x": "y"}}, []byte("3")))
	f.Fuzz(func(t *testing.T, data []byte) {
		if prove(data, registry.Checksum{}) != nil {
			return
		}
		tb, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatalf("proven, but not opened: %v", err)
		}
		computed, err := tb.Inner()
		if err != nil {
			t.Fatal(err)
		}
		if stated, err := tb.Stated(); err != nil || stated != computed {
			t.Fatalf("proven, but states %v (%v) and holds %v", stated, err, computed)
		}
	})
}

func BenchmarkProve(b *testing.B) {
	for _, size := range []int{10_000, 41_000, 1 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := sample(size)
			r := bytes.NewReader(s.Bytes)
			b.SetBytes(int64(len(s.Bytes)))
			b.ReportAllocs()
			for b.Loop() {
				if err := Prove(r, r.Size(), s.InnerChecksum); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
