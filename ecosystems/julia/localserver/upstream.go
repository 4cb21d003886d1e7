package localserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/fetch"
)

// upstream is the Pkg server that everything else is forwarded to, in one flavor: what it lists.
type upstream struct {
	*updates
	s      *Server
	flavor pkgserver.Flavor

	mu   sync.RWMutex
	list []pkgserver.Registry // whose tarballs are here
}

const (
	maxList       = 1 << 20 // bytes of a list of registries
	maxRegistries = 256     // that a server may list
)

func (s *Server) newUpstream(flavor pkgserver.Flavor) *upstream {
	u := &upstream{s: s, flavor: flavor}
	u.updates = s.newUpdates(u.ask)
	return u
}

func (u *upstream) current() []pkgserver.Registry {
	u.mu.RLock()
	defer u.mu.RUnlock()
	return u.list
}

// ask reads the list, and gets the tarballs that it names. A registry whose new tarball cannot be had
// stays as it was.
func (u *upstream) ask(ctx context.Context) error {
	list, err := u.read(ctx)
	if err != nil {
		return err
	}
	was := u.current()
	before := map[uuid.UUID]pkgserver.Registry{}
	for _, r := range was {
		before[r.UUID] = r
	}
	var next []pkgserver.Registry
	var failed []error
	for _, r := range list {
		if !u.s.shelf.ready(ctx, r.Path()) {
			_, err := u.s.obtaining(pkgserver.Object{Kind: "registry", UUID: r.UUID, Tree: r.Tree}).Wait(ctx)
			if err != nil {
				failed = append(failed, fmt.Errorf("registry %s stays as it was: %w", r.UUID, err))
				old, ok := before[r.UUID]
				if !ok {
					continue
				}
				r = old
			}
		}
		next = append(next, r)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(next) > 0 {
		u.mu.Lock()
		u.list = next
		u.mu.Unlock()
		u.partly()
		if !slices.Equal(next, was) {
			u.s.changed()
		}
	}
	return errors.Join(failed...)
}

// read asks for the list of the flavor, or for the one of a server without flavors.
func (u *upstream) read(ctx context.Context) ([]pkgserver.Registry, error) {
	r := u.s.request(u.flavor.Path())
	r.MaxSize, r.Proof = maxList, proveList
	res, err := u.s.engine.Revalidate(ctx, r)
	if errors.Is(err, fetch.ErrAbsent) {
		r = u.s.request(pkgserver.RegistriesPath)
		r.MaxSize, r.Proof = maxList, proveList
		res, err = u.s.engine.Revalidate(ctx, r)
	}
	if err != nil {
		return nil, err
	}
	f, err := u.s.store.Open(res.ID)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxList))
	if err != nil {
		return nil, err
	}
	list, problems, err := pkgserver.ParseRegistries(data)
	for _, problem := range problems {
		u.s.log.Warn("a line of the Pkg server's list is of no use", "server", fetch.Redact(u.s.server), "problem", problem)
	}
	return list, err
}

// proveList refuses what is no list, and one that names nothing: clients would lose what they have.
func proveList(body io.ReaderAt, size int64) error {
	data := make([]byte, size)
	if _, err := body.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	list, _, err := pkgserver.ParseRegistries(data)
	switch {
	case err != nil:
		return err
	case len(list) == 0:
		return errors.New("it lists no registry")
	case len(list) > maxRegistries:
		return fmt.Errorf("it lists %d registries, more than %d", len(list), maxRegistries)
	}
	return nil
}

// restore takes up the state of an earlier process, as far as it is here still.
func (u *upstream) restore(ctx context.Context, past pastSource) {
	var list []pkgserver.Registry
	for _, r := range past.Registries {
		r := pkgserver.Registry(r)
		if u.s.shelf.ready(ctx, r.Path()) {
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		return
	}
	u.mu.Lock()
	u.list = list
	u.mu.Unlock()
	u.restored(past.Succeeded)
}

// request asks the Pkg server for a path.
func (s *Server) request(path string) fetch.Request { return fetch.Request{URL: s.server + "/" + path} }

// pull gets an object from the Pkg server, and tells f what arrives of it.
func (s *Server) pull(ctx context.Context, o pkgserver.Object, f fetch.Follower) (fetch.Object, error) {
	r := s.request(o.Path())
	r.Key, r.Proof = identity(o)
	r.Fresh = s.failures.suspicious(o.Path())
	return s.fetchTarball(ctx, r, o.Tree, f)
}

// fetchTarball gets a tarball by the engine, in a form that every client can unpack.
func (s *Server) fetchTarball(ctx context.Context, r fetch.Request, tree treehash.Hash, f fetch.Follower) (fetch.Object, error) {
	r.Follow = pkgserver.GzipOnly(f)
	res, err := s.engine.Fetch(ctx, r)
	if err == nil && res.Outcome == fetch.Held {
		// It was there before this process, perhaps, and has not been read since.
		if bad := s.store.Check(ctx, res.ID); bad != nil {
			if ctx.Err() != nil {
				return res.Object, ctx.Err()
			}
			_ = s.store.Remove(res.ID)
			res, err = s.engine.Fetch(ctx, r)
		}
	}
	if err != nil {
		return res.Object, err
	}
	return s.maker.plainGzip(ctx, res.Object, tree)
}
