package retention

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/offmirror/offmirror/fetch/store"
)

// Folders whose files name objects in ways that only others know, and a file that does.
const (
	shelfFile      = "state/objects" // of a local package server that has this root
	driversFolder  = "state/drivers"
	applyingFolder = "state/bundles/applying"
	pulledFolder   = "state/pulled" // what was fetched while serving, and waits for the next snapshot
)

// Lengths of names in hexadecimal digits.
const (
	objectDigits   = 64
	snapshotDigits = 32
)

// namesIn calls found for whatever may be a name of so many lower-case hexadecimal digits in the
// JSON files of a folder, those with a value on each line included. Of a longer row of digits every part counts: too much is kept
// rather than too little.
func namesIn(root *os.Root, folder string, digits int, found func(name []byte)) error {
	entries, err := fs.ReadDir(root.FS(), folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", folder, err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".json") && !strings.HasSuffix(e.Name(), ".jsonl") || strings.HasPrefix(e.Name(), ".") {
			continue // what is being written, or a dead run's
		}
		if err := namesInFile(root, path.Join(folder, e.Name()), digits, found); err != nil {
			return err
		}
	}
	return nil
}

// namesInFile is namesIn for one file, which need not exist.
func namesInFile(root *os.Root, name string, digits int, found func(name []byte)) error {
	f, err := store.OpenRegular(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		defer f.Close()
		err = scanNames(f, digits, found)
	}
	if err != nil {
		return fmt.Errorf("%s cannot be read, and may name what is needed: %w", name, err)
	}
	return nil
}

// scanNames is namesIn for a stream. What found is given is valid during the call.
func scanNames(r io.Reader, digits int, found func(name []byte)) error {
	in := bufio.NewReaderSize(r, 64<<10)
	run := make([]byte, 0, 8*digits)
	for {
		c, err := in.ReadByte()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			run = run[:0]
			continue
		}
		if len(run) == cap(run) {
			run = run[:copy(run, run[len(run)-digits+1:])]
		}
		if run = append(run, c); len(run) >= digits {
			found(run[len(run)-digits:])
		}
	}
}

// objectsIn is namesIn for names of objects.
func objectsIn(root *os.Root, folder string, object func(store.ID)) error {
	return namesIn(root, folder, objectDigits, asObject(object))
}

func asObject(object func(store.ID)) func(name []byte) {
	return func(name []byte) {
		var id store.ID
		if _, err := hex.Decode(id[:], name); err == nil {
			object(id)
		}
	}
}
