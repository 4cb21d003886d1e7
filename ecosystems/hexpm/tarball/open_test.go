package tarball

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestOpenGivesTheMembers(t *testing.T) {
	metadata, contents := []byte("{<<\"name\">>,<<\"jason\">>}.\n"), bytes.Repeat([]byte("x"), 300_000)
	b := Build(metadata, contents)
	tb, err := Open(bytes.NewReader(b.Bytes), int64(len(b.Bytes)))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := tb.Metadata(); err != nil || !bytes.Equal(got, metadata) {
		t.Errorf("metadata %q, %v", got, err)
	}
	if got, err := io.ReadAll(tb.Contents()); err != nil || !bytes.Equal(got, contents) {
		t.Errorf("contents of %d bytes, %v", len(got), err)
	}
	if got, err := tb.Stated(); err != nil || got != b.InnerChecksum {
		t.Errorf("stated %v, %v", got, err)
	}
	if got, err := tb.Inner(); err != nil || got != b.InnerChecksum {
		t.Errorf("computed %v, %v", got, err)
	}
}

func TestMembersReportReadErrors(t *testing.T) {
	b := sample(300_000)
	disk := errors.New("disk is on fire")
	tb, err := Open(bytes.NewReader(b.Bytes), int64(len(b.Bytes)))
	if err != nil {
		t.Fatal(err)
	}
	tb.r = faulty{tb.r, 0, disk}
	_, metadata := tb.Metadata()
	_, stated := tb.Stated()
	_, inner := tb.Inner()
	_, contents := io.ReadAll(tb.Contents())
	for name, err := range map[string]error{"metadata": metadata, "stated": stated, "inner": inner, "contents": contents} {
		if !errors.Is(err, disk) {
			t.Errorf("%s: error %v, want the reader's", name, err)
		}
	}
}

func TestBuildIsReadByTheStandardLibrary(t *testing.T) {
	r := tar.NewReader(bytes.NewReader(sample(1000).Bytes))
	for _, want := range members {
		h, err := r.Next()
		if err != nil || h.Name != want.name || h.Typeflag != tar.TypeReg || h.Mode != 0o644 {
			t.Fatalf("header %+v, %v; want %s", h, err, want.name)
		}
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the members: %v, want EOF", err)
	}
}

func TestBuildIsDeterministic(t *testing.T) {
	pack := func() []byte {
		contents, err := PackContents(File{"mix.exs", []byte("defmodule")}, File{"lib/a.ex", []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		return Build([]byte("m"), contents).Bytes
	}
	if !bytes.Equal(pack(), pack()) {
		t.Error("the same input gives different tarballs")
	}
}

func TestPackAndStoreContents(t *testing.T) {
	big := bytes.Repeat([]byte("0123456789abcdef"), 10_000) // several stored blocks
	files := []File{{"mix.exs", []byte("first")}, {"lib/a.ex", nil}, {"priv/big", big}}
	for name, pack := range map[string]func(...File) ([]byte, error){"pack": PackContents, "store": StoreContents} {
		packed, err := pack(files...)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		r := tar.NewReader(z)
		for _, want := range files {
			h, err := r.Next()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if data, err := io.ReadAll(r); err != nil || h.Name != want.Name || !bytes.Equal(data, want.Data) {
				t.Errorf("%s: %s of %d bytes, %v; want %s", name, h.Name, len(data), err, want.Name)
			}
		}
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: after the last member: %v, want EOF", name, err)
		}
		if _, err := io.Copy(io.Discard, z); err != nil {
			t.Errorf("%s: the gzip stream ends in %v", name, err)
		}
		for _, bad := range []string{"", "a\x00b", strings.Repeat("n", 101)} {
			if _, err := pack(File{bad, nil}); err == nil {
				t.Errorf("%s: name %q is packed", name, bad)
			}
		}
		if empty, err := pack(); err != nil {
			t.Errorf("%s: no files: %v", name, err)
		} else if z, err := gzip.NewReader(bytes.NewReader(empty)); err != nil {
			t.Errorf("%s: no files: %v", name, err)
		} else if rest, err := io.ReadAll(z); err != nil || len(rest) != 1024 {
			t.Errorf("%s: no files: %d bytes, %v", name, len(rest), err)
		}
	}
}
