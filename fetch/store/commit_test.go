package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// gatherer is a committer whose groups the test takes itself.
func gatherer() *committer {
	return &committer{queue: make(chan *joining, groupFiles), groups: make(chan []*joining)}
}

func someone(size int64) *joining { return &joining{in: &Incoming{size: size}} }

func TestGroupsCloseAtOnceWhenNothingElseIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := gatherer()
		start := time.Now()
		go c.gather(someone(1))
		if group := <-c.groups; len(group) != 1 || time.Since(start) != 0 {
			t.Errorf("%d files after %v", len(group), time.Since(start))
		}
	})
}

// Behind a large group a short break is no end: answers come in bursts.
func TestGroupsOutlastBreaksBetweenBursts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := gatherer()
		c.last = busyFrom
		start := time.Now()
		go c.gather(someone(1))
		time.Sleep(groupQuiet - time.Millisecond) // nothing is being written meanwhile
		c.queue <- someone(1)
		if group := <-c.groups; len(group) != 2 || time.Since(start) != 2*groupQuiet-time.Millisecond {
			t.Errorf("%d files after %v", len(group), time.Since(start))
		}
		start = time.Now()
		go c.gather(someone(1)) // behind a small one it is
		if group := <-c.groups; len(group) != 1 || time.Since(start) != 0 {
			t.Errorf("then %d files after %v", len(group), time.Since(start))
		}
	})
}

func TestGroupsCloseWhenNobodyJoins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := gatherer()
		c.writing.Store(1)
		start := time.Now()
		go c.gather(someone(1))
		time.Sleep(groupQuiet / 2)
		c.queue <- someone(1)
		if group := <-c.groups; len(group) != 2 || time.Since(start) != groupQuiet/2+groupQuiet {
			t.Errorf("%d files after %v", len(group), time.Since(start))
		}
	})
}

func TestGroupsCloseWhenTheyAreOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := gatherer()
		c.writing.Store(1)
		start := time.Now()
		go c.gather(someone(1))
		var others sync.WaitGroup
		defer others.Wait()
		others.Go(func() {
			for range 100 {
				time.Sleep(groupQuiet - time.Millisecond)
				c.queue <- someone(1)
			}
		})
		if group := <-c.groups; len(group) != 1+int(groupAge/(groupQuiet-time.Millisecond)) || time.Since(start) != groupAge {
			t.Errorf("%d files after %v", len(group), time.Since(start))
		}
	})
}

func TestGroupsCloseWhenTheyAreFull(t *testing.T) {
	for name, size := range map[string]int64{"files": 1, "bytes": groupBytes / 4} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := gatherer()
				c.writing.Store(1)
				for range groupFiles {
					c.queue <- someone(size)
				}
				go c.gather(someone(size))
				want := groupFiles
				if size > 1 {
					want = 4
				}
				if group := <-c.groups; len(group) != want {
					t.Errorf("%d files, want %d", len(group), want)
				}
			})
		})
	}
}

// While a group is being settled the next one takes what comes, up to its size.
func TestGroupsGrowWhileTheDiskIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := gatherer()
		go c.gather(someone(1))
		for range 49 {
			c.queue <- someone(1)
			time.Sleep(time.Second)
		}
		if group := <-c.groups; len(group) != 50 {
			t.Errorf("%d files, want 50", len(group))
		}
	})
}

func TestCommitsDuringClose(t *testing.T) {
	s, _ := newStore(t)
	var wg sync.WaitGroup
	committed := make(chan ID, 100)
	for i := range 100 {
		in := mustCreate(t, s, "")
		fmt.Fprint(in, i)
		wg.Go(func() {
			switch id, err := in.Commit(context.Background()); {
			case err == nil:
				committed <- id
			case !errors.Is(err, errClosed):
				t.Error(err)
			}
		})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	close(committed)
	again, err := Open(s.root)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for id := range committed {
		if err := again.Check(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
}
