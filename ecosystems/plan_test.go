package ecosystems_test

import (
	"context"
	"errors"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
)

func TestPlannedYieldsItemsThenTheError(t *testing.T) {
	broken := errors.New("broken")
	var names []string
	var last error
	for it, err := range ecosystems.Planned(t.Context(), func(_ context.Context, emit func(ecosystems.Item) error) error {
		for _, name := range []string{"a", "b"} {
			if err := emit(ecosystems.Item{Name: name}); err != nil {
				return err
			}
		}
		return broken
	}) {
		if last = err; err == nil {
			names = append(names, it.Name)
		}
	}
	if len(names) != 2 || !errors.Is(last, broken) {
		t.Errorf("yielded %v, then %v", names, last)
	}
}

func TestPlannedEndsWithItsReader(t *testing.T) {
	var ended error
	var inner func() error
	for range ecosystems.Planned(t.Context(), func(ctx context.Context, emit func(ecosystems.Item) error) error {
		inner = ctx.Err
		for ended == nil {
			ended = emit(ecosystems.Item{Name: "again"})
		}
		return ended
	}) {
		break
	}
	if ended == nil || inner() == nil {
		t.Errorf("after the reader stopped: emit said %v, the context %v", ended, inner())
	}
}

func TestPlannedEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var last error
	for _, err := range ecosystems.Planned(ctx, func(_ context.Context, emit func(ecosystems.Item) error) error {
		cancel()
		return emit(ecosystems.Item{})
	}) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("yielded %v", last)
	}
}
