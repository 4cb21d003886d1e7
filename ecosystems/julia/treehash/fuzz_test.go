package treehash_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// Whatever the bytes are: no panic, one of the three errors, or a tree that is the same
// when it is written anew from its entries.
func FuzzSum(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.body)
		f.Add(gzipped(v.body))
	}
	f.Add(archive(pax('g', "path", "a"), file("b", "1"), hardlink("c", "a")))
	f.Add(archive(symlink("a", "b"), folder("a"), file("a/c", "")))
	limits := treehash.Limits{Entries: 1000, Bytes: 1 << 20, Collect: 1 << 20}
	f.Fuzz(func(t *testing.T, body []byte) {
		tree, err := treehash.Read(bytes.NewReader(body), treehash.Options{
			Limits: limits, Collect: func(string, int64) bool { return true },
		})
		if err != nil {
			if !errors.Is(err, treehash.ErrMalformed) && !errors.Is(err, treehash.ErrLimit) && !errors.Is(err, treehash.ErrCompression) {
				t.Fatal(err)
			}
			oneShortLine(t, err)
			return
		}
		var again []record
		for e := range tree.Entries() {
			content, _ := tree.File(e.Path)
			r := record{kind: '0', data: content}
			switch e.Kind {
			case treehash.Directory:
				r = record{kind: '5'}
			case treehash.Symlink:
				r = record{kind: '2'}
				again = append(again, record{name: "././@LongLink", kind: 'K', data: e.Link + "\x00"})
			case treehash.Executable:
				r.mode = "755"
			}
			if e.Kind != treehash.Directory && e.Size != int64(len(content+e.Link)) {
				t.Fatalf("%+v has %d bytes", e, len(content+e.Link))
			}
			again = append(again, record{name: "././@LongLink", kind: 'L', data: e.Path + "\x00"}, r)
		}
		got := sums(t, archive(again...))
		for rule, hash := range map[treehash.Rule]treehash.Hash{
			treehash.Full: got.Full, treehash.SkipEmpty: got.SkipEmpty, treehash.GitTools: got.GitTools,
		} {
			if tree.Hash(rule) != hash {
				t.Fatalf("%v: %v, written anew %v", rule, tree.Hash(rule), hash)
			}
		}
	})
}
