package licence_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/offmirror/offmirror/ecosystems/justmr/licence"
)

func find(t testing.TB, data []byte) []string {
	t.Helper()
	names, err := licence.Find(io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data))))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func tarball(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range names {
		h := &tar.Header{Name: name, Mode: 0o644, Typeflag: tar.TypeReg, Size: 4, Format: tar.FormatPAX}
		if strings.HasSuffix(name, "/") {
			h.Typeflag, h.Size = tar.TypeDir, 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			_, _ = io.WriteString(w, "text")
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(t testing.TB, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names {
		if _, err := w.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.SetComment("a comment with " + "PK\x05\x06"[:2]); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"a/LICENSE a/x.c":                        "a/LICENSE",
		"LICENSE x/LICENSE":                      "LICENSE",
		"./a/COPYING ./a/x":                      "a/COPYING",
		"a/COPYING.LESSER a/COPYING a/NOTICE":    "a/COPYING a/COPYING.LESSER a/NOTICE",
		"a/LICENSE-MIT a/LICENSE-APACHE a/x":     "a/LICENSE-APACHE a/LICENSE-MIT",
		"a/license.txt a/Copyright":              "a/license.txt a/Copyright",
		"a/LICENSES/MIT.txt a/x":                 "a/LICENSES/MIT.txt",
		"a/LICENCE a/License.md":                 "a/License.md a/LICENCE",
		"a/b/LICENSE a/x":                        "",
		"a/LICENSE b/LICENSE":                    "",
		"a/licensing.c a/license.py a/NOTICED":   "",
		"a/LICENSE/ a/x":                         "",
		"a/LICENSE\x01 a/x":                      "",
		"a/UNLICENSE a/unlicense.h a/COPYRIGHTS": "a/UNLICENSE a/COPYRIGHTS",
		"x":                                      "",
		"LICENSE-1 LICENSE-2 LICENSE-3 LICENSE-4 LICENSE-5 LICENSE-6 LICENSE-7 LICENSE-8 LICENSE-9": "LICENSE-1 LICENSE-2 LICENSE-3 LICENSE-4 LICENSE-5 LICENSE-6 LICENSE-7 LICENSE-8",
	} {
		got := strings.Join(find(t, tarball(t, strings.Fields(in)...)), " ")
		if got != want {
			t.Errorf("tar of %q: %q, want %q", in, got, want)
		}
		if got := strings.Join(find(t, zipped(t, strings.Fields(in)...)), " "); got != want {
			t.Errorf("zip of %q: %q, want %q", in, got, want)
		}
	}
}

func TestPacked(t *testing.T) {
	plain := tarball(t, "a/x", "a/LICENSE")
	var gz, zst bytes.Buffer
	g := gzip.NewWriter(&gz)
	_, _ = g.Write(plain)
	g.Close()
	z, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = z.Write(plain)
	z.Close()
	packed := map[string][]byte{"plain": plain, "gzip": gz.Bytes(), "zstd": zst.Bytes()}
	for _, name := range []string{"bz2", "xz"} { // no library of ours writes them: made by bzip2 and xz from the same tar
		if packed[name], err = os.ReadFile("testdata/a.tar." + name); err != nil {
			t.Fatal(err)
		}
	}
	for name, data := range packed {
		if diff := cmp.Diff([]string{"a/LICENSE"}, find(t, data)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		for _, n := range []int{0, 1, 3, 4, 5, 6, 20, len(data) / 2} {
			find(t, data[:n]) // no panic, no error
		}
	}
}

func TestWhatIsNoArchive(t *testing.T) {
	for _, data := range []string{"", "x", "PK\x03\x04", "PK\x03\x04" + strings.Repeat("x", 100), "7z\xbc\xaf\x27\x1c", "<html>LICENSE</html>", "\x1f\x8b", "\xfd7zXZ\x00", "BZh9", "\x28\xb5\x2f\xfd",
		strings.Repeat("\x00", 2000), "PK\x03\x04PK\x05\x06" + strings.Repeat("\xff", 18)} {
		if got := find(t, []byte(data)); len(got) > 0 {
			t.Errorf("%q: %q", data, got)
		}
	}
}

// A directory of a zip may claim anything.
func TestLyingZip(t *testing.T) {
	data := zipped(t, "LICENSE", "b")
	for i := range data {
		for _, v := range []byte{0, 1, 0x7f, 0xff} {
			spoilt := bytes.Clone(data)
			spoilt[i] = v
			if got := find(t, spoilt); len(got) > 2 {
				t.Errorf("byte %d is %d: %q", i, v, got)
			}
		}
	}
}

// zeros are endless, and so would be reading what they unpack to.
func TestBomb(t *testing.T) {
	var b bytes.Buffer
	g, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(g)
	if err := w.WriteHeader(&tar.Header{Name: "a/x", Typeflag: tar.TypeReg, Size: licence.MaxUnpacked}); err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range licence.MaxUnpacked >> 20 {
		_, _ = w.Write(zeros)
	}
	if err := w.WriteHeader(&tar.Header{Name: "a/LICENSE", Typeflag: tar.TypeReg}); err != nil {
		t.Fatal(err)
	}
	w.Close()
	g.Close()
	if got := find(t, b.Bytes()); len(got) > 0 {
		t.Errorf("%q was found behind %d bytes", got, licence.MaxUnpacked)
	}
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, fmt.Errorf("disk: %w", errDisk) }

var errDisk = errors.New("broken")

func TestErrorsOfReadingAreTold(t *testing.T) {
	good := tarball(t, "LICENSE")
	half := io.NewSectionReader(halfBroken{good}, 0, int64(len(good)))
	if _, err := licence.Find(half); !errors.Is(err, errDisk) {
		t.Error(err)
	}
	if _, err := licence.Find(io.NewSectionReader(failing{}, 0, 100)); !errors.Is(err, errDisk) {
		t.Error(err)
	}
}

// halfBroken reads what begins at its beginning in pieces of four bytes, and nothing else.
type halfBroken struct{ data []byte }

func (h halfBroken) ReadAt(p []byte, at int64) (int, error) {
	if at == 0 && len(p) <= 4 {
		return copy(p, h.data), nil
	}
	return 0, errDisk
}

func FuzzFind(f *testing.F) {
	f.Add(tarball(f, "a/LICENSE"))
	f.Add(zipped(f, "a/LICENSE"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range find(t, data) {
			if strings.ContainsAny(name, "\x00\n") || len(name) > 300 {
				t.Errorf("%q", name)
			}
		}
	})
}

// What git and tar make is read, too.
func TestRealArchives(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"init", "-q"}, {"-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"}} {
		if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if err := os.WriteFile(dir+"/COPYING", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"add", "-A"}, {"-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "y"}} {
		if out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	for _, format := range []string{"tar", "tar.gz", "zip"} {
		out, err := exec.Command("git", "-C", dir, "archive", "--format="+format, "--prefix=p-1.0/", "HEAD").Output()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"p-1.0/COPYING"}, find(t, out)); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
}
