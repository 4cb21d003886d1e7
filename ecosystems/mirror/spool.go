package mirror

import (
	"errors"
	"fmt"
	"os"

	"github.com/offmirror/offmirror/ecosystems"
)

// tempSpool makes a spool in the folder that the configuration names for temporary files.
func (w workshop) tempSpool() (ecosystems.Spool, error) {
	f, err := os.CreateTemp(w.run.tempDir, "offmirror-")
	if err != nil {
		return nil, w.broken("make a temporary file", err)
	}
	// Where files can be removed while they are open, nothing is left however the
	// process ends.
	removed := os.Remove(f.Name()) == nil
	return &tempFile{f, removed, w.run}, nil
}

// tempFile is a spool that is a file of its own.
type tempFile struct {
	file    *os.File
	removed bool
	run     *run
}

func (t *tempFile) Write(p []byte) (int, error) {
	n, err := t.file.Write(p)
	if err != nil {
		t.run.abort(fmt.Errorf("write a temporary file: %w", err))
	}
	return n, err
}

func (t *tempFile) ReadAt(p []byte, off int64) (int, error) { return t.file.ReadAt(p, off) }

func (t *tempFile) Close() error {
	err := t.file.Close()
	if !t.removed {
		err = errors.Join(err, os.Remove(t.file.Name()))
	}
	return err
}
