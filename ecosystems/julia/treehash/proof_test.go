package treehash_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch"
)

func TestProofByEachRule(t *testing.T) {
	body := gzipped(archive(file("a", "1"), folder("empty"), file("sub/.git", "2")))
	s := sums(t, body)
	if s.Full == s.SkipEmpty || s.SkipEmpty == s.GitTools {
		t.Fatalf("%+v", s)
	}
	all := map[treehash.Rule]treehash.Hash{treehash.Full: s.Full, treehash.SkipEmpty: s.SkipEmpty, treehash.GitTools: s.GitTools}
	for rule := range all {
		for other, hash := range all {
			err := treehash.Proof(hash, rule)(bytes.NewReader(body), int64(len(body)))
			if (err == nil) != (rule == other) || err != nil && !errors.Is(err, treehash.ErrMismatch) {
				t.Errorf("%v against the hash %v: %v", rule, other, err)
			}
			if err := treehash.Proof(hash, treehash.Artifact...)(bytes.NewReader(body), int64(len(body))); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestMismatchSaysWhatItIs(t *testing.T) {
	body := archive(file("a", "1"), folder("empty"))
	s := sums(t, body)
	err := treehash.Proof(treehash.EmptyTree, treehash.Artifact...)(bytes.NewReader(body), int64(len(body)))
	if !errors.Is(err, treehash.ErrMismatch) {
		t.Fatal(err)
	}
	for _, want := range []string{s.Full.String(), s.GitTools.String(), treehash.EmptyTree.String()} {
		if strings.Count(err.Error(), want) != 1 {
			t.Errorf("%v lacks %v, or says it twice", err, want)
		}
	}
	oneShortLine(t, err)
}

func TestProofWantsARuleAndAHash(t *testing.T) {
	body := archive()
	if err := treehash.Proof(treehash.EmptyTree)(bytes.NewReader(body), int64(len(body))); !errors.Is(err, treehash.ErrMismatch) {
		t.Error(err)
	}
	if err := treehash.Proof(treehash.Hash{}, 0, treehash.Full)(bytes.NewReader(body), int64(len(body))); !errors.Is(err, treehash.ErrMismatch) {
		t.Error(err)
	}
}

func TestProofReadsOnlyTheObject(t *testing.T) {
	body := archive(file("a", "1"))
	long := append(bytes.Clone(gzipped(body)), "behind it"...)
	proof := treehash.Proof(sums(t, body).Full, treehash.Registry...)
	if err := proof(bytes.NewReader(long), int64(len(long)-len("behind it"))); err != nil {
		t.Error(err)
	}
	if err := proof(bytes.NewReader(long), int64(len(long))); !errors.Is(err, treehash.ErrMalformed) {
		t.Error(err)
	}
}

func TestProofIsARequestsProof(t *testing.T) {
	body := archive(file("a", "1"))
	r := fetch.Request{Proof: treehash.Proof(sums(t, body).Full, treehash.Package...)}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := r.Proof(bytes.NewReader(body), int64(len(body))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestProofHandsOutTheTree(t *testing.T) {
	body := gzipped(archive(file("a", "one"), file("b", "two")))
	rules := []treehash.Rule{treehash.Full}
	o := treehash.Options{Collect: func(path string, _ int64) bool { return path == "b" }}
	var got []*treehash.Tree
	keep := func(tree *treehash.Tree) { got = append(got, tree) }
	proof := treehash.ProofWith(sums(t, body).Full, rules, o, keep)
	rules[0] = 0 // the proof has its own
	for i := range 2 {
		if err := proof(bytes.NewReader(body), int64(len(body))); err != nil || len(got) != i+1 {
			t.Fatal(err, len(got))
		}
	}
	if text, ok := got[1].File("b"); !ok || text != "two" {
		t.Errorf("b is %q", text)
	}
	if _, ok := got[1].File("a"); ok {
		t.Error("a was kept")
	}
	for _, bad := range []error{
		treehash.ProofWith(treehash.EmptyTree, treehash.Package, o, keep)(bytes.NewReader(body), int64(len(body))),
		proof(bytes.NewReader(body), int64(len(body)-1)),
	} {
		if bad == nil || len(got) != 2 {
			t.Errorf("%v, and %d trees", bad, len(got))
		}
	}
}
