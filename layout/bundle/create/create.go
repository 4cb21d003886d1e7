package create

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"filippo.io/age"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/bundle"
)

// Create makes a bundle of current snapshots and of the objects that no base names.
// The caller holds the [layout.Lock] of the root.
//
// When it returns without error, all files are durable. Otherwise volumes that were
// finished stay, and the next call with the same input goes on from there; there is no
// manifest of this bundle, unless writing it into a further folder is what failed. An error is about one of: an
// object that is not what it should be (a [*DamagedError]); folders without room
// (it matches [ErrNoRoom]); a snapshot that cannot be read; ctx.
func Create(ctx context.Context, root *os.Root, objects *store.Store, opts Options) (*Result, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	if err := checkRecipients(opts.Recipients); err != nil {
		return nil, err
	}
	s := &source{root, objects}
	m, plan, missing, err := s.plan(ctx, &opts)
	if err != nil {
		return nil, s.name(err)
	}
	opts.step("plan")
	w := &writer{maker: newMaker(s, plan, &opts), manifest: m}
	defer w.close()
	if err := w.open(); err != nil {
		return nil, err
	}
	if err := w.volumes(ctx); err != nil {
		return nil, s.locate(ctx, err, m.Ecosystems)
	}
	files, err := w.sign()
	if err != nil {
		return nil, err
	}
	r := &Result{Manifest: m, Files: files, Missing: missing}
	return r, nil
}

// plan works out the content of a bundle and what its manifest says before anything is written.
func (s *source) plan(ctx context.Context, opts *Options) (*bundle.Manifest, *plan, map[string][]layout.Missing, error) {
	names := slices.Compact(slices.Sorted(slices.Values(opts.Ecosystems)))
	if len(names) == 0 {
		var err error
		if names, err = s.published(); err != nil {
			return nil, nil, nil, err
		}
	}
	m := &bundle.Manifest{Format: bundle.Format, VolumeSize: opts.VolumeSize, Rotations: opts.Rotations}
	missing := map[string][]layout.Missing{}
	known := map[string][]base{}
	var content objects
	for _, name := range names {
		e, lacks, err := s.current(ctx, name)
		if err != nil {
			return nil, nil, nil, err
		}
		if err := s.gather(ctx, e, &content); err != nil {
			return nil, nil, nil, err
		}
		if known[name], err = s.bases(name, opts.Base[name], opts.notice); err != nil {
			return nil, nil, nil, err
		}
		if m.Ecosystems = append(m.Ecosystems, e); len(lacks) > 0 {
			missing[name] = lacks
		}
	}
	if err := content.finish(); err != nil {
		return nil, nil, nil, err
	}
	used, err := s.subtract(ctx, known, &content, opts.notice)
	if err != nil {
		return nil, nil, nil, err
	}
	for i := range m.Ecosystems {
		e := &m.Ecosystems[i]
		e.Base = used[e.Name]
		m.Created = later(m.Created, e.Published)
	}
	m.Name = m.DeriveName()
	p, err := newPlan(opts.VolumeSize, m.Ecosystems, content.all)
	if err != nil {
		return nil, nil, nil, err
	}
	p.name = m.Name
	p.count(m)
	return m, p, missing, nil
}

// count says in the manifest what the plan knows without having read a payload.
func (p *plan) count(m *bundle.Manifest) {
	m.Objects, m.Bytes = int64(len(p.objects)), 0
	for _, o := range p.objects {
		m.Bytes += o.size
	}
	m.Splits = nil
	m.Volumes = make([]bundle.Volume, len(p.volumes))
	for i := range p.volumes {
		v := &p.volumes[i]
		m.Volumes[i] = bundle.Volume{Size: v.bound, Index: bundle.Index{Piece: bundle.Piece{Size: v.bound - v.index - block}, Offset: v.index + block}}
		if v.piece == 1 {
			m.Splits = append(m.Splits, bundle.Split{Piece: p.member(v.first), First: i + 1})
		}
		if v.piece > 0 {
			split := &m.Splits[len(m.Splits)-1]
			split.Pieces = append(split.Pieces, bundle.Piece{Size: v.size})
		}
	}
}

// took says in the manifest what volume n has become.
func (p *plan) took(m *bundle.Manifest, n int, x made) {
	m.Volumes[n-1] = x.volume
	if v := &p.volumes[n-1]; v.piece > 0 {
		i := slices.IndexFunc(m.Splits, func(s bundle.Split) bool { return s.First == n-v.piece+1 })
		m.Splits[i].Pieces[v.piece-1].SHA256 = x.piece
	}
}

// published returns the ecosystems that have a current snapshot.
func (s *source) published() ([]string, error) {
	all, err := layout.Ecosystems(s.root)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range all {
		h, err := s.history(name)
		if err != nil {
			return nil, err
		}
		id, err := h.CurrentID()
		if err != nil {
			return nil, err
		}
		if id != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, errors.New("nothing has been published in this mirror yet; run offmirror sync first")
	}
	return names, nil
}

// checkRecipients says whether what age writes for them in front of a volume has the room that
// is left for it.
func checkRecipients(recipients []age.Recipient) error {
	if len(recipients) == 0 {
		return nil
	}
	header := newMeasured()
	w, err := age.Encrypt(header, recipients...)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	if header.size > ageHeader {
		return fmt.Errorf("encrypt: %d recipients are too many: their keys take %d bytes of each volume, and there is room for %d", len(recipients), header.size, ageHeader)
	}
	return nil
}
