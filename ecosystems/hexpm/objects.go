package hexpm

import (
	"fmt"
	"io"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/layout"
)

// readObject reads a small file of the current snapshot.
func (p *planner) readObject(path string) ([]byte, error) {
	e, ok := p.in.Previous.Lookup(path)
	if !ok {
		return nil, fmt.Errorf("%s is not in the snapshot", path)
	}
	return readEntry(p.in.Previous, e)
}

// readEntry reads a small file of a snapshot.
func readEntry(view layout.View, e layout.Entry) ([]byte, error) {
	if e.Size > registry.MaxIndexFile {
		return nil, fmt.Errorf("%s: %w", e.Path, errTooLarge)
	}
	f, err := view.Open(e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data := make([]byte, e.Size)
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("%s: %w", e.Path, err)
	}
	return data, nil
}
