package treehash

import (
	"fmt"
	"io"
	"slices"
)

// What to hold objects against, for [Proof].
var (
	// Registry is what Julia 1.9 and later checks of a registry.
	Registry = []Rule{Full}

	// Package and Artifact are what some client or some tool of the past takes for the hash.
	Package  = []Rule{GitTools, SkipEmpty, Full}
	Artifact = []Rule{GitTools, SkipEmpty, Full}
)

// Proof returns a proof, as a fetch.Request takes it, that an object is a tarball whose
// tree hash by one of the rules is want. Without a rule nothing satisfies it.
//
// The proof's errors are those of [Read] and [ErrMismatch]. It may be used by several
// goroutines.
func Proof(want Hash, rules ...Rule) func(body io.ReaderAt, size int64) error {
	return ProofWith(want, rules, Options{}, func(*Tree) {})
}

// ProofWith is [Proof] for who wants to know, too, what is in the tarball, without
// reading it twice: got is given the tree after it satisfied the proof, and before the
// proof returns. Of files the tree has what o.Collect chose.
//
// The proof calls got each time that it is satisfied, so more than once if the object is
// proven again, and from several goroutines if it is used by them; so o.Collect is, and
// o.Spool must be nil then.
func ProofWith(want Hash, rules []Rule, o Options, got func(*Tree)) func(body io.ReaderAt, size int64) error {
	rules = slices.Clone(rules)
	return func(body io.ReaderAt, size int64) error {
		t, err := Read(io.NewSectionReader(body, 0, size), o)
		if err != nil {
			return err
		}
		if err := t.Check(want, rules...); err != nil {
			return err
		}
		got(t)
		return nil
	}
}

// Check returns nil if the tree's hash by one of the rules is want, and
// [ErrMismatch], naming what it is instead, if not.
func (t *Tree) Check(want Hash, rules ...Rule) error {
	for _, r := range rules {
		if t.Hash(r) == want && !want.IsZero() {
			return nil
		}
	}
	text := ""
	var told []Hash
	for _, r := range rules {
		if h := t.Hash(r); !slices.Contains(told, h) {
			told = append(told, h)
			text += fmt.Sprintf(", %v (%v)", h, r)
		}
	}
	if text == "" {
		text = "  nothing that was asked for"
	}
	return fmt.Errorf("%w: it is %s, not %v", ErrMismatch, text[2:], want)
}
