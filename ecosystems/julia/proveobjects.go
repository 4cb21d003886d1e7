package julia

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// objects proves everything that is named by its content and is in the sample.
func (p *prover) objects() iter.Seq2[string, error] {
	entries := func(yield func(layout.Entry) bool) {
		for e := range p.view.All("") {
			if isObject(strings.TrimSuffix(e.Path, serve.ZstdSuffix)) && ecosystems.InSample(p.view, e) && !yield(e) {
				return
			}
		}
	}
	return inOrder(p.ctx, entries, p.object)
}

func (p *prover) object(ctx context.Context, e layout.Entry) error {
	if e.IsLink() {
		return errors.New("it is a link, which some web servers do not follow")
	}
	path, variant := strings.CutSuffix(e.Path, serve.ZstdSuffix)
	o, err := pkgserver.ParsePath(path)
	if err != nil {
		return err
	}
	f, err := p.view.Open(e)
	if err != nil {
		return err
	}
	defer f.Close()
	body := cancellable{ctx, f}
	switch {
	case variant:
		return p.variant(ctx, path, o, io.NewSectionReader(body, 0, e.Size))
	case o.Kind == "registry":
		return treehash.Proof(o.Tree, treehash.Registry...)(body, e.Size)
	case o.Kind == "package":
		return artifacts.Proof(o.Tree, func(in artifacts.InPackage) { p.learn(path, in) })(body, e.Size)
	}
	return treehash.Proof(o.Tree, treehash.Artifact...)(body, e.Size)
}

// learn takes down what a package does not install without.
func (p *prover) learn(path string, in artifacts.InPackage) {
	if !p.complete {
		return
	}
	file, err := in.Parse("")
	if err != nil {
		return // no client can read it either
	}
	var needs []treehash.Hash
	for _, a := range artifacts.Superset(file.Artifacts, p.platforms, false) {
		needs = append(needs, a.Tree)
	}
	if len(needs) > 0 {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.needs[path] = needs
	}
}

// variant proves a zstd variant: it holds the stream of the tarball beside it. If that
// one is missing or damaged, the tree has to do.
func (p *prover) variant(ctx context.Context, path string, o pkgserver.Object, r io.Reader) error {
	rules := treehash.Package
	if o.Kind == "registry" {
		rules = treehash.Registry
	}
	stream, tree, err := sum(r)
	if err != nil {
		return err
	}
	if tree.Compression() != treehash.Zstd {
		return fmt.Errorf("it is packed in %s", tree.Compression())
	}
	if err := tree.Check(o.Tree, rules...); err != nil {
		return err
	}
	e, ok := p.view.Lookup(path)
	if !ok || e.IsLink() {
		return nil
	}
	f, err := p.view.Open(e)
	if err != nil {
		return nil // the other file's own proof says so
	}
	defer f.Close()
	plain, _, err := sum(io.NewSectionReader(cancellable{ctx, f}, 0, e.Size))
	if err == nil && plain != stream {
		return fmt.Errorf("it holds another tar stream than %s", path)
	}
	return nil
}

// sum reads a tarball and returns what its decompressed stream is, and what is in it.
func sum(r io.Reader) ([sha256.Size]byte, *treehash.Tree, error) {
	h := sha256.New()
	spool := bufio.NewWriterSize(h, 64<<10)
	tree, err := treehash.Read(r, treehash.Options{Spool: spool})
	if err == nil {
		err = spool.Flush()
	}
	return [sha256.Size]byte(h.Sum(nil)), tree, err
}

// cancellable is a file that is of no use any more when its context has ended: a proof
// may be gigabytes from its end then.
type cancellable struct {
	ctx context.Context
	io.ReaderAt
}

func (c cancellable) ReadAt(p []byte, off int64) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.ReaderAt.ReadAt(p, off)
}

// inOrder has entries proven on all processors, and yields what is wrong in their order.
func inOrder(ctx context.Context, entries iter.Seq[layout.Entry], prove func(context.Context, layout.Entry) error) iter.Seq2[string, error] {
	return ecosystems.ProveEach(ctx, entries, func(ctx context.Context, e layout.Entry, tell func(string, error)) {
		tell(e.Path, prove(ctx, e))
	})
}
