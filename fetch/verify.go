package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/fetch/store"
)

// errStaleCopy marks wrong bytes of a copy in the store that a place confirmed.
var errStaleCopy = errors.New("the copy of an earlier run")

// verify proves what has arrived.
func (p *partial) verify() error {
	size := p.in.Size()
	if p.r.Size > 0 && size != p.r.Size {
		return p.wrong(fmt.Sprintf("%d bytes instead of %d", size, p.r.Size))
	}
	var others []digest.Digest
	if p.hasher != nil {
		var err error
		if others, err = p.hasher.Finish(p.reader()); err != nil {
			return local(err)
		}
	}
	if text := mismatch(p.r.Want, p.in.ID(), others); text != "" {
		return p.wrong(text)
	}
	if p.r.Proof != nil {
		if err := p.r.Proof(p.reader(), size); err != nil {
			return fmt.Errorf("%w%s", &proofError{err}, p.guess())
		}
	}
	return nil
}

// mismatch compares the wanted digests with the SHA-256 and the others, which
// are in the order of want. It returns "" if all hold.
func mismatch(want []digest.Digest, id store.ID, others []digest.Digest) string {
	for _, w := range want {
		got := id.String
		if w.Algorithm == digest.SHA256 {
			if wanted, err := store.ParseID(w.Hex); err == nil && wanted == id {
				continue
			}
		} else {
			other := others[0]
			if others = others[1:]; other == w {
				continue
			}
			got = func() string { return other.Hex }
		}
		return fmt.Sprintf("%s is %s, not %s", w.Algorithm, got(), w.Hex)
	}
	return ""
}

// satisfies proves an object in the store.
func (e *Engine) satisfies(obj Object, r *Request) error {
	if len(r.Want) == 0 && r.Proof == nil && (r.Size <= 0 || r.Size == obj.Size) {
		return nil
	}
	f, err := e.store.Open(obj.ID)
	if errors.Is(err, fs.ErrNotExist) { // somebody found it damaged meanwhile
		return fmt.Errorf("%w, %w", err, errStaleCopy)
	}
	if err != nil {
		return local(err)
	}
	defer f.Close()
	if err := e.proven(f, obj.Size, obj.ID, r); err != nil {
		return fmt.Errorf("%w, %w", err, errStaleCopy)
	}
	return nil
}

// proven checks bytes that are all there against a request.
func (e *Engine) proven(body io.ReaderAt, size int64, id store.ID, r *Request) error {
	if r.Size > 0 && size != r.Size {
		return fmt.Errorf("%w: %d bytes instead of %d", ErrWrongBytes, size, r.Size)
	}
	var others []digest.Digest
	if algorithms := otherDigests(r.Want); len(algorithms) > 0 {
		h, err := digest.NewHasher(size, algorithms...)
		if err != nil {
			return local(err)
		}
		if _, err := io.Copy(h, io.NewSectionReader(body, 0, size)); err != nil {
			return local(err)
		}
		if others, err = h.Finish(body); err != nil {
			return local(err)
		}
	}
	if text := mismatch(r.Want, id, others); text != "" {
		return fmt.Errorf("%w: %s", ErrWrongBytes, text)
	}
	if r.Proof != nil {
		if err := r.Proof(body, size); err != nil {
			return &proofError{err}
		}
	}
	return nil
}

// proofError is wrong bytes by the word of the request's Proof.
type proofError struct{ err error }

func (e *proofError) Error() string        { return fmt.Sprintf("%v: %v", ErrWrongBytes, e.err) }
func (e *proofError) Unwrap() error        { return e.err }
func (e *proofError) Is(target error) bool { return target == ErrWrongBytes }

// wrong describes wrong bytes.
func (p *partial) wrong(text string) error {
	return fmt.Errorf("%w: %s%s", ErrWrongBytes, text, p.guess())
}

// guess says what is likely behind wrong bytes, to be put behind what is wrong.
func (p *partial) guess() string {
	if p.coding != "" && !strings.EqualFold(p.coding, "identity") {
		return fmt.Sprintf("; the server applied the Content-Encoding %.20q without being asked", p.coding)
	}
	if !p.html {
		var head [512]byte
		n := 0
		switch {
		case p.whole != nil:
			n = copy(head[:], p.body)
		case p.in != nil:
			n, _ = p.in.ReadAt(head[:], 0)
		}
		if !looksLikeHTML(head[:n]) {
			return ""
		}
	}
	return "; it is an HTML page: does a proxy or a login portal answer in its place?"
}

func isHTML(contentType string) bool {
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	kind = strings.TrimSpace(kind)
	return kind == "text/html" || kind == "application/xhtml+xml"
}

func looksLikeHTML(head []byte) bool {
	head = bytes.ToLower(bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n"))
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html"))
}
