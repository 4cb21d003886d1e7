package create

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/offmirror/offmirror/layout/bundle"
)

// writer writes a whole bundle into its folders.
type writer struct {
	*maker
	manifest *bundle.Manifest
	folders  []*folder
	now      int   // the folder that is being filled
	reserve  int64 // what the manifest and its signature will need in each
	clean    bool  // no folder has a manifest of this bundle any more
	files    []File
}

// slack is room for a signature, and for what files take beyond their length.
const slack = 64 << 10

// open opens the folders and looks whether there is enough room in them.
func (w *writer) open() error {
	text, err := w.manifest.Encode()
	if err != nil {
		return err
	}
	if err := w.openFolders(int64(len(text))); err != nil {
		return err
	}
	return w.checkRoom()
}

// openFolders opens the folders, in each of which there must be room for a manifest.
func (w *writer) openFolders(manifest int64) error {
	w.reserve = manifest + slack
	for _, path := range w.opts.Out {
		f, err := openFolder(path)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(w.folders, f.same) {
			f.close()
			continue
		}
		w.folders = append(w.folders, f)
		if err := f.lock(); err != nil {
			return err
		}
		if err := f.clean(); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) close() {
	for _, f := range w.folders {
		f.close()
	}
}

// has returns a folder that has a file which may be volume n.
func (w *writer) has(n int) *folder {
	for _, f := range w.folders {
		if info, err := f.root.Lstat(w.fileName(n)); err == nil && info.Mode().IsRegular() {
			return f
		}
	}
	return nil
}

// checkRoom says before the first byte is written if the folders cannot take the bundle.
func (w *writer) checkRoom() error {
	at, left, total := 0, int64(0), int64(0)
	next := func() bool {
		free, known := w.opts.free(w.folders[at].root)
		left = free - w.reserve
		total += max(0, left)
		return known
	}
	if !next() {
		return nil
	}
	need := int64(0)
	for n := range w.plan.volumes {
		if w.has(n+1) != nil {
			continue
		}
		size := w.bound(n + 1)
		need += size
		for left < size {
			if at++; at == len(w.folders) {
				for n++; n < len(w.plan.volumes); n++ {
					need += w.bound(n + 1)
				}
				return fmt.Errorf("bundle %s: what is to be written takes %d bytes, and the folders have room for %d: %w", w.plan.name, need, total, ErrNoRoom)
			}
			if !next() {
				return nil
			}
		}
		left -= size
	}
	return nil
}

// volumes proves those volumes that are there and writes the others.
func (w *writer) volumes(ctx context.Context) error {
	believed := 0 // volumes up to this one are written whatever is there
	var kept []bool
	for n := 1; n <= len(w.plan.volumes); n++ {
		back := w.belt.mark()
		x, err := w.volume(ctx, n, n > believed, back)
		v := &w.plan.volumes[n-1]
		if first := n - v.piece + 1; err != nil && w.plan.lastPiece(v) && anyOf(kept[first-1:n-1]) && isWrong(err) {
			// A piece that was there is another's, which the digest of the whole has told only now.
			for k := first; k < n; k++ {
				w.done -= w.plan.volumes[k-1].index
			}
			w.files, kept = w.files[:first-1], kept[:first-1]
			believed, n = n, first-1
			continue
		}
		if err != nil {
			return err
		}
		w.plan.took(w.manifest, n, x)
		w.files, kept = append(w.files, x.file), append(kept, x.file.Kept)
		w.done += v.index
	}
	return nil
}

func anyOf(all []bool) bool {
	for _, b := range all {
		if b {
			return true
		}
	}
	return false
}

func isWrong(err error) bool {
	_, ok := errors.AsType[*wrongBytes](err)
	return ok
}

// volume proves volume n, if a folder has it, or writes it.
func (w *writer) volume(ctx context.Context, n int, believe bool, back func()) (made, error) {
	if f := w.has(n); f != nil && believe {
		x, err := w.prove(ctx, n, f)
		if !errors.Is(err, errOther) {
			return x, err
		}
		back()
	}
	if err := w.retract(); err != nil {
		return made{}, err
	}
	for _, f := range w.folders { // what is not right only takes room
		if err := f.remove(w.fileName(n)); err != nil {
			return made{}, err
		}
	}
	return w.place(ctx, n, back, nil)
}

// place writes volume n into the first folder that has room for it. back is called when one turns out
// to be full. right, if not nil, judges the volume before it gets its name.
func (w *writer) place(ctx context.Context, n int, back func(), right func(made) error) (made, error) {
	full := ErrNoRoom
	for ; w.now < len(w.folders); w.now++ {
		f := w.folders[w.now]
		if free, known := w.opts.free(f.root); known && free < w.bound(n)+w.reserve {
			continue
		}
		x, err := w.write(ctx, n, f, right)
		if !errors.Is(err, ErrNoRoom) {
			return x, err
		}
		full = err
		back()
	}
	return made{}, fmt.Errorf("volume %d of %d (%s, up to %d bytes) fits into no folder: %w", n, len(w.plan.volumes), w.fileName(n), w.bound(n), full)
}

// retract removes the manifest of this bundle before the first of its volumes changes: where there
// is one the bundle is whole.
func (w *writer) retract() error {
	if w.clean {
		return nil
	}
	for _, f := range w.folders {
		name := w.plan.name + bundle.ManifestSuffix
		if err := f.remove(name); err != nil {
			return err
		}
		if err := f.remove(name + bundle.SignatureSuffix); err != nil {
			return err
		}
	}
	w.clean = true
	return nil
}

// sign records the bundle in the root and ends it with its manifest in each folder.
func (w *writer) sign() ([]File, error) {
	manifest, err := w.manifest.Encode()
	if err != nil {
		return nil, err
	}
	signature, err := w.opts.Sign(manifest, "offmirror bundle "+w.manifest.Name)
	if err != nil {
		return nil, fmt.Errorf("sign bundle %s: %w", w.manifest.Name, err)
	}
	if err := w.record(w.manifest, manifest, signature, w.opts.step); err != nil {
		return nil, w.name(err)
	}
	for _, f := range w.folders {
		if err := w.writeManifest(f, manifest, signature); err != nil {
			return nil, err
		}
	}
	w.opts.step("done")
	return w.files, nil
}

// writeManifest ends a bundle in a folder.
func (w *writer) writeManifest(f *folder, manifest, signature []byte) error {
	name := w.manifest.Name + bundle.ManifestSuffix
	w.opts.step("write the signature")
	if err := f.write(name+bundle.SignatureSuffix, signature); err != nil {
		return err
	}
	w.opts.step("write the manifest")
	if err := f.write(name, manifest); err != nil {
		return err
	}
	w.files = append(w.files, fileOf(f, name+bundle.SignatureSuffix, signature), fileOf(f, name, manifest))
	return nil
}
