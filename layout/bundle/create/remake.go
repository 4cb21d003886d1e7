package create

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"filippo.io/age"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
)

// RemakeOptions say which volumes to make again.
type RemakeOptions struct {
	// Manifest is the file of the manifest, as [bundle.Parse] reads it. [Made] has those of the newest bundles.
	Manifest []byte

	// Signature is written beside the manifest where a folder lacks both and all volumes are there
	// in the end. nil: neither is written.
	Signature []byte

	// Volumes are the numbers of those to write. Empty: those that are in no folder, or are not right there. Of
	// encrypted volumes nobody but their recipients can tell: they are right if they are there.
	Volumes []int

	// Out are the folders, as in [Options].
	Out []string

	// Recipients for whom the volumes are encrypted. Empty: nothing is encrypted.
	Recipients []age.Recipient

	Progress func(Progress) // as in Options
	Notice   func(string)
}

// Made returns the file of the manifest of a bundle that the root has made, and of its signature. If it is none of
// the newest ones, the error matches fs.ErrNotExist.
func Made(root *os.Root, name string) (manifest, signature []byte, err error) {
	file := MadeFolder + "/" + name + bundle.ManifestSuffix
	if manifest, err = store.ReadRegular(root, file, bundle.MaxManifest); err != nil {
		return nil, nil, store.Failure("read", file, err)
	}
	if signature, err = store.ReadRegular(root, file+bundle.SignatureSuffix, 64<<10); err != nil {
		return nil, nil, store.Failure("read", file+bundle.SignatureSuffix, err)
	}
	return manifest, signature, nil
}

// Remake makes volumes of a bundle again, in the root that has made it, byte for byte as the manifest
// says. The caller holds the [layout.Lock] of the root. Snapshots and bases must still be kept.
//
// A volume that comes out otherwise is not written. An error leaves the volumes that
// were finished before it.
func Remake(ctx context.Context, root *os.Root, objects *store.Store, opts RemakeOptions) (*Result, error) {
	m, err := bundle.Parse(opts.Manifest)
	if err != nil {
		return nil, err
	}
	for _, n := range opts.Volumes {
		if n < 1 || n > len(m.Volumes) {
			return nil, fmt.Errorf("bundle %s has no volume %d: it has %d", m.Name, n, len(m.Volumes))
		}
	}
	if err := checkRecipients(opts.Recipients); err != nil {
		return nil, err
	}
	s := &source{root, objects}
	p, err := s.replan(ctx, m)
	if err != nil {
		return nil, s.name(fmt.Errorf("bundle %s cannot be made again here: %w", m.Name, err))
	}
	w := &writer{
		maker:    newMaker(s, p, &Options{Out: opts.Out, Recipients: opts.Recipients, Progress: opts.Progress, Notice: opts.Notice, free: store.FreeSpace}),
		manifest: m,
		clean:    true, // the manifest stays: nothing is written but what it says
	}
	defer w.close()
	if err := w.openFolders(int64(len(opts.Manifest))); err != nil {
		return nil, err
	}
	r := &Result{Manifest: m}
	for n := range m.Volumes {
		x, err := w.remake(ctx, n+1, opts.Volumes)
		if err != nil {
			return nil, s.locate(ctx, err, m.Ecosystems)
		}
		if x.file.Path != "" {
			r.Files = append(r.Files, x.file)
		}
		w.done += p.volumes[n].index
	}
	if opts.Signature != nil && len(r.Files) == len(m.Volumes) {
		if err := w.complete(opts.Manifest, opts.Signature); err != nil {
			return nil, err
		}
		r.Files = append(r.Files, w.files...)
	}
	return r, nil
}

