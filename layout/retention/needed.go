package retention

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/offmirror/offmirror/fetch/store"
)

// NeededPath is the file in which the last bundles that were made from a root say what the next
// ones build on:
//
//	{"snapshots":[{"ecosystem":"hex","id":"…"}],"objects":["SHA-256…"]}
//
// Both lists may be missing. It is replaced in one step; see layout.WriteFile.
const NeededPath = "state/bundles/kept.json"

const (
	maxNeeded          = 256 << 20 // bytes of the file
	maxNeededSnapshots = 100_000
)

// NeededSnapshot is one that a bundle builds on.
type NeededSnapshot struct {
	Ecosystem string `json:"ecosystem"`
	ID        string `json:"id"`
}

// Needed reads the file at [NeededPath]: it returns the snapshots and calls object for each
// object. A file that is not there needs nothing. One that is not exactly of the form above is an
// error, because what it was to say is then unknown.
func Needed(root *os.Root, object func(store.ID)) (map[NeededSnapshot]bool, error) {
	f, err := store.OpenRegular(root, NeededPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, neededError(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > maxNeeded {
		return nil, neededError(fmt.Errorf("has %d bytes, more than %d", info.Size(), maxNeeded))
	}
	snapshots, err := parseNeeded(io.LimitReader(f, maxNeeded), object)
	if err != nil {
		return nil, neededError(err)
	}
	return snapshots, nil
}

func neededError(err error) error {
	return fmt.Errorf("%s cannot be read, so nobody knows what the next bundle builds on; make a bundle again, or remove that file: %w", NeededPath, err)
}

func parseNeeded(r io.Reader, object func(store.ID)) (map[NeededSnapshot]bool, error) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	snapshots := map[NeededSnapshot]bool{}
	seen := map[string]bool{}
	err := expect(d, json.Delim('{'))
	for err == nil && d.More() {
		var key json.Token
		if key, err = d.Token(); err != nil {
			break
		}
		name, _ := key.(string)
		if seen[name] {
			return nil, fmt.Errorf("the key %.40q comes twice", name)
		}
		seen[name] = true
		switch name {
		case "snapshots":
			err = elements(d, func(s NeededSnapshot) error {
				if s.Ecosystem == "" || s.ID == "" {
					return errors.New("a snapshot lacks its ecosystem or its id")
				}
				if len(snapshots) >= maxNeededSnapshots {
					return fmt.Errorf("more than %d snapshots", maxNeededSnapshots)
				}
				snapshots[s] = true
				return nil
			})
		case "objects":
			err = elements(d, func(text string) error {
				id, err := store.ParseID(text)
				if err == nil {
					object(id)
				}
				return err
			})
		default:
			err = fmt.Errorf("the key %.40q is not known", name)
		}
	}
	if err == nil {
		err = expect(d, json.Delim('}'))
	}
	if err == nil {
		if _, err = d.Token(); err == nil {
			err = errors.New("something follows its end")
		} else if errors.Is(err, io.EOF) {
			err = nil
		}
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return snapshots, err
}

func expect(d *json.Decoder, want json.Delim) error {
	got, err := d.Token()
	if err == nil && got != want {
		err = fmt.Errorf("want %q, not %.40q", want.String(), fmt.Sprint(got))
	}
	return err
}

// elements reads a list element by element, so that its length costs no memory.
func elements[T any](d *json.Decoder, each func(T) error) error {
	if err := expect(d, '['); err != nil {
		return err
	}
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		var v T
		if err := strict(raw, &v); err != nil {
			return err
		}
		if err := each(v); err != nil {
			return err
		}
	}
	return expect(d, ']')
}

// strict refuses null, which would decode into anything.
func strict(raw json.RawMessage, v any) error {
	if bytes.Equal(raw, []byte("null")) {
		return errors.New("null is neither a snapshot nor an object")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(v)
}
