package treehash_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

type vector struct {
	Tar       string        `json:"tar"`
	Full      treehash.Hash `json:"tar_tree_hash"`
	SkipEmpty treehash.Hash `json:"tar_tree_hash_skip_empty"`
	GitTools  treehash.Hash `json:"pkg_gittools_tree_hash"` // absent if it is SkipEmpty
	body      []byte
}

func vectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all, out []vector
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if v.Tar == "" {
			continue // hashes of real packages, which are not in this repository
		}
		if v.body, err = os.ReadFile(filepath.Join("testdata", v.Tar)); err != nil {
			t.Fatal(err)
		}
		if v.GitTools.IsZero() {
			v.GitTools = v.SkipEmpty
		}
		out = append(out, v)
	}
	if len(out) != 12 {
		t.Fatalf("%d vectors, want 12", len(out))
	}
	return out
}

func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		for _, form := range []struct {
			compression treehash.Compression
			body        []byte
		}{
			{treehash.Plain, v.body},
			{treehash.Gzip, gzipped(v.body)},
			{treehash.Zstd, zstandard(v.body)},
		} {
			t.Run(v.Tar+"/"+form.compression.String(), func(t *testing.T) {
				got := sums(t, form.body)
				if got.Full != v.Full || got.SkipEmpty != v.SkipEmpty || got.GitTools != v.GitTools {
					t.Errorf("%v %v %v\nwant %v %v %v", got.Full, got.SkipEmpty, got.GitTools, v.Full, v.SkipEmpty, v.GitTools)
				}
				if got.Compression != form.compression || got.Bytes != int64(len(v.body)) {
					t.Errorf("%v of %d bytes", got.Compression, got.Bytes)
				}
				if want := v.Tar != "09-dot-slash-prefix.tar"; got.PlainNames != want {
					t.Errorf("PlainNames: %v", got.PlainNames)
				}
			})
		}
	}
}

func TestBzip2(t *testing.T) {
	body, err := os.ReadFile("testdata/05-symlinks.tar.bz2")
	if err != nil {
		t.Fatal(err)
	}
	if got := sums(t, body); got.Full.String() != "99cbfad44c5b05f650b1a4032224dc3c2eda501a" || got.Compression != treehash.Bzip2 {
		t.Errorf("%+v", got)
	}
}

func TestXZ(t *testing.T) {
	body, err := os.ReadFile("testdata/02-one-file.tar.xz")
	if err != nil {
		t.Fatal(err)
	}
	if got := sums(t, body); got.Full.String() != "aaa96ced2d9a1c8e72c56b253a0e2fe78393feb7" || got.Compression != treehash.XZ {
		t.Errorf("%+v", got)
	}
	if _, err := treehash.Sum(bytes.NewReader(body), treehash.Limits{Window: 1 << 20}); !errors.Is(err, treehash.ErrLimit) {
		t.Error(err)
	}
	// The same with a filter for machine code, as far as its header.
	body = append(body[:12:12], "\x03\x01\x04\x00\x21\x01\x16\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	if _, err := treehash.Sum(bytes.NewReader(body), treehash.Limits{}); !errors.Is(err, treehash.ErrCompression) {
		t.Error(err)
	}
}

// Each vector in pieces, truncated, with a byte changed: whatever comes out, a
// tree hash is never right by accident where git's would differ.
func TestTruncatedVectorsNeverPass(t *testing.T) {
	for _, v := range vectors(t) {
		packed := gzipped(v.body)
		for n := range packed {
			if s, err := treehash.Sum(bytes.NewReader(packed[:n]), treehash.Limits{}); err == nil {
				t.Fatalf("%s: %d of %d bytes give %v", v.Tar, n, len(packed), s.Full)
			}
		}
	}
}
