package julia

import (
	"cmp"
	"context"
	"fmt"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
	"github.com/offmirror/offmirror/layout"
)

func (p *planner) emitArtifact(n *need) error {
	path := pkgserver.ArtifactPath(n.tree)
	it := ecosystems.Item{
		Path: path, Stage: layout.Content, Name: "artifact " + n.tree.String(), Reason: "artifact of " + n.by(),
		Package: n.pkg, Platform: n.machine,
	}
	if here, err := p.carryItem(it); here || err != nil {
		return err
	}
	if why, ok := p.absentBefore(path); ok {
		it.Source = ecosystems.Failed{Err: why}
		return p.emit(it)
	}
	if err := p.complete(n); err != nil {
		return err
	}
	it.Name, it.Platform = fmt.Sprintf("artifact %s of %s", n.about.Name, n.by()), n.machine
	if !n.about.Platform.IsAny() {
		it.Name = fmt.Sprintf("artifact %s of %s for %s", n.about.Name, n.by(), n.about.Platform)
	}
	it.Source = p.variants.of(path, p.artifact(n))
	return p.emit(it)
}

// complete reads the package again that wants an artifact, if only its tree is known.
func (p *planner) complete(n *need) error {
	if n.about != nil {
		return nil
	}
	return p.reread(n)
}

// artifact returns the source of an artifact: the servers, which have it by its tree, then
// the places where its makers put it.
func (p *planner) artifact(n *need) ecosystems.Prepared {
	path := pkgserver.ArtifactPath(n.tree)
	proof := treehash.Proof(n.tree, treehash.Artifact...)
	var first fetch.Request
	if p.upstream != "" {
		first = server{p}.request(path)
	} else {
		first = fetch.Request{URL: n.about.Downloads[0].URL, Size: n.about.Downloads[0].Size}
	}
	first.Key = artifactKey(n.tree)
	known := first
	known.Size = cmp.Or(p.adoptedSize(namesOf(path)), first.Size)
	return ecosystems.Prepared{First: known, Make: func(ctx context.Context, w ecosystems.Workshop) (fetch.Object, error) {
		var failed []error
		if p.upstream != "" || len(p.options.Adopt) > 0 {
			r := first
			r.Proof = proof
			o, err := p.adopted(ctx, w, path, r)
			if err == nil {
				return plainGzip(ctx, w, o, n.tree)
			}
			if ctx.Err() != nil || fetch.IsLocal(err) {
				return o, err
			}
			failed = append(failed, err)
		}
		for _, d := range n.about.Downloads {
			o, err := w.Fetch(ctx, fetch.Request{URL: d.URL, Size: d.Size, Want: []digest.Digest{d.SHA256}, Proof: proof})
			if err == nil {
				return plainGzip(ctx, w, o, n.tree)
			}
			if ctx.Err() != nil || fetch.IsLocal(err) {
				return o, err
			}
			failed = append(failed, err)
		}
		return fetch.Object{}, &nowhere{failed}
	}}
}
