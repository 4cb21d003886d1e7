package retention

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// unfinishedFolder holds a file for each ecosystem with a sync that has not come to its end.
const unfinishedFolder = "state/unfinished"

// unfinishedAge is for how long what a sync has brought waits for the next try.
const unfinishedAge = 31 * 24 * time.Hour

// unfinished is when the first of the tries was begun that came to nothing, and when the last.
type unfinished struct {
	Since time.Time `json:"since"`
	Last  time.Time `json:"last"`
}

// Begin notes that a sync of an ecosystem begins. Until [Finish], [Collect] leaves alone what
// has been written to the store since, over as many tries as it takes: a first sync may go on for
// weeks, with nothing that refers to what it has. A month after the last try the note expires.
//
// The note survives the process. It is not made durable, which would cost every sync more
// than a power failure at this moment can: some transfers.
func Begin(root *os.Root, ecosystem string, now time.Time) error {
	name := path.Join(unfinishedFolder, ecosystem)
	note := unfinished{Since: now.UTC(), Last: now.UTC()}
	if old, err := readUnfinished(root, name); err == nil && old.Since.Before(now) {
		note.Since = old.Since
	}
	data, err := json.Marshal(note)
	if err != nil {
		return err
	}
	if err := root.MkdirAll(unfinishedFolder, 0o755); err != nil {
		return store.Failure("make the folder", unfinishedFolder, err)
	}
	fresh := path.Join(unfinishedFolder, "."+ecosystem+".new")
	if err = root.WriteFile(fresh, data, 0o644); err == nil {
		err = root.Rename(fresh, name)
	}
	if err != nil {
		return store.Failure("write", name, err)
	}
	return nil
}

// Finish notes that a sync has come to its end: what it needs, a snapshot names.
func Finish(root *os.Root, ecosystem string) error {
	name := path.Join(unfinishedFolder, ecosystem)
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return store.Failure("remove", name, err)
	}
	return nil
}

// readUnfinished reads a note. One that is not what was written, after a power failure, still
// tells by its time when it was.
func readUnfinished(root *os.Root, name string) (note unfinished, err error) {
	info, err := root.Lstat(name)
	if err != nil {
		return note, err
	}
	data, err := store.ReadRegular(root, name, 4096)
	if err != nil {
		return note, err
	}
	if json.Unmarshal(data, &note) != nil || note.Since.IsZero() || note.Last.Before(note.Since) {
		note = unfinished{Since: info.ModTime(), Last: info.ModTime()}
	}
	return note, nil
}

// awaited returns since when objects are kept because a sync or a bundle that brought them may go
// on; zero if there is none.
func (c *collector) awaited() (floor time.Time, err error) {
	entries, err := readFolder(c.root, unfinishedFolder)
	if err != nil {
		return floor, err
	}
	for _, e := range entries {
		if _, err := layout.OpenHistory(c.root, c.objects, e.Name()); err != nil {
			continue // being written
		}
		name := path.Join(unfinishedFolder, e.Name())
		note, err := readUnfinished(c.root, name)
		if err != nil {
			return floor, fmt.Errorf("%s cannot be read: %w", name, err)
		}
		if c.clock.Now.Sub(note.Last) > unfinishedAge {
			c.expired = append(c.expired, name)
			continue
		}
		c.result.Unfinished = append(c.result.Unfinished, e.Name())
		floor = earlier(floor, note.Since)
	}
	unlisted, err := c.unlisted()
	for _, since := range unlisted {
		floor = earlier(floor, since)
	}
	return floor, err
}

// earlier is the floor that lets what has come since some time stay, too.
func earlier(floor, since time.Time) time.Time {
	const slack = 2 * time.Second // file systems round times
	if since = since.Add(-slack); floor.IsZero() || since.Before(floor) {
		return since
	}
	return floor
}
