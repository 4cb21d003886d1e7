package localserver

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
)

// errNotHere means that there is nothing to take over, which is usual and not worth a word.
var errNotHere = errors.New("not in the cache of LocalPackageServer.jl")

// adopt takes an object over from the cache that LocalPackageServer.jl left in cache_dir, where each lies
// at its path. It is proven as if it had just arrived, and left where it is.
func (s *Server) adopt(ctx context.Context, o pkgserver.Object) (fetch.Object, error) {
	f, err := store.OpenRegular(s.cache, filepath.FromSlash(o.Path()))
	if errors.Is(err, fs.ErrNotExist) {
		return fetch.Object{}, errNotHere
	}
	if err != nil {
		return fetch.Object{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fetch.Object{}, err
	}
	key, proof := identity(o)
	if err := proof(f, info.Size()); err != nil {
		return fetch.Object{}, err
	}
	got, err := s.maker.write(ctx, key, func(w io.Writer) error {
		_, err := io.Copy(w, io.NewSectionReader(f, 0, info.Size()))
		return err
	})
	if err != nil {
		return got, err
	}
	return s.maker.plainGzip(ctx, got, o.Tree)
}

// identity is what an object is called in the memory of the engine, and what proves it.
func identity(o pkgserver.Object) (key string, proof func(io.ReaderAt, int64) error) {
	switch o.Kind {
	case "registry":
		return registryKey(o.Tree), treehash.Proof(o.Tree, treehash.Registry...)
	case "package":
		return packageKey(o.Tree), treehash.Proof(o.Tree, treehash.Package...)
	}
	return artifactKey(o.Tree), treehash.Proof(o.Tree, treehash.Artifact...)
}
