package create

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/retention"
)

const (
	// MadeFolder has the manifests of the newest bundles that a root has made, relative to it.
	MadeFolder = "state/bundles/made"

	keptBundles = 16
)

// kept is what must be kept for volumes of the newest bundles to be made again; see [retention.Needed].
type kept struct {
	Snapshots []retention.NeededSnapshot `json:"snapshots"` // that travelled, and their bases; sorted
	Objects   []store.ID                 `json:"objects"`   // the lists of those that travelled; sorted
}

// record remembers a bundle in the root that made it, and forgets the oldest ones.
func (s *source) record(m *bundle.Manifest, manifest, signature []byte, step func(string)) error {
	file := MadeFolder + "/" + m.Name + bundle.ManifestSuffix
	step("record the signature")
	if err := layout.WriteFile(s.root, file+bundle.SignatureSuffix, signature, 0o644); err != nil {
		return err
	}
	step("record the manifest")
	if err := layout.WriteFile(s.root, file, manifest, 0o644); err != nil {
		return err
	}
	names, err := s.made()
	if err != nil {
		return err
	}
	// Names begin with the time. The one that was made just now stays, whatever its time.
	names = slices.DeleteFunc(names, func(n string) bool { return n == m.Name })
	gone := names[:max(0, len(names)-keptBundles+1)]
	if err := s.keep(append(names[len(gone):], m.Name), step); err != nil {
		return err
	}
	for _, name := range gone {
		for _, suffix := range []string{bundle.ManifestSuffix, bundle.ManifestSuffix + bundle.SignatureSuffix} {
			if err := s.root.Remove(MadeFolder + "/" + name + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return store.Failure("remove", MadeFolder+"/"+name+suffix, err)
			}
		}
	}
	return nil
}

// made returns the names of the bundles whose manifests are there, sorted.
func (s *source) made() ([]string, error) {
	entries, err := fs.ReadDir(s.root.FS(), MadeFolder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", MadeFolder, err)
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), bundle.ManifestSuffix); ok {
			names = append(names, name)
		}
	}
	return names, nil
}

// keep writes what the named bundles are made of.
func (s *source) keep(names []string, step func(string)) error {
	var k kept
	for _, name := range names {
		m, err := readMade(s.root, name)
		if err != nil {
			continue // nobody can remake that one
		}
		for _, e := range m.Ecosystems {
			k.Objects = append(k.Objects, e.List.SHA256)
			for _, id := range append([]string{e.Snapshot}, e.Base...) {
				k.Snapshots = append(k.Snapshots, retention.NeededSnapshot{Ecosystem: e.Name, ID: id})
			}
		}
	}
	slices.SortFunc(k.Snapshots, func(a, b retention.NeededSnapshot) int {
		return strings.Compare(a.Ecosystem+"/"+a.ID, b.Ecosystem+"/"+b.ID)
	})
	k.Snapshots = slices.Compact(k.Snapshots)
	slices.SortFunc(k.Objects, func(a, b store.ID) int { return strings.Compare(a.String(), b.String()) })
	k.Objects = slices.Compact(k.Objects)
	text, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return err
	}
	step("record what is kept")
	return layout.WriteFile(s.root, retention.NeededPath, append(text, '\n'), 0o644)
}

// readMade reads the manifest of a bundle that the root has made.
func readMade(root *os.Root, name string) (*bundle.Manifest, error) {
	file, err := store.ReadRegular(root, MadeFolder+"/"+name+bundle.ManifestSuffix, bundle.MaxManifest)
	if err != nil {
		return nil, err
	}
	return bundle.Parse(file)
}
