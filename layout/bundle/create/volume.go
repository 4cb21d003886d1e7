package create

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"filippo.io/age"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout/bundle"
)

// made is a volume that was written or proven.
type made struct {
	volume bundle.Volume
	piece  store.ID // of the piece that it begins with, if it does
	file   File
}

// maker makes volumes one by one.
type maker struct {
	*source
	plan       *plan
	belt       *belt
	recipients []age.Recipient
	opts       *Options
	done       int64 // bytes of the volumes before this one
}

func newMaker(s *source, p *plan, o *Options) *maker {
	return &maker{source: s, plan: p, belt: newBelt(p), recipients: o.Recipients, opts: o}
}

// fileName returns the name of the file of volume n.
func (m *maker) fileName(n int) string {
	name := bundle.VolumeFile(m.plan.name, n)
	if len(m.recipients) > 0 {
		name += bundle.EncryptedSuffix
	}
	return name
}

// bound is what the file of volume n is no longer than.
func (m *maker) bound(n int) int64 {
	size := m.plan.volumes[n-1].bound
	if len(m.recipients) > 0 {
		size += ageHeader + (size/ageChunk+1)*ageTag
	}
	return size
}

func (m *maker) carried(n int) func(int) {
	bytes := int64(0)
	return func(more int) {
		bytes += int64(more)
		if m.opts.Progress != nil {
			m.opts.Progress(Progress{Volume: n, Volumes: len(m.plan.volumes), Bytes: m.done + bytes, Total: m.plan.total})
		}
	}
}

// write writes volume n into a folder. right, if not nil, judges it before it gets its name.
func (m *maker) write(ctx context.Context, n int, f *folder, right func(made) error) (made, error) {
	v := &m.plan.volumes[n-1]
	file, err := f.create(m.fileName(n))
	if err != nil {
		return made{}, err
	}
	if len(m.recipients) == 0 && v.index >= chunkSize {
		file.direct = setDirect(file.file, true)
	}
	m.opts.step("begin a volume")
	x, err := m.writeTo(ctx, n, v, file)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil && right != nil {
		err = right(x)
	}
	if err != nil {
		file.discard()
		if ctx.Err() != nil {
			return made{}, ctx.Err()
		}
		return made{}, f.failure(file.name, err)
	}
	m.opts.step("finish a volume")
	x.file.Path, x.file.Size = f.join(file.name), file.size
	return x, file.finish()
}

func (m *maker) writeTo(ctx context.Context, n int, v *volume, file *outFile) (made, error) {
	var to io.Writer = file
	x := made{file: File{Volume: n}}
	var cipher hash.Hash
	finish := func() error { return nil }
	if len(m.recipients) > 0 {
		cipher = sha256.New()
		encrypted, err := age.Encrypt(io.MultiWriter(file, cipher), m.recipients...)
		if err != nil {
			return x, fmt.Errorf("encrypt: %w", err)
		}
		to, finish = encrypted, encrypted.Close
	}
	sum := sha256.New()
	var err error
	if x.piece, err = m.belt.run(ctx, v, &fromStore{m.plan, m.objects}, sum, to, m.carried(n)); err != nil {
		return x, err
	}
	m.opts.step("write an index")
	if x.volume.Index, err = m.plan.writeTail(io.MultiWriter(to, sum), n, x.piece); err != nil {
		return x, err
	}
	if err := finish(); err != nil {
		return x, err
	}
	x.volume.Size, x.volume.SHA256 = volumeSize(x.volume.Index), store.ID(sum.Sum(nil))
	x.file.SHA256 = x.volume.SHA256
	if cipher != nil {
		x.file.SHA256 = store.ID(cipher.Sum(nil))
	}
	return x, nil
}

// prove reads volume n where a folder has a file of its name. If that is not what would be written,
// the error matches errOther.
func (m *maker) prove(ctx context.Context, n int, f *folder) (made, error) {
	x := made{file: File{Volume: n, Path: f.join(m.fileName(n)), Kept: true}}
	if len(m.recipients) > 0 {
		return x, errOther // only the recipients can tell
	}
	file, err := store.OpenRegular(f.root, m.fileName(n))
	if err != nil {
		return x, errOther
	}
	defer file.Close()
	v := &m.plan.volumes[n-1]
	info, err := file.Stat()
	if err != nil || info.Size() <= v.index || info.Size() > v.bound {
		return x, errOther
	}
	sum := sha256.New()
	if x.piece, err = m.belt.run(ctx, v, &fromVolume{m.plan, file}, sum, nil, m.carried(n)); err == nil {
		same := &comparing{file: file, at: v.index}
		x.volume.Index, err = m.plan.writeTail(io.MultiWriter(same, sum), n, x.piece)
		x.volume.Size = volumeSize(x.volume.Index)
	}
	if ctx.Err() != nil {
		return x, ctx.Err()
	}
	if err != nil || info.Size() != x.volume.Size {
		return x, errOther // also what cannot be read is written again
	}
	x.volume.SHA256 = store.ID(sum.Sum(nil))
	x.file.SHA256, x.file.Size = x.volume.SHA256, x.volume.Size
	return x, nil
}

// comparing fails where a file is not what is written to it.
type comparing struct {
	file io.ReaderAt
	at   int64
}

func (c *comparing) Write(p []byte) (int, error) {
	there := make([]byte, len(p))
	if _, err := c.file.ReadAt(there, c.at); err != nil {
		return 0, errors.Join(errOther, err)
	}
	if string(there) != string(p) {
		return 0, errOther
	}
	c.at += int64(len(p))
	return len(p), nil
}
