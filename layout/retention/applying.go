package retention

import (
	"context"
	"errors"
	"fmt"
	"io"

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

func damagedList(id store.ID, err error) error {
	return fmt.Errorf("object %s of a bundle that is being applied is damaged; apply the volume that holds it again: %w", id, err)
}

// zstdMagic begins every list.
const zstdMagic = "\x28\xb5\x2f\xfd"
