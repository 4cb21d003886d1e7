package retention

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

const (
	treesFolder      = "state/trees"
	quarantineFolder = "state/quarantine"

	// quarantineAge is for how long damaged files are kept for whoever wants to look at them.
	quarantineAge  = 31 * 24 * time.Hour
	quarantineTime = "20060102T150405Z"
)

// sweep removes what dead runs and former ecosystems have left, if there is no doubt whose it is.
func (c *collector) sweep(histories []*surveyed) error {
	var names []string
	for _, h := range histories {
		names = append(names, h.Ecosystem())
		if err := c.sweepSnapshots("snapshots/" + h.Ecosystem()); err != nil {
			return err
		}
	}
	if err := c.sweepTrees(names); err != nil {
		return err
	}
	if err := c.sweepQuarantine(); err != nil {
		return err
	}
	for _, name := range c.expired {
		if err := c.discard(name, "nobody has gone on with this sync for a month"); err != nil {
			return err
		}
	}
	if c.DryRun {
		return nil
	}
	return c.objects.Sweep()
}

// sweepSnapshots removes files of snapshots that were never finished.
func (c *collector) sweepSnapshots(folder string) error {
	entries, err := readFolder(c.root, folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		id, fresh := strings.CutSuffix(e.Name(), ".new")
		id, hidden := strings.CutPrefix(id, ".")
		if !fresh || !hidden || !e.Type().IsRegular() || len(id) != snapshotDigits || strings.Trim(id, "0123456789abcdef") != "" {
			continue
		}
		if err := c.discard(path.Join(folder, e.Name()), "a run died while it wrote this snapshot"); err != nil {
			return err
		}
	}
	return nil
}

// sweepTrees removes the trees of ecosystems that have neither snapshots nor a published tree.
func (c *collector) sweepTrees(names []string) error {
	entries, err := readFolder(c.root, treesFolder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() || slices.Contains(names, e.Name()) {
			continue
		}
		if _, err := layout.OpenHistory(c.root, c.objects, e.Name()); err != nil {
			continue // no name of an ecosystem
		}
		if _, err := c.root.Lstat("snapshots/" + e.Name()); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if _, err := c.root.Lstat(e.Name()); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := c.discard(path.Join(treesFolder, e.Name()), "the ecosystem has no snapshot and is not published"); err != nil {
			return err
		}
	}
	return nil
}

// sweepQuarantine removes damaged files that nobody has looked at for a month. Their names begin
// with the time when they were put there; they keep the times of the files that they were.
func (c *collector) sweepQuarantine() error {
	entries, err := readFolder(c.root, quarantineFolder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		when, _, _ := strings.Cut(e.Name(), "-")
		since, err := time.Parse(quarantineTime, when)
		if err != nil || c.clock.Now.Sub(since) < quarantineAge {
			continue
		}
		if err := c.discard(path.Join(quarantineFolder, e.Name()), "it has been in quarantine for a month"); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) discard(name, why string) error {
	c.OnLeftover(Leftover{name, why})
	if c.DryRun {
		return nil
	}
	if err := c.root.RemoveAll(name); err != nil {
		return fmt.Errorf("leftover: %w", store.Failure("remove", name, err))
	}
	return nil
}
