package julia

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/layout"
)

// Prove implements [ecosystems.Prover]. From the published files alone it proves
//
//   - each registry, package and artifact, by its tree hash, and that a zstd variant
//     holds the very same tar stream;
//   - that the lists name registries that are here, under the UUIDs that these have;
//   - where the mirror says of itself that it is complete: that all packages which these
//     registries offer are here, with the artifacts that they do not install without.
//
// What a verbatim registry lists beyond that is no damage: the mirror holds a
// selection, and the header of the snapshot says what could not be had.
//
// Objects are proven on all processors; findings come in the order of paths, part by part.
func (d *driver) Prove(ctx context.Context, view layout.View) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		p := &prover{ctx: ctx, view: view, needs: map[string][]treehash.Hash{}}
		for _, part := range []iter.Seq2[string, error]{p.account(), p.objects(), p.lists(), d.proveReleases(ctx, view), d.proveClassic(ctx, view)} {
			for path, err := range part {
				if !yield(path, err) {
					return
				}
			}
		}
		if err := ctx.Err(); err != nil { // an end that came early is no proof
			yield(metaPath, err)
		}
	}
}

type prover struct {
	ctx  context.Context
	view layout.View

	complete  bool                 // see [meta]
	platforms []artifacts.Platform // none: all

	mu    sync.Mutex
	needs map[string][]treehash.Hash // artifacts that packages do not install without, by the packages' paths
}

// account reads what the mirror says about itself: the options that the proof is given
// need not be those of the snapshot.
func (p *prover) account() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		data, ok, err := p.read(metaPath, maxMeta)
		if !ok {
			return
		}
		var m meta
		if err == nil {
			m, p.platforms, err = parseMeta(data)
		}
		if err != nil {
			yield(metaPath, err)
			return
		}
		p.complete = m.Complete
	}
}

// maxMeta is far beyond the account of any mirror, in bytes.
const maxMeta = 16 << 20

// read returns a file, and whether there is one.
func (p *prover) read(path string, limit int64) ([]byte, bool, error) {
	e, ok := p.view.Lookup(path)
	if !ok {
		return nil, false, nil
	}
	if e.IsLink() {
		return nil, true, errors.New("it is a link")
	}
	if e.Size > limit {
		return nil, true, fmt.Errorf("it has %d bytes, which is more than %d", e.Size, limit)
	}
	f, err := p.view.Open(e)
	if err != nil {
		return nil, true, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit))
	return data, true, err
}

// has reports whether there is a file.
func (p *prover) has(path string) bool {
	_, ok := p.view.Lookup(path)
	return ok
}
