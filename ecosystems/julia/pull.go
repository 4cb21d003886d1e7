package julia

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/fetch"
)

var _ ecosystems.Puller = (*driver)(nil)

// Puller implements [ecosystems.Puller]: packages, artifacts and states of the registries that the snapshot lists, from
// the package servers. Each path holds the tree hash that proves what comes.
//
// What deny means for a path, which has neither a name nor a version, is what the last sync noted, see [denials].
func (d *driver) Puller(in ecosystems.PullInput) ecosystems.PullFunc {
	registries := sync.OnceValue(func() map[uuid.UUID]bool { return listedRegistries(in) })
	denied := sync.OnceValue(func() *denials { return readDenials(in.State, d.deny) })
	return func(path string) (ecosystems.Pull, bool) {
		o, err := pkgserver.ParsePath(path)
		if err != nil || d.upstream == "" {
			return ecosystems.Pull{}, false
		}
		return ecosystems.Pull{
			ContentType: contentType(path),
			Allowed: func() error {
				if o.Kind == "registry" && !registries()[o.UUID] {
					return fmt.Errorf("%w: the mirror lists no registry %s", fetch.ErrAbsent, o.UUID)
				}
				if o.Kind == "package" && len(d.deny) > 0 {
					return mayPull(d.deny, denied(), o.UUID, o.Tree)
				}
				return nil
			},
			Get: func(ctx context.Context, w ecosystems.Workshop, f fetch.Follower) (fetch.Object, error) {
				return d.pull(ctx, w, o, f)
			},
		}, true
	}
}

// pull gets an object from the package servers.
func (d *driver) pull(ctx context.Context, w ecosystems.Workshop, o pkgserver.Object, f fetch.Follower) (fetch.Object, error) {
	r := server{&planner{settings: d.settings}}.request(o.Path())
	switch o.Kind {
	case "registry":
		r.Key, r.Proof = "julia registry "+o.Tree.String(), treehash.Proof(o.Tree, treehash.Registry...)
	case "package":
		r.Key, r.Proof = packageKey(o.Tree), treehash.Proof(o.Tree, treehash.Package...)
	default:
		r.Key, r.Proof = artifactKey(o.Tree), treehash.Proof(o.Tree, treehash.Artifact...)
	}
	r.Follow = pkgserver.GzipOnly(f)
	got, err := w.Fetch(ctx, r)
	if err != nil {
		return got, err
	}
	return plainGzip(ctx, w, got, o.Tree)
}

// listedRegistries returns the registries that the lists of a snapshot name.
func listedRegistries(in ecosystems.PullInput) map[uuid.UUID]bool {
	found := map[uuid.UUID]bool{}
	for _, path := range []string{pkgserver.RegistriesPath, pkgserver.Conservative.Path(), pkgserver.Eager.Path()} {
		e, ok := in.View.Lookup(path)
		if !ok || e.IsLink() || e.Size > maxRegistries {
			continue
		}
		f, err := in.View.Open(e)
		if err != nil {
			continue
		}
		data, err := io.ReadAll(io.LimitReader(f, e.Size))
		_ = f.Close()
		if err != nil {
			continue
		}
		list, _, err := pkgserver.ParseRegistries(data)
		if err != nil {
			continue
		}
		for _, r := range list {
			found[r.UUID] = true
		}
	}
	return found
}
