package retention

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// markApplying keeps what has come from the volumes of bundles that wait for others. What is named in
// their notes are the lists of their snapshots among others, which lie in the store; what those name has
// come, or comes in another volume, perhaps weeks later.
func (c *collector) markApplying(ctx context.Context) error {
	named := map[store.ID]bool{}
	err := objectsIn(c.root, applyingFolder, func(id store.ID) {
		if _, there := c.set.Find(id); there {
			named[id] = true
		}
		c.need(id)
	})
	for id := range named {
		if err == nil {
			err = c.markList(ctx, id)
		}
	}
	return err
}

// markList keeps what an object names, if it is the list of a snapshot.
func (c *collector) markList(ctx context.Context, id store.ID) error {
	f, err := c.objects.Open(id)
	if err != nil {
		return err
	}
	defer f.Close()
	magic := make([]byte, len(zstdMagic))
	if n, err := f.ReadAt(magic, 0); n < len(magic) && !errors.Is(err, io.EOF) {
		return fmt.Errorf("object %s: %w", id, err)
	}
	if string(magic) != zstdMagic {
		return nil // a piece of a large file, say
	}
	s, err := layout.NewScanner(f)
	if err != nil {
		if err := c.objects.Check(ctx, id); err != nil {
			return damagedList(id, err)
		}
		return nil // a piece of something else that is compressed
	}
	defer s.Close()
	for s.Next() {
		if e := s.Entry(); !e.IsLink() {
			c.need(e.Object)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if err := s.Err(); err != nil {
		return damagedList(id, err)
	}
	return nil
}

// unlisted returns since when bundles have brought objects without their lists, which come in
// a volume that is not here yet. Until then nothing tells which objects they are.
func (c *collector) unlisted() (since []time.Time, err error) {
	entries, err := readFolder(c.root, applyingFolder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		bundle, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || strings.HasPrefix(bundle, ".") {
			continue
		}
		name := path.Join(applyingFolder, e.Name())
		var note struct {
			Unlisted time.Time `json:"unlisted"`
		}
		data, err := store.ReadRegular(c.root, name, maxApplying)
		if err == nil {
			err = json.Unmarshal(data, &note)
		}
		if err != nil {
			return nil, fmt.Errorf("%s cannot be read, and may name what is needed; move it away, and apply the bundle again from its first volume: %w", name, err)
		}
		if !note.Unlisted.IsZero() {
			since = append(since, note.Unlisted)
			c.result.Unfinished = append(c.result.Unfinished, bundle)
		}
	}
	return since, nil
}

// maxApplying is the size in bytes above which nothing is taken for the note of a bundle.
const maxApplying = 64 << 20

func damagedList(id store.ID, err error) error {
	return fmt.Errorf("object %s of a bundle that is being applied is damaged; apply the volume that holds it again: %w", id, err)
}

// zstdMagic begins every list.
const zstdMagic = "\x28\xb5\x2f\xfd"
