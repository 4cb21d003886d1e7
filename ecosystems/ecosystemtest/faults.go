package ecosystemtest

import (
	"context"
	"iter"
	"os"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
)

func checkHostile(t *testing.T, s Suite) {
	u := s.Upstream(t)
	if u.Attack == nil {
		return
	}
	root, driver := s.root(t), s.driver(t, u)
	if run := root.Sync(driver, ecosystems.Selection{}); run.Err != nil {
		t.Fatal(run.Err)
	}
	before := root.Files()
	u.Attack(t)
	run := root.Sync(driver, ecosystems.Selection{})
	if run.Err == nil {
		t.Error("a hostile name is accepted")
	}
	if run.Published || len(before) != len(root.Files()) {
		t.Error("something was published from a hostile index")
	}
}

func checkCancellation(t *testing.T, s Suite) {
	u := s.Upstream(t)
	driver := s.driver(t, u)
	t.Run("before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		root := s.root(t)
		if run := root.SyncContext(ctx, driver, ecosystems.Selection{}); !cancelled(run.Err) || root.Files() != nil {
			t.Errorf("error %v, published %v", run.Err, root.Files() != nil)
		}
	})
	for _, after := range []int{1, 2, 3} {
		t.Run("meanwhile", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			root := s.root(t)
			run := root.SyncContext(ctx, interrupted{driver, after, cancel}, ecosystems.Selection{})
			if !cancelled(run.Err) || root.Files() != nil {
				t.Errorf("cancelled after %d items: error %v, published %v", after, run.Err, root.Files() != nil)
			}
		})
	}
	t.Run("abandoned", func(t *testing.T) {
		root := s.root(t)
		run := root.Sync(abandoned{driver}, ecosystems.Selection{})
		if run.Err == nil || root.Files() != nil {
			t.Errorf("an abandoned plan: error %v, published %v", run.Err, root.Files() != nil)
		}
	})
}

// interrupted cancels a run after some items.
type interrupted struct {
	ecosystems.Driver
	after  int
	cancel context.CancelFunc
}

func (d interrupted) Plan(ctx context.Context, in ecosystems.Input) iter.Seq2[ecosystems.Item, error] {
	return func(yield func(ecosystems.Item, error) bool) {
		n := 0
		for it, err := range d.Driver.Plan(ctx, in) {
			if n++; n == d.after {
				d.cancel()
			}
			if !yield(it, err) {
				return
			}
		}
	}
}

// abandoned stops listening to a plan after its first item. A plan that goes on
// yielding panics; one that goes on working would be seen by the race detector.
type abandoned struct{ ecosystems.Driver }

func (d abandoned) Plan(ctx context.Context, in ecosystems.Input) iter.Seq2[ecosystems.Item, error] {
	return func(yield func(ecosystems.Item, error) bool) {
		for range d.Driver.Plan(ctx, in) {
			break
		}
		yield(ecosystems.Item{}, context.Canceled)
	}
}

func checkWrites(t *testing.T, s Suite) {
	dir := t.TempDir()
	t.Chdir(dir)
	s.synced(t)
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		t.Errorf("%s appeared in the current folder", e.Name())
	}
}
