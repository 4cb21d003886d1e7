package hexpm

import (
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/ecosystems/hexpm/tarball"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// packageProof proves packages/NAME, the tarballs that it lists, and that there are no others of
// that name. Of one package alone a proof remembers anything: repositories have hundreds of
// thousands of tarballs.
type packageProof struct {
	*prover
	ctx        context.Context
	repository *repository
	trust      registry.Trust
	tell       func(path string, err error)
}

func (p *packageProof) prove(e layout.Entry) {
	name := path.Base(e.Path)
	data, err := readEntry(p.view, e)
	if err != nil {
		p.tell(e.Path, err)
		return
	}
	pkg, err := p.trust.Package(data, name)
	if err != nil {
		p.tell(e.Path, err)
		return
	}
	listed := make(map[string]bool, len(pkg.Releases))
	for _, release := range pkg.Releases {
		file := p.repository.prefix + tarballFile(name, release.Version)
		entry, ok := p.view.Lookup(file)
		switch {
		case p.ctx.Err() != nil:
			return
		case ok:
			listed[file] = true
			p.tell(file, p.tarball(entry, release))
		case p.filtered:
			p.tell(file, fmt.Errorf("%s lists it, but it is missing", e.Path))
		}
	}
	for other := range p.view.All(p.repository.prefix + tarballsDir + name + "-") {
		if of, _, _ := releaseOf(path.Base(other.Path), tarballSuffix); of == name && !listed[other.Path] {
			p.tell(other.Path, errors.New("no package of the registry lists it"))
		}
	}
}

// tarball proves a release: that it is the one which the registry means, and the checksum inside of
// what is in the sample.
func (p *packageProof) tarball(e layout.Entry, release registry.Release) error {
	if sum := release.OuterChecksum; !sum.IsZero() && e.Object != store.ID(sum) {
		return fmt.Errorf("its SHA-256 is %s, the registry has %s", e.Object, sum)
	}
	if !ecosystems.InSample(p.view, e) {
		return nil
	}
	return openEntry(p.view, e, func(f layout.File) error { return tarball.Proof(release.InnerChecksum)(f, e.Size) })
}
