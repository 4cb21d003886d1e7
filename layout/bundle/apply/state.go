package apply

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
)

const (
	applyingFolder = "state/bundles/applying"
	applyingFormat = 1
	maxApplying    = 4 * bundle.MaxManifest
)

// applying is ROOT/state/bundles/applying/NAME.json: a bundle of which not everything has
// arrived, or that is being published.
type applying struct {
	Format    int    `json:"format"`
	Manifest  string `json:"manifest"`            // the file
	Signature []byte `json:"signature,omitempty"` // the file

	// Keep is the objects that no snapshot names and that must stay: lists, and
	// pieces of what is larger than a volume. Ours is those of them that the store
	// lacked before, and that may go in the end.
	Keep []store.ID `json:"keep"`
	Ours []store.ID `json:"ours"`

	// Unlisted is since when objects have come without all lists, so that nothing tells
	// which they are; zero: the lists are here. Package retention reads it.
	Unlisted time.Time `json:"unlisted,omitzero"`

	// Taken is the volumes of which everything has been taken, so that the others
	// can be asked for. It is a hint: what is in the store tells.
	Taken []int `json:"taken"`

	// Publishing: everything is here, and nothing but links is left to be swapped.
	Publishing bool `json:"publishing"`

	// Before is what was served when that began, by ecosystem, so that a publication that
	// came after it is recognised.
	Before map[string]served `json:"before,omitempty"`
}

// served is what [layout.History.Served] says.
type served struct {
	Tree  string    `json:"tree,omitempty"`
	Since time.Time `json:"since,omitzero"`
}

func servedNow(h *layout.History) (served, error) {
	tree, since, err := h.Served()
	return served{tree, since}, err
}

// overtaken reports whether something else was published after the record was written: what is
// served is neither what was then, nor what the bundle brings. A record that says nothing of it
// counts as overtaken, since nothing proves the opposite; the bundle can be applied again.
func (s *applying) overtaken(h *layout.History, snapshot string) (bool, error) {
	current, err := h.CurrentID()
	if err != nil || current == snapshot {
		return false, err
	}
	before, ok := s.Before[h.Ecosystem()]
	is, err := servedNow(h)
	return !ok || is.Tree != before.Tree || !is.Since.Equal(before.Since), err
}

func applyingPath(name string) string { return applyingFolder + "/" + name + ".json" }

func (s *applying) save(root *os.Root, name string) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return layout.WriteFile(root, applyingPath(name), append(data, '\n'), 0o644)
}

// loadApplying returns nil if a bundle is not being applied.
func loadApplying(root *os.Root, name string) (*applying, error) {
	data, err := store.ReadRegular(root, applyingPath(name), maxApplying)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	s := &applying{}
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		err = d.Decode(s)
	}
	if err == nil && s.Format != applyingFormat {
		err = fmt.Errorf("of format %d, and this offmirror knows %d only", s.Format, applyingFormat)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w; move it away and apply the bundle again from its first volume", applyingPath(name), err)
	}
	return s, nil
}

// forget removes the memory of a bundle, and what was kept only for it.
func (s *applying) forget(root *os.Root, objects *store.Store, name string, named func(store.ID) bool) error {
	// The file goes first: what then stays by a crash is found by gc.
	err := root.Remove(applyingPath(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return store.Failure("remove", applyingPath(name), err)
	}
	for _, id := range s.Ours {
		if named(id) {
			continue
		}
		if err := objects.Remove(id); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Applying returns the names of the bundles that wait for volumes or to be published,
// sorted.
func Applying(root *os.Root) ([]string, error) {
	entries, err := fs.ReadDir(root.FS(), applyingFolder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".json"); ok && !strings.HasPrefix(name, ".") {
			names = append(names, path.Base(name))
		}
	}
	return names, err
}

// Recall returns the manifest and the signature of a bundle of which other volumes were
// applied before, or nil: see [read.Options].
func Recall(root *os.Root) func(name string) (manifest, signature []byte) {
	return func(name string) (manifest, signature []byte) {
		s, err := loadApplying(root, name)
		if err != nil || s == nil {
			return nil, nil
		}
		return []byte(s.Manifest), s.Signature
	}
}
