package localserver

import (
	"bufio"
	"context"
	"errors"
	"io"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
)

// maker makes objects of the store.
type maker struct {
	store  *store.Store
	engine *fetch.Engine
	slots  chan struct{} // packing takes a processor and a git each
}

// write makes the object of a key of what write writes, once: what the store has under the key and is
// undamaged is returned.
func (m *maker) write(ctx context.Context, key string, write func(io.Writer) error) (fetch.Object, error) {
	if o, ok := m.known(ctx, key); ok {
		return o, nil
	}
	select {
	case m.slots <- struct{}{}:
		defer func() { <-m.slots }()
	case <-ctx.Done():
		return fetch.Object{}, ctx.Err()
	}
	in, err := m.store.Create("")
	if err != nil {
		return fetch.Object{}, err
	}
	defer in.Discard() //nolint:errcheck // of what is committed there is nothing left to discard
	buffered := bufio.NewWriterSize(in, 256<<10)
	if err := errors.Join(write(buffered), buffered.Flush()); err != nil {
		return fetch.Object{}, err
	}
	o := fetch.Object{ID: in.ID(), Size: in.Size()}
	m.engine.Remember(key, o)
	_, err = in.Commit(ctx)
	return o, err
}

// known returns what there is under a key. It is read before it is believed: the key may be older than
// this process.
func (m *maker) known(ctx context.Context, key string) (fetch.Object, bool) {
	o, ok := m.engine.Known(key)
	if !ok {
		return o, false
	}
	err := m.store.Check(ctx, o.ID)
	if errors.Is(err, store.ErrDamaged) {
		_ = m.store.Remove(o.ID) // or else writing it anew finds it in place
	}
	return o, err == nil
}

// packTree makes the tarball of a tree of a repository, from git's own objects, each of which is
// hashed on the way.
func (m *maker) packTree(ctx context.Context, key string, repo *gitrepo.Repo, tree treehash.Hash) (fetch.Object, error) {
	return m.write(ctx, key, func(w io.Writer) error {
		objects, err := repo.Objects(ctx)
		if err != nil {
			return err
		}
		err = treetar.PackGit(w, objects, tree, treetar.Limits{})
		return errors.Join(err, objects.Close())
	})
}

// plainGzip returns a tarball as every client can unpack it. What is not gzip is rewritten, in normal
// form.
func (m *maker) plainGzip(ctx context.Context, o fetch.Object, tree treehash.Hash) (fetch.Object, error) {
	f, err := m.store.Open(o.ID)
	if err != nil {
		return o, err
	}
	defer f.Close()
	var head [treehash.MagicBytes]byte
	n, err := f.ReadAt(head[:], 0)
	if err != nil && n == 0 {
		return o, err
	}
	if treehash.Sniff(head[:n]) == treehash.Gzip {
		return o, nil
	}
	return m.write(ctx, "julia gzip "+tree.String(), func(w io.Writer) error {
		spool, err := m.store.Create("")
		if err != nil {
			return err
		}
		defer spool.Discard() //nolint:errcheck // it never becomes an object
		_, err = treetar.Rewrite(w, f, spool, treehash.Options{})
		return err
	})
}
