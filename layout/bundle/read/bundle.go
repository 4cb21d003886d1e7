package read

import (
	"errors"
	"fmt"
	"sync"

	"filippo.io/age"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrMissing means that no volume of this number was found.
	ErrMissing = errors.New("is missing")
	// ErrDamaged means that something is not what the manifest says it is.
	ErrDamaged = store.ErrDamaged
	// ErrIdentity means that an encrypted volume was encrypted to others.
	ErrIdentity = errors.New("is encrypted, and no identity given opens it: name a file with one by --identity")
)

// Options are how a bundle is looked for.
type Options struct {
	// Identities open encrypted volumes.
	Identities []age.Identity

	// Recall returns the manifest and the signature of a bundle of which other
	// media have been read before, or nil. It is asked if there are volumes and no
	// manifest. It may be nil.
	Recall func(name string) (manifest, signature []byte)
}

// Bundle is a bundle on media. Its methods may be called from many goroutines.
type Bundle struct {
	Manifest  *bundle.Manifest
	File      []byte   // of the manifest, as it was found: what is signed
	Signature []byte   // nil: there is none
	Volumes   []Volume // all that the manifest names, by number

	identities []age.Identity
	lists      map[store.ID]bool
	splits     map[store.ID]*bundle.Split

	mu     sync.Mutex
	proven []bool // the volumes whose index has been compared
	table  *table // for Open; made when first needed
}

// Volume is what was found of one volume.
type Volume struct {
	Number    int
	Path      string // "" if it is missing
	Encrypted bool
	Err       error // nil: it is there and has the right size; matches ErrMissing, ErrDamaged or ErrIdentity, or is the system's

	place place
}

// Open looks for one bundle at paths, which are folders, or files of the bundle:
// these choose it among several, and stand for the folder that they are in.
// Folders below are not looked into. Where a volume lies at several places, the
// first of the right size is taken.
//
// The error is a [*SeveralError] if there are several bundles and none is chosen.
// Volumes that are missing or wrong are no error; see [Volume].
func Open(paths []string, o Options) (*Bundle, error) {
	f, err := find(paths)
	if err != nil {
		return nil, err
	}
	file, signature, err := f.bundle(paths, o.Recall)
	if err != nil {
		return nil, err
	}
	m, err := bundle.Parse(file)
	if err != nil {
		return nil, err
	}
	if f.named != "" && m.Name != f.named {
		return nil, fmt.Errorf("%s%s: is the manifest of %s; somebody has renamed it", f.named, bundle.ManifestSuffix, m.Name)
	}
	b := &Bundle{
		Manifest: m, File: file, Signature: signature, identities: o.Identities,
		lists:  make(map[store.ID]bool),
		splits: make(map[store.ID]*bundle.Split),
		proven: make([]bool, len(m.Volumes)),
	}
	for _, e := range m.Ecosystems {
		b.lists[e.List.SHA256] = true
	}
	for i := range m.Splits {
		b.splits[m.Splits[i].SHA256] = &m.Splits[i]
	}
	for i := range m.Volumes {
		b.Volumes = append(b.Volumes, b.look(i+1, f.volumes[m.Name][i+1]))
	}
	return b, nil
}

// look chooses among the places where a volume may be.
func (b *Bundle) look(n int, places []place) Volume {
	v := Volume{Number: n, Err: fmt.Errorf("%s %w", bundle.VolumeFile(b.Manifest.Name, n), ErrMissing)}
	for _, p := range places {
		_, _, encrypted, _ := bundle.ParseVolumeFile(p.file)
		candidate := Volume{Number: n, Path: p.String(), Encrypted: encrypted, place: p}
		h, err := b.open(candidate)
		if err == nil {
			h.Close()
			return candidate
		}
		if v.Path == "" {
			v, v.Err = candidate, err
		}
	}
	return v
}

// Split returns how an object or a list lies in several volumes, or nil if it does not.
func (b *Bundle) Split(id store.ID) *bundle.Split { return b.splits[id] }

// IsList reports whether id is that of the list of a snapshot of the bundle.
func (b *Bundle) IsList(id store.ID) bool { return b.lists[id] }

// Missing returns the numbers of the volumes that are not there.
func (b *Bundle) Missing() []int {
	var numbers []int
	for _, v := range b.Volumes {
		if errors.Is(v.Err, ErrMissing) {
			numbers = append(numbers, v.Number)
		}
	}
	return numbers
}
