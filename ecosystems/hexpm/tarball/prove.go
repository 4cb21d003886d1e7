package tarball

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"sync"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// Proof returns a proof, as a fetch.Request takes it, that an object is a package
// tarball whose inner checksum is inner. See [Prove].
func Proof(inner registry.Checksum) func(body io.ReaderAt, size int64) error {
	return func(body io.ReaderAt, size int64) error { return Prove(body, size, inner) }
}

// Prove returns nil if the size bytes of r are a package tarball whose inner
// checksum, computed from its members, equals both the one that it states and
// inner, which the registry names. A zero inner is not compared.
//
// Errors match [ErrMalformed] or [ErrChecksum], or are r's.
func Prove(r io.ReaderAt, size int64, inner registry.Checksum) error {
	w := newWindow(r, size)
	defer w.release()
	var t Tarball
	if err := t.find(w); err != nil {
		return err
	}
	text, err := w.bytes(t.spans[checksumMember].offset, int(t.spans[checksumMember].size))
	if err != nil {
		return err
	}
	stated, err := parseStated(text)
	if err != nil {
		return err
	}
	version, err := w.bytes(t.spans[versionMember].offset, int(t.spans[versionMember].size))
	if err != nil {
		return err
	}
	if string(version) != "3" {
		return malformed("format version %q, want \"3\"", version)
	}
	computed, err := t.inner(w)
	switch {
	case err != nil:
		return err
	case computed != stated:
		return fmt.Errorf("%w: the tarball states %s, its members give %s", ErrChecksum, stated, computed)
	case !inner.IsZero() && computed != inner:
		return fmt.Errorf("%w: the registry names %s, the tarball's members give %s", ErrChecksum, inner, computed)
	}
	return nil
}

// Inner computes the inner checksum from the members.
func (t *Tarball) Inner() (registry.Checksum, error) {
	w := newWindow(t.r, t.spans[contentsMember].offset+t.spans[contentsMember].size)
	for _, s := range t.spans {
		w.size = max(w.size, s.offset+s.size)
	}
	defer w.release()
	return t.inner(w)
}

var hashes = sync.Pool{New: func() any { return sha256.New() }}

func (t *Tarball) inner(w *window) (sum registry.Checksum, err error) {
	h := hashes.Get().(hash.Hash)
	defer hashes.Put(h)
	h.Reset()
	for _, member := range [...]int{versionMember, metadataMember, contentsMember} {
		if err := w.each(t.spans[member], func(b []byte) { h.Write(b) }); err != nil {
			return sum, err
		}
	}
	h.Sum(sum[:0])
	return sum, nil
}
