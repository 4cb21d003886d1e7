package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/mirror/salvage"
	"github.com/offmirror/offmirror/layout"
)

func noticef(kind, format string, args ...any) ecosystems.Notice {
	return ecosystems.Notice{Kind: kind, Text: fmt.Sprintf(format, args...)}
}

// maxListFile is far beyond the file of any snapshot, in bytes.
const maxListFile = 4 << 30

// lists writes the lists of snapshots again that are damaged or missing, as far as a source has
// them. What they name was not verified before, so everything is verified once more.
func (r *mender) lists(ctx context.Context) error {
	var repaired []Repair
	for _, d := range r.v.Damage {
		id, ok := strings.CutPrefix(d.Path, "snapshots/"+r.v.Ecosystem+"/")
		if !ok || id == "current" || d.Object != "" {
			continue
		}
		from, err := r.list(ctx, id)
		if err != nil {
			return err
		}
		if from != "" {
			repaired = append(repaired, Repair{Path: d.Path, From: from})
		}
	}
	if len(repaired) == 0 {
		return nil
	}
	sampler := r.v.sampler
	v, err := r.m.newVerifier(r.job.Ecosystem.Name, r.job.Driver, r.opts.VerifyOptions)
	if err != nil {
		return err
	}
	v.sampler, v.Started = sampler, r.v.Started
	r.v, r.repaired = v, repaired
	return v.run(ctx)
}

// list returns where the list of a snapshot is from, or "" if nobody has it.
func (r *mender) list(ctx context.Context, id string) (from string, err error) {
	for _, source := range r.opts.Sources {
		lister, ok := source.(salvage.Lister)
		if !ok {
			continue
		}
		err := r.adopt(ctx, lister, id)
		switch {
		case err == nil:
			return source.Name(), nil
		case ctx.Err() != nil || errors.Is(err, salvage.ErrHere):
			return "", err
		case !errors.Is(err, fs.ErrNotExist):
			r.m.cfg.Logger.Warn("the list of snapshot "+id+" is not taken from "+source.Name(), "error", err)
		}
	}
	return "", nil
}

// adopt copies a list, whose source could change it while it is read, and keeps it if it is
// the one that is wanted.
func (r *mender) adopt(ctx context.Context, source salvage.Lister, id string) error {
	file, err := source.List(ctx, r.v.Ecosystem, id)
	if err != nil {
		return err
	}
	defer file.Close()
	in, err := r.m.store.Create("")
	if err != nil {
		return here(err)
	}
	defer in.Discard()
	w := &errorTracker{w: in}
	n, err := io.Copy(w, io.LimitReader(alive{ctx, file}, maxListFile+1))
	if w.err != nil {
		return here(w.err)
	}
	if err == nil && n > maxListFile {
		err = fmt.Errorf("it has more than %d bytes", int64(maxListFile))
	}
	if err != nil {
		return err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(in, 0, in.Size())), nil }
	section, _ := open()
	header, err := layout.DecodeHeader(section)
	if err == nil && header.ID != id {
		err = fmt.Errorf("it is snapshot %s", header.ID)
	}
	if err != nil {
		return err
	}
	_, err = r.v.history.AdoptFile(ctx, open)
	return err
}
