package mirror

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"sync"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
)

// upstream gives a driver its indexes through the engine.
type upstream struct {
	engine  *fetch.Engine
	store   *store.Store
	workers int
	abort   func(error) // ends the run
}

func (u *upstream) Document(ctx context.Context, r fetch.Request) (ecosystems.Document, error) {
	for attempt := 1; ; attempt++ {
		result, err := u.engine.Revalidate(ctx, r)
		if err != nil {
			if fetch.IsLocal(err) {
				u.abort(err)
			}
			return ecosystems.Document{}, err
		}
		data, err := readObject(u.store, result.Object)
		if err == nil {
			return ecosystems.Document{Result: result, Data: data}, nil
		}
		// A copy that was confirmed may be damaged, or have been found so and removed by who asked for
		// another document of the same bytes. Upstream has them still.
		lost := errors.Is(err, fs.ErrNotExist) || errors.Is(u.store.RemoveDamaged(ctx, result.ID), store.ErrDamaged)
		if attempt == 3 || !lost {
			err = fmt.Errorf("%s: %w", fetch.Redact(r.URL), err)
			u.abort(err)
			return ecosystems.Document{}, err
		}
	}
}

func (u *upstream) Size(ctx context.Context, r fetch.Request) (int64, error) {
	return u.engine.Size(ctx, r)
}

// documentsAhead is how many documents may be under way beside those that are
// being transferred. Each waits for its group commit, and for its turn among the
// downloads that the documents before it led to.
const documentsAhead = 256

// Documents keeps more requests under way than the engine can transfer at once,
// and no more answers in memory than that.
func (u *upstream) Documents(ctx context.Context, rs []fetch.Request) iter.Seq2[ecosystems.Document, error] {
	type answer struct {
		doc ecosystems.Document
		err error
	}
	return func(yield func(ecosystems.Document, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		next := make(chan int)
		atOnce := min(u.workers+documentsAhead, len(rs))
		answers := make(chan answer, atOnce)
		var workers sync.WaitGroup
		defer workers.Wait()
		defer cancel()
		for range atOnce {
			workers.Go(func() {
				for i := range next {
					doc, err := u.Document(ctx, rs[i])
					doc.Index = i
					select {
					case answers <- answer{doc, err}:
					case <-ctx.Done():
						return
					}
				}
			})
		}
		workers.Go(func() {
			defer close(next)
			for i := range rs {
				select {
				case next <- i:
				case <-ctx.Done():
					return
				}
			}
		})
		for range rs {
			select {
			case a := <-answers:
				if !yield(a.doc, a.err) {
					return
				}
			case <-ctx.Done():
				yield(ecosystems.Document{Index: -1}, ctx.Err())
				return
			}
		}
	}
}

// readObject reads an index whole; the engine has capped its size.
func readObject(s *store.Store, o fetch.Object) ([]byte, error) {
	f, err := s.Open(o.ID)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, o.Size)
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("object %s: %w", o.ID, err)
	}
	if sha256.Sum256(data) != o.ID {
		return nil, fmt.Errorf("object %s is %w", o.ID, store.ErrDamaged)
	}
	return data, nil
}
