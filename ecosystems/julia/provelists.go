package julia

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
)

// lists proves the lists, the registries that they name, and what these offer.
func (p *prover) lists() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		named := map[string]pkgserver.Registry{}
		for _, path := range []string{pkgserver.RegistriesPath, pkgserver.Conservative.Path(), pkgserver.Eager.Path()} {
			for err := range p.list(path, named) {
				if !yield(path, err) {
					return
				}
			}
		}
		said := map[string]bool{}
		for _, path := range slices.Sorted(maps.Keys(named)) {
			for path, err := range p.registry(path, named[path]) {
				if said[path] {
					continue // two registries, or two versions, lead to it
				}
				said[path] = true
				if !yield(path, err) {
					return
				}
			}
		}
	}
}

// list proves one list, and adds to named what it names.
func (p *prover) list(path string, named map[string]pkgserver.Registry) iter.Seq[error] {
	return func(yield func(error) bool) {
		data, ok, err := p.read(path, maxRegistries)
		switch {
		case !ok && path == pkgserver.RegistriesPath:
			yield(errors.New("it is missing"))
			return
		case !ok:
			return
		}
		var list []pkgserver.Registry
		var problems []error
		if err == nil {
			list, problems, err = pkgserver.ParseRegistries(data)
		}
		if err != nil {
			yield(err)
			return
		}
		for _, r := range list {
			named[r.Path()] = r
		}
		for _, problem := range problems { // each kills some client
			if !yield(problem) {
				return
			}
		}
	}
}

// registry proves a registry that a list names: that it is what the list says, and
// that what it offers is here.
func (p *prover) registry(path string, r pkgserver.Registry) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		e, ok := p.view.Lookup(path)
		if !ok {
			yield(path, errors.New("a list of registries names it, but it is missing"))
			return
		}
		f, err := p.view.Open(e)
		if err != nil {
			yield(path, err)
			return
		}
		defer f.Close()
		body := io.NewSectionReader(cancellable{p.ctx, f}, 0, e.Size)
		reg, err := registry.Read(bufio.NewReader(body), registry.Options{})
		_, useless := errors.AsType[*registry.FileError](err)
		switch {
		case useless:
			yield(path, err)
			return
		case err != nil || reg.Hash() != r.Tree:
			return // its own proof has said so
		case reg.UUID != r.UUID:
			yield(path, fmt.Errorf("its Registry.toml says that it is %s", reg))
			return
		case !reg.PlainNames():
			yield(path, errors.New("its members have names by which Julia 1.7 and later do not find them"))
			return
		}
		if !p.complete {
			return
		}
		for _, pkg := range reg.Packages() {
			if p.ctx.Err() != nil {
				return
			}
			releases, err := pkg.Releases()
			if err != nil {
				continue // no client can read them either
			}
			for _, release := range releases {
				for path, err := range p.offer(reg, pkg, release) {
					if !yield(path, err) {
						return
					}
				}
			}
		}
	}
}

// offer proves that a version can be installed.
func (p *prover) offer(reg *registry.Registry, pkg *registry.Package, release registry.Release) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		path := pkgserver.PackagePath(pkg.UUID, release.Tree)
		if !p.has(path) {
			yield(path, fmt.Errorf("%s offers it as %s %s, but it is missing", reg.Name, pkg.Name, release.Version))
			return
		}
		for _, tree := range p.needs[path] {
			artifact := pkgserver.ArtifactPath(tree)
			if !p.has(artifact) && !yield(artifact, fmt.Errorf("%s %s does not install without it, but it is missing", pkg.Name, release.Version)) {
				return
			}
		}
	}
}
