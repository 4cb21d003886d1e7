package hexpm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
)

func docsArchive(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func proveDocsBytes(b []byte) error { return proveDocs(bytes.NewReader(b), int64(len(b))) }

func TestProveDocs(t *testing.T) {
	good := docsArchive(t, map[string]string{"index.html": strings.Repeat("text ", 5000), "dist/app.js": "1"})
	if err := proveDocsBytes(good); err != nil {
		t.Fatal(err)
	}
	for n := range len(good) {
		if proveDocsBytes(good[:n]) == nil {
			t.Fatalf("accepted after %d of %d bytes", n, len(good))
		}
	}
	for name, bad := range map[string][]byte{
		"a web page": []byte("<html>log in</html>"), "empty": nil, "no tar inside": gzipped(t, []byte(strings.Repeat("x", 2000))),
	} {
		if err := proveDocsBytes(bad); err == nil || !strings.Contains(err.Error(), "documentation archive") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func gzipped(t testing.TB, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A few hundred kilobytes may unpack to gigabytes of zero bytes.
func TestDocsBomb(t *testing.T) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: "zeros", Mode: 0o644, Size: maxDocsContent}); err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range maxDocsContent >> 20 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if proveDocsBytes(b.Bytes()) == nil {
		t.Errorf("%d bytes that unpack to more than %d are accepted", b.Len(), maxDocsContent)
	}
}

func FuzzProveDocs(f *testing.F) {
	f.Add(docsArchive(f, map[string]string{"index.html": "text"}))
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(_ *testing.T, b []byte) { _ = proveDocsBytes(b) })
}

func TestReleaseOf(t *testing.T) {
	for base, want := range map[string][2]string{
		"plug-1.0.0.tar":             {"plug", "1.0.0"},
		"plug_cowboy-1.0.0-rc.1.tar": {"plug_cowboy", "1.0.0-rc.1"},
		"plug-1.0.0.tar.gz":          {},
		"plug.tar":                   {},
		"names":                      {},
	} {
		name, version, ok := releaseOf(base, tarballSuffix)
		if ok != (want[0] != "") || ok && (name != want[0] || version != want[1]) {
			t.Errorf("%s: %q, %q, %v", base, name, version, ok)
		}
	}
}
