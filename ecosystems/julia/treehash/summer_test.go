package treehash_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch/digest"
)

func TestSummerInAHasher(t *testing.T) {
	for _, v := range vectors(t) {
		for rule, want := range map[treehash.Rule]treehash.Hash{
			treehash.Full: v.Full, treehash.SkipEmpty: v.SkipEmpty, treehash.GitTools: v.GitTools,
		} {
			h, err := digest.NewHasher(digest.UnknownSize, digest.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			h.Attach(treehash.NewSummer(rule, treehash.Options{}))
			if _, err := h.Write(gzipped(v.body)); err != nil {
				t.Fatal(err)
			}
			got, err := h.Finish(nil)
			if err != nil || got[1] != (digest.Digest{Algorithm: treehash.Algorithm, Hex: want.String()}) {
				t.Errorf("%s by %v: %v, %v", v.Tar, rule, got, err)
			}
		}
	}
}

func TestAnySplitOfWritesGivesTheSameSum(t *testing.T) {
	all := vectors(t)
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SampledFrom(all).Draw(t, "vector")
		body := v.body
		if rapid.Bool().Draw(t, "gzip") {
			body = gzipped(body)
		}
		s := treehash.NewSummer(treehash.Full, treehash.Options{})
		for len(body) > 0 {
			n := rapid.IntRange(0, len(body)).Draw(t, "piece")
			if n == 0 {
				n = len(body)
			}
			if _, err := s.Write(body[:n]); err != nil {
				t.Fatal(err)
			}
			body = body[n:]
		}
		if got, err := s.Sum(); err != nil || got.Hex != v.Full.String() {
			t.Fatalf("%s: %v, %v", v.Tar, got, err)
		}
	})
}

func TestSummerErrors(t *testing.T) {
	page := strings.Repeat("<html>this is no tarball</html>", 10000)
	s := treehash.NewSummer(treehash.Full, treehash.Options{})
	n, err := io.WriteString(s, page)
	if !errors.Is(err, treehash.ErrMalformed) || n == len(page) {
		t.Errorf("Write: %d, %v", n, err)
	}
	if _, err := s.Write([]byte("more")); !errors.Is(err, treehash.ErrMalformed) {
		t.Errorf("Write again: %v", err)
	}
	if d, err := s.Sum(); !errors.Is(err, treehash.ErrMalformed) || !d.IsZero() {
		t.Errorf("Sum: %v, %v", d, err)
	}

	cut := treehash.NewSummer(treehash.Full, treehash.Options{})
	cut.Write(gzipped(archive(file("a", "1")))[:30])
	if _, err := cut.Sum(); !errors.Is(err, treehash.ErrMalformed) {
		t.Errorf("cut off: %v", err)
	}
	empty := treehash.NewSummer(treehash.Full, treehash.Options{})
	empty.Write(nil)
	if _, err := empty.Sum(); !errors.Is(err, treehash.ErrMalformed) {
		t.Errorf("empty: %v", err)
	}
}

func TestSummerGivesTheTree(t *testing.T) {
	s := treehash.NewSummer(treehash.Full, treehash.Options{Collect: func(p string, _ int64) bool { return p == "Artifacts.toml" }})
	io.Copy(s, bytes.NewReader(archive(file("Artifacts.toml", "x = 1"))))
	tree, err := s.Tree()
	if err != nil {
		t.Fatal(err)
	}
	if content, ok := tree.File("Artifacts.toml"); !ok || content != "x = 1" {
		t.Errorf("%q %v", content, ok)
	}
	if d, err := s.Sum(); err != nil || d.Hex != tree.Hash(treehash.Full).String() {
		t.Errorf("%v, %v", d, err)
	}
}

// In a bubble a goroutine that stays is a failure.
func TestCloseEndsTheGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := treehash.NewSummer(treehash.Full, treehash.Options{})
		io.Copy(s, bytes.NewReader(archive(file("a", "1"))[:700]))
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if _, err := s.Sum(); !errors.Is(err, treehash.ErrUnfinished) {
			t.Error(err)
		}
		if err := treehash.NewSummer(treehash.Full, treehash.Options{}).Close(); err != nil {
			t.Error(err)
		}
		done := treehash.NewSummer(treehash.Full, treehash.Options{})
		io.Copy(done, bytes.NewReader(archive()))
		if _, err := done.Sum(); err != nil {
			t.Error(err)
		}
		done.Close()
		if d, err := done.Sum(); err != nil || d.Hex != treehash.EmptyTree.String() {
			t.Error(d, err)
		}
	})
}
