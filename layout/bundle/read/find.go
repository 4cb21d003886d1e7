package read

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
)

// maxSignature is the size in bytes above which nothing is taken for a signature.
const maxSignature = 64 << 10

// maxFiles is how many files of bundles one folder may hold.
const maxFiles = 1 << 20

// place is a file in a folder that somebody named.
type place struct{ folder, file string }

func (p place) String() string { return filepath.Join(p.folder, p.file) }

// open opens a regular file. A link may lead to a file of the same folder, not out of it.
func (p place) open() (*os.File, error) {
	root, err := os.OpenRoot(p.folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return store.OpenRegular(root, p.file)
}

func (p place) read(limit int64) ([]byte, error) {
	f, err := p.open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("larger than %d bytes", limit)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p, err)
	}
	return data, nil
}

// found is what lies at some paths, by the names of bundles.
type found struct {
	named      string // the bundle that a path names, if one does
	exact      place  // the manifest that a path names, if one does
	manifests  map[string][]place
	signatures map[string][]place
	volumes    map[string]map[int][]place
	files      int
}

// find looks at paths: folders, and files of bundles, which stand for those that
// lie beside them too.
func find(paths []string) (*found, error) {
	f := &found{
		manifests: make(map[string][]place), signatures: make(map[string][]place), volumes: make(map[string]map[int][]place),
	}
	var folders []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		folder := filepath.Clean(path)
		if !info.IsDir() {
			folder = filepath.Dir(path)
			if err := f.choose(place{folder, filepath.Base(path)}); err != nil {
				return nil, err
			}
		}
		if !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	for _, folder := range folders {
		if err := f.list(folder); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// choose takes a path to a file as the choice of its bundle.
func (f *found) choose(p place) error {
	name, kind, _ := classify(p.file)
	switch {
	case kind == unknown:
		return fmt.Errorf("%s: is no file of a bundle; name a folder, or NAME%s", p, bundle.ManifestSuffix)
	case f.named != "" && f.named != name:
		return &SeveralError{Names: sorted(f.named, name)}
	case kind == manifest && f.exact.file != "" && f.exact != p:
		return fmt.Errorf("%s and %s: name one", f.exact, p)
	case kind == manifest:
		f.exact = p
	}
	f.named = name
	return nil
}

type kind int

const (
	unknown kind = iota
	manifest
	signature
	volume
)

// classify says what a file is by its name.
func classify(file string) (name string, k kind, number int) {
	if name, n, _, ok := bundle.ParseVolumeFile(file); ok {
		return name, volume, n
	}
	name, signed := strings.CutSuffix(file, bundle.SignatureSuffix)
	name, ok := strings.CutSuffix(name, bundle.ManifestSuffix)
	if _, _, _, valid := bundle.ParseVolumeFile(bundle.VolumeFile(name, 1)); !ok || !valid {
		return "", unknown, 0
	}
	if signed {
		return name, signature, 0
	}
	return name, manifest, 0
}

func (f *found) list(folder string) error {
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer dir.Close()
	for {
		entries, err := dir.ReadDir(1024)
		for _, e := range entries {
			f.take(place{folder, e.Name()}, e)
		}
		if f.files > maxFiles {
			return fmt.Errorf("%s: more than %d files of bundles", folder, maxFiles)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
	}
}

func (f *found) take(p place, e fs.DirEntry) {
	name, k, n := classify(p.file)
	if k == unknown || e.IsDir() {
		return
	}
	f.files++
	switch k {
	case manifest:
		f.manifests[name] = append(f.manifests[name], p)
	case signature:
		f.signatures[name] = append(f.signatures[name], p)
	case volume:
		if f.volumes[name] == nil {
			f.volumes[name] = make(map[int][]place)
		}
		f.volumes[name][n] = append(f.volumes[name][n], p)
	}
}

// SeveralError says that more than one bundle was found where one is wanted.
type SeveralError struct {
	Names []string // sorted: oldest first
}

func (e *SeveralError) Error() string {
	return fmt.Sprintf("several bundles: %s; name one by the path of its %s", strings.Join(e.Names, ", "), bundle.ManifestSuffix)
}

func sorted(names ...string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// bundle says which one of what was found is meant, and returns its manifest and
// its signature, which may be nil. recall knows those of bundles whose first
// volumes have been read before.
func (f *found) bundle(paths []string, recall func(name string) (manifest, signature []byte)) (file, signature []byte, err error) {
	names := slices.Sorted(maps.Keys(f.manifests))
	if f.named != "" {
		names = []string{f.named}
	}
	if len(names) > 1 {
		return nil, nil, &SeveralError{Names: names}
	}
	if len(names) == 1 && len(f.manifests[names[0]]) > 0 {
		return f.readManifest(names[0])
	}
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(f.volumes))
	}
	var recalled []string
	for _, name := range names {
		if recall == nil {
			break
		}
		if m, s := recall(name); m != nil {
			file, signature = m, s
			recalled = append(recalled, name)
		}
	}
	switch {
	case len(recalled) > 1:
		return nil, nil, &SeveralError{Names: recalled}
	case len(recalled) == 1:
		return file, signature, nil
	case len(names) > 0:
		return nil, nil, fmt.Errorf("%s: volumes of bundle %s are here, and its manifest is not: bring %s%s and the %s beside it along; "+
			"if there is none, the bundle was not written to its end: have bundle create go on with it",
			strings.Join(paths, ", "), names[0], names[0], bundle.ManifestSuffix, bundle.SignatureSuffix)
	}
	return nil, nil, fmt.Errorf("%s: no bundle: there is neither a manifest (offmirror-….manifest) nor a volume (offmirror-….001.tar); "+
		"name the folder that bundle create wrote to, folders in it are not looked at", strings.Join(paths, ", "))
}

// readManifest reads the manifest and the signature of a bundle. Copies on several
// media must be equal, unless one is named by its path.
func (f *found) readManifest(name string) (file, signature []byte, err error) {
	places := f.manifests[name]
	if f.exact.file != "" {
		places = []place{f.exact}
	}
	for _, p := range places {
		data, err := p.read(bundle.MaxManifest)
		if err != nil {
			return nil, nil, err
		}
		if file != nil && !bytes.Equal(file, data) {
			return nil, nil, fmt.Errorf("%s and %s differ: name one of them by its path", places[0], p)
		}
		file = data
	}
	signatures := f.signatures[name]
	slices.SortStableFunc(signatures, func(a, b place) int { return beside(b, places[0]) - beside(a, places[0]) })
	for _, p := range signatures {
		if signature, err = p.read(maxSignature); err == nil {
			return file, signature, nil
		}
	}
	return file, nil, err
}

func beside(a, b place) int {
	if a.folder == b.folder {
		return 1
	}
	return 0
}
