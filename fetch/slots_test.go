package fetch

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestSlotsAreNeverExceededAndNeverLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slots{limit: 5}
		var used, most atomic.Int64
		var wg sync.WaitGroup
		for range 300 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), rand.N(400*time.Millisecond))
				defer cancel()
				time.Sleep(rand.N(300 * time.Millisecond))
				if s.acquire(ctx) != nil {
					return
				}
				if n := used.Add(1); n > most.Load() {
					most.Store(n)
				}
				time.Sleep(rand.N(20 * time.Millisecond))
				used.Add(-1)
				s.release()
			})
		}
		wg.Wait()
		if most.Load() != 5 || s.used != 0 || len(s.waiting) != 0 {
			t.Errorf("most %d, %d used and %d waiting in the end", most.Load(), s.used, len(s.waiting))
		}
	})
}

func TestSlotsAreFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slots{limit: 1}
		if err := s.acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		var order []int
		for i := range 10 {
			go func() {
				if s.acquire(t.Context()) == nil {
					order = append(order, i)
					s.release()
				}
			}()
			synctest.Wait()
		}
		s.release()
		synctest.Wait()
		for i, n := range order {
			if i != n {
				t.Fatalf("order %v", order)
			}
		}
		if len(order) != 10 {
			t.Errorf("order %v", order)
		}
	})
}

func TestSlotsResize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slots{limit: 4}
		for range 4 {
			if err := s.acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		var in atomic.Int64
		for range 4 {
			go func() {
				if s.acquire(t.Context()) == nil {
					in.Add(1)
				}
			}()
		}
		s.resize(2)
		s.release()
		s.release()
		synctest.Wait()
		if in.Load() != 0 {
			t.Errorf("%d came in above the new limit", in.Load())
		}
		s.resize(5)
		synctest.Wait()
		if in.Load() != 3 {
			t.Errorf("%d came in, want 3", in.Load())
		}
		s.release()
		synctest.Wait()
		if in.Load() != 4 {
			t.Errorf("%d came in, want 4", in.Load())
		}
	})
}
