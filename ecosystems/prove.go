package ecosystems

import (
	"context"
	"iter"
	"runtime"
	"sync"
)

// aheadOfOrder is how many proofs may be done before the one that comes next: a
// large file should not hold up the others.
const aheadOfOrder = 1024

// finding is what is wrong with a path.
type finding struct {
	path string
	err  error
}

// ProveEach has items proven on all processors, and yields what is wrong in their order. Prove
// tells what is wrong with any number of paths, from its own goroutine; a nil error is
// nothing. When the sequence has ended, nothing is under way any more.
func ProveEach[T any](ctx context.Context, items iter.Seq[T], prove func(ctx context.Context, item T, tell func(path string, err error))) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var group sync.WaitGroup
		defer group.Wait()
		defer cancel()
		processors := make(chan struct{}, runtime.GOMAXPROCS(0))
		proofs := make(chan chan []finding, aheadOfOrder)
		group.Go(func() {
			defer close(proofs)
			for item := range items {
				found := make(chan []finding, 1)
				select {
				case processors <- struct{}{}:
				case <-ctx.Done():
					return
				}
				group.Go(func() {
					var all []finding
					prove(ctx, item, func(path string, err error) {
						if err != nil {
							all = append(all, finding{path, err})
						}
					})
					found <- all
					<-processors
				})
				select {
				case proofs <- found:
				case <-ctx.Done():
					return
				}
			}
		})
		for found := range proofs {
			for _, f := range <-found {
				if !yield(f.path, f.err) {
					return
				}
			}
		}
	}
}
