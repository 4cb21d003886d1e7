package julia

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/fetch"
)

// maxRegistries is far beyond the list of any server, in bytes.
const maxRegistries = 1 << 20

// server is an [origin]: package or storage servers, which are all alike.
type server struct{ p *planner }

// request asks for a path at the upstream and its mirrors.
func (v server) request(path string) fetch.Request {
	r := fetch.Request{URL: v.p.upstream + "/" + path}
	for _, m := range v.p.mirrors {
		r.Mirrors = append(r.Mirrors, m+"/"+path)
	}
	return r
}

// askServer reads the list of registries and chooses among them.
func (p *planner) askServer() error {
	if p.upstream == "" {
		return nil
	}
	v := server{p}
	for _, flavor := range p.flavors {
		list, err := v.list(flavor)
		if err != nil {
			return err
		}
		if err := v.choose(list, flavor); err != nil {
			return err
		}
	}
	return nil
}

// list returns the registries of a flavor. Servers without flavors have one list, at
// another path; where it was found is remembered until the next deep run.
func (v server) list(flavor pkgserver.Flavor) ([]pkgserver.Registry, error) {
	var absent error
	paths := []string{flavor.Path(), pkgserver.RegistriesPath}
	if !v.p.deep && v.p.old.Lists[flavor] == pkgserver.RegistriesPath {
		slices.Reverse(paths)
	}
	for _, path := range paths {
		r := v.request(path)
		r.MaxSize, r.Proof = maxRegistries, proveList
		doc, err := v.p.in.Upstream.Document(v.p.ctx, r)
		if errors.Is(err, fetch.ErrAbsent) {
			absent = err
			continue
		}
		if err != nil {
			return nil, err
		}
		list, problems, err := pkgserver.ParseRegistries(doc.Data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", fetch.Redact(r.URL), err)
		}
		for _, problem := range problems {
			v.p.notice("broken-registry", path, "%s: %v", fetch.Redact(r.URL), problem)
		}
		v.p.next.Lists[flavor] = path
		return list, nil
	}
	return nil, fmt.Errorf("%w: neither a list for the flavor %s nor one without flavors; is it a package server?", absent, flavor)
}

func proveList(body io.ReaderAt, size int64) error {
	data := make([]byte, size)
	if _, err := body.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	_, _, err := pkgserver.ParseRegistries(data)
	return err
}

// choose puts the registries that are wanted on shelves.
func (v server) choose(list []pkgserver.Registry, flavor pkgserver.Flavor) error {
	found := map[string]bool{}
	for _, r := range list {
		s := &shelf{
			p: v.p, origin: v, label: "server " + string(flavor), uuid: r.UUID, tree: r.Tree,
			flavors: []pkgserver.Flavor{flavor},
		}
		s.before = v.p.old.registry(s.label, r.UUID)
		word, err := s.wanted()
		if err != nil {
			return err
		}
		if word == "" {
			continue
		}
		found[word] = true
		v.p.shelve(s)
	}
	for _, word := range v.p.registries {
		if !found[word] && word != "*" {
			return fmt.Errorf("registries: %s lists no registry %.80q; it lists %s", fetch.Redact(v.p.upstream), word, describe(list))
		}
	}
	return nil
}

// shelve adds a shelf, or its flavor to one that is there already.
func (p *planner) shelve(s *shelf) {
	for _, other := range p.shelves {
		if other.uuid == s.uuid && other.tree == s.tree {
			other.flavors = append(other.flavors, s.flavors...)
			return
		}
	}
	p.shelves = append(p.shelves, s)
}

// wanted returns the word of the configuration that means the registry. The list has
// UUIDs only; for a name, the registry has to be read.
func (s *shelf) wanted() (string, error) {
	for _, word := range s.p.registries {
		id, err := uuid.Parse(word)
		if word == "*" || err == nil && id == s.uuid || strings.EqualFold(word, "General") && s.uuid == registry.General {
			return word, nil
		}
	}
	named := func(word string) bool {
		_, err := uuid.Parse(word)
		return err != nil && !strings.EqualFold(word, "General")
	}
	if !slices.ContainsFunc(s.p.registries, named) {
		return "", nil
	}
	var name string
	if s.before != nil {
		name = s.before.Name
	} else {
		if err := s.open(); err != nil {
			return "", err
		}
		name = s.registry.Name
	}
	if i := slices.Index(s.p.registries, name); i >= 0 {
		return name, nil
	}
	return "", nil
}

func describe(list []pkgserver.Registry) string {
	if len(list) == 0 {
		return "none at all"
	}
	words := make([]string, 0, len(list))
	for _, r := range list {
		if words = append(words, r.UUID.String()); len(words) == 8 {
			return strings.Join(words, ", ") + ", …"
		}
	}
	return strings.Join(words, ", ")
}

// tarball implements [origin]. The proof costs reading it once; it is read again for
// its content, from memory that the first reading warmed.
func (v server) tarball(ctx context.Context, s *shelf) (fetch.Object, error) {
	r := v.request(s.path())
	r.Key = "julia registry " + s.tree.String()
	r.Proof = treehash.Proof(s.tree, treehash.Registry...)
	o, err := v.p.adopted(ctx, v.p.in.Workshop, s.path(), r)
	if err != nil {
		return o, err
	}
	return plainGzip(ctx, v.p.in.Workshop, o, s.tree)
}

// pack implements [origin].
func (v server) pack(_ *shelf, pkg *registry.Package, release registry.Release) (ecosystems.Prepared, error) {
	r := v.request(pkgserver.PackagePath(pkg.UUID, release.Tree))
	r.Key = packageKey(release.Tree)
	make := func(ctx context.Context, w ecosystems.Workshop) (fetch.Object, error) {
		r := r
		r.Proof = artifacts.Proof(release.Tree, func(in artifacts.InPackage) { v.p.learn(release.Tree, in) })
		o, err := v.p.adoptedPackage(ctx, w, pkg, release, r)
		if err != nil {
			return o, err
		}
		if err := v.p.learnFrom(w, release.Tree, o); err != nil {
			return o, err
		}
		return plainGzip(ctx, w, o, release.Tree)
	}
	first := r
	first.Size = v.p.adoptedSize(packageNames(pkg, release))
	return ecosystems.Prepared{First: first, Make: make}, nil
}
