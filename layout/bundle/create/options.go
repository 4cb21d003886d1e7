package create

import (
	"errors"
	"fmt"
	"os"

	"filippo.io/age"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
)

// DefaultVolumeSize is the size that volumes stay below unless another one is
// asked for: the largest file of FAT32 has a byte less.
const DefaultVolumeSize = 4 << 30

// Options say what to make a bundle of and where to put it.
type Options struct {
	// Ecosystems that travel with their current snapshots. Empty: all that have one.
	Ecosystems []string

	// Base has the ids of snapshots that the receiver holds whole, by ecosystem.
	// Objects that one of them names are left out. Ids that are not kept here help
	// nobody, and are told to Notice. Empty: everything travels.
	Base map[string][]string

	// VolumeSize is what each volume is smaller than, in bytes. 0: DefaultVolumeSize.
	VolumeSize int64

	// Out are the folders that are filled in turn, as they have room. One that does not exist is
	// made, but not the folder above it: a stick that is not mounted is an error.
	Out []string

	// Sign returns the file of the signature of a manifest. Without it nothing is made.
	Sign func(manifest []byte, trustedComment string) ([]byte, error)

	// Rotations go into the manifest: statements that a key replaces another, oldest first.
	Rotations []string

	// Recipients for whom the volumes are encrypted. Empty: nothing is encrypted.
	Recipients []age.Recipient

	// Progress, if not nil, is called now and then, by one goroutine at a time. It must
	// be quick.
	Progress func(Progress)

	// Notice, if not nil, is called with what the user should know and need not act
	// upon, one line each.
	Notice func(string)

	trace func(step string)            // for tests that want to stop there
	free  func(*os.Root) (int64, bool) // for tests whose folders are full
}

// Progress is how far a run has come.
type Progress struct {
	Volume  int   // that is being written or proven, counted from 1
	Volumes int   // how many there are
	Bytes   int64 // of all volumes so far, without their indexes
	Total   int64 // what Bytes will be in the end
}

// Result is a bundle that was made.
type Result struct {
	Manifest *bundle.Manifest
	Files    []File // the volumes in their order, then signatures and manifests

	// Missing has, by ecosystem, what the snapshot lacks although upstream's index names it. The
	// bundle is whole all the same: it holds what the mirror holds.
	Missing map[string][]layout.Missing
}

// File is one file of a bundle.
type File struct {
	Path   string
	Volume int // counted from 1; 0: it is no volume
	Size   int64
	SHA256 store.ID // of what sha256sum would read; zero if the file was encrypted earlier
	Kept   bool     // it was there, and right
}

func (o *Options) check() error {
	if o.VolumeSize == 0 {
		o.VolumeSize = DefaultVolumeSize
	}
	if o.free == nil {
		o.free = store.FreeSpace
	}
	switch {
	case len(o.Out) == 0:
		return errors.New("bundle: name a folder to write to")
	case o.Sign == nil:
		return errors.New("bundle: no key to sign with")
	case o.VolumeSize < bundle.MinVolumeSize:
		return fmt.Errorf("bundle: volumes of %d bytes are too small; want at least %d", o.VolumeSize, bundle.MinVolumeSize)
	case o.VolumeSize > maxVolumeSize:
		return fmt.Errorf("bundle: volumes of %d bytes are too large; want at most %d", o.VolumeSize, int64(maxVolumeSize))
	}
	return nil
}

// maxVolumeSize keeps sums of offsets far from where numbers end.
const maxVolumeSize = 1 << 50

func (o *Options) notice(format string, a ...any) {
	if o.Notice != nil {
		o.Notice(fmt.Sprintf(format, a...))
	}
}

func (o *Options) step(name string) {
	if o.trace != nil {
		o.trace(name)
	}
}
