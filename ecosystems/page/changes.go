package page

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/offmirror/offmirror/layout"
)

const (
	changesAtOnce   = 200 // that one answer has
	keptDifferences = 32
)

// Side is one side of a change.
type Side struct {
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256,omitempty"`
	Link   string `json:"link,omitempty"` // where a symbolic link leads
}

// Change is what became of a path.
type Change struct {
	Path string `json:"path"`
	Kind string `json:"change"` // "added", "removed" or "changed"
	Old  *Side  `json:"old,omitempty"`
	New  *Side  `json:"new,omitempty"`
}

// Totals counts the changes between two snapshots.
type Totals struct {
	From         string `json:"from"` // ids
	To           string `json:"to"`
	Added        int    `json:"added"`
	Removed      int    `json:"removed"`
	Changed      int    `json:"changed"`
	AddedBytes   int64  `json:"added_bytes"`   // of what is added, and of what took the place of something
	RemovedBytes int64  `json:"removed_bytes"` // of what is removed, and of what was replaced
}

// Count returns the number of changes.
func (t Totals) Count() int { return t.Added + t.Removed + t.Changed }

// difference is the totals and the first changes; snapshots never change, so it stays true.
type difference struct {
	Totals
	first []Change
}

// changes remembers the last differences.
type changes struct {
	mu      sync.Mutex
	list    []*difference            // the last used one last
	working map[string]chan struct{} // differences that a page wants, by ids; closed when it is done
}

func (c *changes) init() { c.working = map[string]chan struct{}{} }

func (c *changes) get(from, to string) *difference {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := slices.IndexFunc(c.list, func(d *difference) bool { return d.From == from && d.To == to })
	if at < 0 {
		return nil
	}
	d := c.list[at]
	c.list = append(slices.Delete(c.list, at, at+1), d)
	return d
}

func (c *changes) put(d *difference) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.list = append(c.list, d); len(c.list) > keptDifferences {
		c.list = slices.Delete(c.list, 0, 1)
	}
}

// errBusy says that too much is under way.
var errBusy = errors.New("the server is busy with other searches and comparisons; try again in a moment")

// turn waits for a turn to do work that reads lists. The caller ends it, and the context that goes with it.
func (p *Page) turn(ctx context.Context) (context.Context, func(), error) {
	wait, cancel := context.WithTimeout(ctx, heavyPatience)
	defer cancel()
	select {
	case p.heavy <- struct{}{}:
	case <-wait.Done():
		return nil, nil, errBusy
	}
	ctx, stop := context.WithTimeout(ctx, heavyDeadline)
	return ctx, func() { stop(); <-p.heavy }, nil
}

// diff returns the totals of what leads from one snapshot to another, by ids, and some changes from an offset on.
func (p *Page) diff(ctx context.Context, ecosystem, from, to string, offset, limit int) (Totals, []Change, error) {
	known := p.changes.get(from, to)
	if known != nil && (offset+limit <= len(known.first) || known.Count() <= len(known.first)) {
		first := known.first[min(offset, len(known.first)):]
		return known.Totals, first[:min(limit, len(first))], nil
	}
	ctx, end, err := p.turn(ctx)
	if err != nil {
		return Totals{}, nil, err
	}
	defer end()
	history, err := p.mirror.History(ecosystem)
	if err != nil {
		return Totals{}, nil, err
	}
	d := &difference{Totals: Totals{From: from, To: to}}
	var some []Change
	n := 0
	for c, err := range differences(ctx, history, from, to) {
		if err != nil {
			return Totals{}, nil, err
		}
		if n < changesAtOnce {
			d.first = append(d.first, changeOf(c))
		}
		if n >= offset && n < offset+limit {
			some = append(some, changeOf(c))
		}
		d.count(c)
		if n++; known != nil && n >= offset+limit {
			return known.Totals, some, nil
		}
	}
	p.changes.put(d)
	return d.Totals, some, nil
}

func (t *Totals) count(c layout.Change) {
	switch {
	case c.Added():
		t.Added++
	case c.Removed():
		t.Removed++
	default:
		t.Changed++
	}
	t.AddedBytes += c.New.Size
	t.RemovedBytes += c.Old.Size
}

func changeOf(c layout.Change) Change {
	change := Change{Path: c.Path, Kind: "changed", Old: sideOf(c.Old), New: sideOf(c.New)}
	switch {
	case c.Added():
		change.Kind = "added"
	case c.Removed():
		change.Kind = "removed"
	}
	return change
}

func sideOf(e layout.Entry) *Side {
	switch {
	case e.Path == "":
		return nil
	case e.IsLink():
		return &Side{Link: e.Link}
	}
	return &Side{Size: e.Size, SHA256: e.Object.String()}
}
