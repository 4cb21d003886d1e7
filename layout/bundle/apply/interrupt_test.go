package apply_test

import (
	"context"
	"errors"
	"testing"

	"github.com/offmirror/offmirror/layout/bundle/apply"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

// interrupt applies a bundle until a step is reached, or to the end.
func interrupt(t *testing.T, f *far, b *read.Bundle, step int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	_, err := apply.Apply(ctx, f.root, f.objects, b, apply.Options{Trace: func(apply.Step) {
		if step--; step == 0 {
			stop()
		}
	}})
	if _, incomplete := errors.AsType[*apply.IncompleteError](err); err != nil && !incomplete && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}