// replan is the plan of a bundle that was made.
func (s *source) replan(ctx context.Context, m *bundle.Manifest) (*plan, error) {
	var content objects
	for _, e := range m.Ecosystems {
		err := s.gather(ctx, e, &content)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("the list of snapshot %s of %s is not kept here (object %s); make a new bundle", e.Snapshot, e.Name, e.List.SHA256)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := content.finish(); err != nil {
		return nil, err
	}
	gone := content.newMarks()
	for _, e := range m.Ecosystems {
		for _, id := range e.Base {
			has, err := s.mark(ctx, e.Name, id, &content)
			if errors.Is(err, fs.ErrNotExist) {
				err = fmt.Errorf("its base, snapshot %s of %s, is not kept here; make a new bundle", id, e.Name)
			}
			if err != nil {
				return nil, err
			}
			gone.join(has)
		}
	}
	content.drop(gone)
	p, err := newPlan(m.VolumeSize, m.Ecosystems, content.all)
	if err != nil {
		return nil, err
	}
	p.name = m.Name
	var again bundle.Manifest
	p.count(&again)
	if again.Objects != m.Objects || again.Bytes != m.Bytes || len(again.Volumes) != len(m.Volumes) || len(again.Splits) != len(m.Splits) {
		return nil, errors.New("it was divided into volumes otherwise, by another version of offmirror; use that one, or make a new bundle")
	}
	return p, nil
}

// remake writes volume n if it is wanted, or returns where it is.
func (w *writer) remake(ctx context.Context, n int, wanted []int) (made, error) {
	want := w.manifest.Volumes[n-1]
	there := w.has(n)
	if len(wanted) > 0 && !slices.Contains(wanted, n) {
		return made{}, nil
	}
	if there != nil && len(wanted) == 0 {
		file, right, err := w.right(ctx, there, n, want)
		if err != nil || right {
			return made{volume: want, file: file}, err
		}
	}
	x, err := w.place(ctx, n, func() {}, func(x made) error {
		if x.volume == want {
			return nil
		}
		if v := &w.plan.volumes[n-1]; v.piece > 0 { // a piece alone does not tell whether its object is right
			id := w.plan.member(v.first).SHA256
			if err := w.objects.Check(ctx, id); err != nil {
				return unreadable(id, err)
			}
		}
		return fmt.Errorf("volume %d came out with the SHA-256 %s instead of %s: the manifest is of another version of offmirror, or somebody has changed it; make a new bundle", n, x.volume.SHA256, want.SHA256)
	})
	for _, f := range w.folders {
		if err == nil && f.join(w.fileName(n)) != x.file.Path { // a wrong one would be taken for it
			err = f.remove(w.fileName(n))
		}
	}
	return x, err
}

// right reports whether a folder has volume n as the manifest says.
func (w *writer) right(ctx context.Context, f *folder, n int, want bundle.Volume) (File, bool, error) {
	name := w.fileName(n)
	x := File{Path: f.join(name), Volume: n, Kept: true}
	file, err := store.OpenRegular(f.root, name)
	if err != nil {
		return x, false, nil
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return x, false, nil
	}
	if x.Size = info.Size(); len(w.recipients) > 0 {
		return x, true, nil
	}
	if x.Size != want.Size {
		return x, false, nil
	}
	sum := sha256.New()
	_, err = io.CopyBuffer(sum, reader{ctx, file}, make([]byte, chunkSize))
	if ctx.Err() != nil {
		return x, false, ctx.Err()
	}
	x.SHA256 = store.ID(sum.Sum(nil))
	return x, err == nil && x.SHA256 == want.SHA256, nil
}

// reader reads until ctx ends.
type reader struct {
	ctx context.Context //nolint:containedctx // it lives as long as one call of io.Copy
	io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// complete puts the manifest, and the signature before it, into each folder that lacks it.
func (w *writer) complete(manifest, signature []byte) error {
	name := w.manifest.Name + bundle.ManifestSuffix
	for _, f := range w.folders {
		if _, err := f.root.Lstat(name); err == nil {
			continue
		}
		if err := w.writeManifest(f, manifest, signature); err != nil {
			return err
		}
	}
	return nil
}
