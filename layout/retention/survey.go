package retention

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// surveyed is the history of one ecosystem and what becomes of its snapshots.
type surveyed struct {
	*layout.History
	snapshots       []Snapshot
	kept, forgotten []Verdict
}

// survey decides about all snapshots. It refuses a root that shows something of which it
// does not know what is in it.
func (c *collector) survey() ([]*surveyed, error) {
	bundled, err := Needed(c.root, c.need)
	if err != nil {
		return nil, err
	}
	names, err := c.names()
	if err != nil {
		return nil, err
	}
	all := make([]*surveyed, len(names))
	lists := make([][]Snapshot, len(names))
	for i, name := range names {
		h, err := layout.OpenHistory(c.root, c.objects, name)
		if err != nil {
			return nil, err
		}
		h.Trace = func(s layout.Step) { c.Trace(Step(s)) }
		all[i] = &surveyed{History: h}
		if all[i].snapshots, err = list(h, bundled); err != nil {
			return nil, err
		}
		if err := shownIsKept(c.root, h, all[i].snapshots); err != nil {
			return nil, err
		}
		lists[i] = all[i].snapshots
	}
	if err := markArriving(c.root, lists...); err != nil {
		return nil, err
	}
	for _, s := range all {
		s.kept, s.forgotten = Keep(c.Config, s.snapshots, c.clock.Now)
	}
	return all, nil
}

// Review says what gc would do to each snapshot of an ecosystem, by id.
func Review(root *os.Root, h *layout.History, rules Config, now time.Time) (map[string]Verdict, error) {
	bundled, err := Needed(root, func(store.ID) {})
	if err != nil {
		return nil, err
	}
	snapshots, err := list(h, bundled)
	if err != nil {
		return nil, err
	}
	if err := markArriving(root, snapshots); err != nil {
		return nil, err
	}
	verdicts := make(map[string]Verdict, len(snapshots))
	kept, forgotten := Keep(rules, snapshots, now)
	for _, v := range slices.Concat(kept, forgotten) {
		verdicts[v.ID] = v
	}
	return verdicts, nil
}

// markArriving marks those of some snapshots that a bundle brings which is being applied.
func markArriving(root *os.Root, lists ...[]Snapshot) error {
	ids := map[string][]*Snapshot{} // ecosystems may share one, in theory
	for _, snapshots := range lists {
		for i := range snapshots {
			ids[snapshots[i].ID] = append(ids[snapshots[i].ID], &snapshots[i])
		}
	}
	return namesIn(root, applyingFolder, snapshotDigits, func(name []byte) {
		for _, s := range ids[string(name)] {
			s.Arrived = true
		}
	})
}

// list returns what [Keep] has to know of the snapshots of an ecosystem.
func list(h *layout.History, bundled map[NeededSnapshot]bool) ([]Snapshot, error) {
	all, err := h.List()
	if err != nil {
		return nil, err
	}
	linked, _, err := h.Published()
	if err != nil {
		return nil, err
	}
	snapshots := make([]Snapshot, len(all))
	for i, k := range all {
		snapshots[i] = Snapshot{
			ID: k.ID, Time: k.Time, Tags: k.Tags,
			Current: k.Current || k.ID == linked, // the link follows the tree a moment later
			Bundle:  bundled[NeededSnapshot{h.Ecosystem(), k.ID}],
		}
	}
	return snapshots, nil
}

// names returns the ecosystems of the root.
func (c *collector) names() ([]string, error) {
	names, err := layout.Ecosystems(c.root)
	if err != nil {
		return nil, err
	}
	entries, err := readFolder(c.root, "snapshots")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		strange := e.IsDir() || e.Type()&fs.ModeSymlink != 0
		if strange && !slices.Contains(names, e.Name()) && e.Name() != "lost+found" {
			return nil, fmt.Errorf("snapshots/%.80s is no folder of an ecosystem, so nobody knows what it keeps; move it out of the mirror", e.Name())
		}
	}
	trees, err := readFolder(c.root, treesFolder)
	if err != nil {
		return nil, err
	}
	for _, e := range trees {
		if _, err := c.root.Lstat(e.Name()); err == nil && !slices.Contains(names, e.Name()) {
			return nil, fmt.Errorf("%.80s is published, but snapshots/%.80[1]s is gone; bring it back, or sync, or remove %.80[1]s from the root as well", e.Name())
		}
	}
	return names, nil
}

// shownIsKept refuses a tree that shows no snapshot that is there.
func shownIsKept(root *os.Root, h *layout.History, snapshots []Snapshot) error {
	if err := h.Obstacle(); err != nil {
		return err
	}
	id, err := h.CurrentID()
	if err != nil {
		return err
	}
	if id == "" {
		if _, err := root.Lstat(h.Ecosystem()); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	if slices.ContainsFunc(snapshots, func(s Snapshot) bool { return s.ID == id }) {
		return nil
	}
	return fmt.Errorf("%s is published, but its snapshot is gone; sync, or publish another one by snapshot rollback", h.Ecosystem())
}

// readFolder lists a folder of the root. One that does not exist is empty.
func readFolder(root *os.Root, name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(root.FS(), name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return entries, nil
}
