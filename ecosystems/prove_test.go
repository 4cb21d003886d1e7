package ecosystems_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
)

func numbers(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func TestProveEachYieldsInOrder(t *testing.T) {
	var got []string
	for path, err := range ecosystems.ProveEach(t.Context(), numbers(3000), func(_ context.Context, i int, tell func(string, error)) {
		tell("fine", nil)
		for part := range i % 3 {
			tell(fmt.Sprint(i), fmt.Errorf("part %d", part))
		}
	}) {
		got = append(got, path+": "+err.Error())
	}
	var want []string
	for i := range 3000 {
		for part := range i % 3 {
			want = append(want, fmt.Sprintf("%d: part %d", i, part))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d findings, want %d in order", len(got), len(want))
	}
}

func TestProveEachLeavesNothingUnderWay(t *testing.T) {
	var running atomic.Int32
	prove := func(ctx context.Context, i int, tell func(string, error)) {
		running.Add(1)
		defer running.Add(-1)
		tell(fmt.Sprint(i), errors.New("bad"))
	}
	for range ecosystems.ProveEach(t.Context(), numbers(1<<30), prove) {
		break
	}
	if n := running.Load(); n != 0 {
		t.Errorf("%d proofs go on", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	for range ecosystems.ProveEach(ctx, numbers(1<<30), prove) {
		if seen++; seen == 10 {
			cancel()
		}
	}
	if n := running.Load(); n != 0 {
		t.Errorf("%d proofs go on after the context", n)
	}
}
