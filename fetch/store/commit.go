package store

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A group is closed by whichever of these comes first.
const (
	groupFiles = 1024
	groupBytes = 128 << 20
	groupAge   = 200 * time.Millisecond
	groupQuiet = 30 * time.Millisecond // nobody joined for that long
)

// busyFrom is the number of files in a group from which on more are expected soon,
// although nothing may be under way at the moment: answers of a distant server
// come in bursts, and each burst would be a group of its own.
const busyFrom = 16

// writeBackFrom is the size in bytes from which on writing to the disk begins when
// a file joins its group. Smaller ones are written faster many at a time.
const writeBackFrom = 1 << 20

// joining is an Incoming on its way into the store.
type joining struct {
	in     *Incoming
	id     ID
	err    error
	twinOf *joining      // the same object, earlier in the group
	done   chan struct{} // closed when err is final
}

// committer groups commits. While one group is being synced the next is being
// gathered, and not more: writers then wait, which bounds open files.
type committer struct {
	store   *Store
	writing atomic.Int64 // Incomings that are open and have not joined

	start  sync.Once
	queue  chan *joining
	last   int // files in the group before, for gather
	groups chan []*joining
	idle   sync.WaitGroup // the two goroutines

	mu      sync.RWMutex // held for reading while joining, so that close can wait
	stopped bool
}

func (c *committer) init(s *Store) {
	c.store = s
	c.queue = make(chan *joining, groupFiles)
	c.groups = make(chan []*joining)
}

func (c *committer) run() {
	c.idle.Add(2)
	go func() {
		defer c.idle.Done()
		defer close(c.groups)
		for first := range c.queue {
			c.gather(first)
		}
	}()
	go func() {
		defer c.idle.Done()
		for group := range c.groups {
			c.store.settle(group)
		}
	}()
}

// join hands in over and waits. in is ended in any case.
func (c *committer) join(ctx context.Context, in *Incoming, id ID) error {
	c.mu.RLock()
	if c.stopped {
		c.mu.RUnlock()
		_ = in.Keep()
		return errClosed
	}
	c.start.Do(c.run)
	if in.size >= writeBackFrom {
		startWriteBack(in.file)
	}
	grouped := *in // the group's own, so that the caller's is ended at once
	in.file, in.ended = nil, true
	j := &joining{in: &grouped, id: id, done: make(chan struct{})}
	c.writing.Add(-1)
	c.queue <- j
	c.mu.RUnlock()
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// gather collects a group and hands it to the goroutine that settles groups.
func (c *committer) gather(first *joining) {
	group := append(make([]*joining, 0, groupFiles), first)
	size := first.in.size
	old, quiet := time.NewTimer(groupAge), time.NewTimer(groupQuiet)
	defer old.Stop()
	defer quiet.Stop()
	idle := c.last < busyFrom // close it as soon as nothing is being written
	defer func() { c.last = len(group) }()
	due := false
	for len(group) < groupFiles && size < groupBytes {
		var out chan<- []*joining
		if len(c.queue) == 0 && (due || idle && c.writing.Load() == 0) {
			out = c.groups
		}
		select {
		case out <- group:
			return
		case j, open := <-c.queue:
			if !open {
				c.groups <- group
				return
			}
			group = append(group, j)
			size += j.in.size
			quiet.Reset(groupQuiet)
		case <-quiet.C:
			due = true
		case <-old.C:
			due = true
		}
	}
	c.groups <- group
}

// close lets everything that has joined finish.
func (c *committer) close() {
	c.mu.Lock()
	stopped := c.stopped
	c.stopped = true
	c.mu.Unlock()
	if !stopped {
		close(c.queue)
	}
	c.idle.Wait()
}
