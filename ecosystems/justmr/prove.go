package justmr

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/layout"
)

// Prove implements [ecosystems.Prover].
func (d *driver) Prove(ctx context.Context, view layout.View) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for e := range view.All(blobDir) {
			if err := proveBlob(view, e); err != nil && !yield(e.Path, err) || ctx.Err() != nil {
				return
			}
		}
	}
}

// proveBlob compares a file with the content that its path names.
func proveBlob(view layout.View, e layout.Entry) error {
	content, _, _ := strings.Cut(strings.TrimPrefix(e.Path, blobDir), "/")
	f, err := view.Open(e)
	if err != nil {
		return err
	}
	defer f.Close()
	h, err := digest.NewHasher(e.Size, digest.GitBlob)
	if err != nil {
		return err
	}
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	got, err := h.Finish(f)
	if err != nil {
		return err
	}
	if got[0].Hex != content {
		return fmt.Errorf("git blob id is %s, not %s", got[0].Hex, content)
	}
	return nil
}
