package ecosystems

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/offmirror/offmirror/fetch"
)

// Planned makes what [Driver.Plan] returns of a function that emits items. The function
// runs when the sequence is read, in the goroutine that reads it. Emit yields an item; its
// error, which plan has to return, says that the context ended or that nobody reads any more.
func Planned(ctx context.Context, plan func(ctx context.Context, emit func(Item) error) error) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		emit := func(it Item) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !yield(it, nil) {
				return errStopped
			}
			return nil
		}
		if err := plan(ctx, emit); err != nil && !errors.Is(err, errStopped) {
			yield(Item{}, err)
		}
	}
}

// errStopped ends a plan whose consumer has heard enough.
var errStopped = errors.New("the consumer stopped")

// Published returns the object of a path in the current snapshot.
func (in Input) Published(path string) (fetch.Object, bool) {
	if in.Previous == nil {
		return fetch.Object{}, false
	}
	e, ok := in.Previous.Lookup(path)
	return fetch.Object{ID: e.Object, Size: e.Size}, ok && !e.IsLink()
}

// Remark is Notice with a formatted text.
func (in Input) Remark(kind, path, format string, args ...any) {
	in.Notice(Notice{Kind: kind, Path: path, Text: fmt.Sprintf(format, args...)})
}
