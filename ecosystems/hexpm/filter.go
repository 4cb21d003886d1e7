package hexpm

import (
	"crypto/sha256"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/fetch/store"
)

func objectID(data []byte) store.ID { return sha256.Sum256(data) }

// listedHere returns the package with only the releases that are here.
func (r *record) listedHere() *registry.Package {
	return r.pkg.Keep(func(release registry.Release) bool {
		_, kept := r.reason(release.Version)
		return kept && !r.absent[release.Version]
	})
}

// sign makes packages/NAME of a filtered mirror. A package of which nothing is
// here, such as an optional dependency, has a file too: clients ask for it.
func (s *shelf) sign(r *record) (ecosystems.Source, error) {
	here := r.listedHere()
	if r.earlier && len(here.Releases) == len(r.pkg.Releases) && s.p.old != nil && s.p.old.Fingerprint == s.p.next.Fingerprint {
		return ecosystems.Have{Object: r.object}, nil // it is our own file already
	}
	file, err := s.p.signing.Seal(here.Marshal())
	if err != nil {
		return nil, err
	}
	return ecosystems.Made{Bytes: file}, nil
}

// signIndexes makes names and versions of a filtered mirror: the packages of
// which some release is here.
func (s *shelf) signIndexes() ([2][]byte, error) {
	names := &registry.Names{Repository: s.name, Unknown: s.now.names.Unknown}
	versions := &registry.Versions{Repository: s.name, Unknown: s.now.versions.Unknown}
	add := func(name string, l *listing, e registry.VersionedPackage) {
		if len(e.Versions) == 0 {
			return
		}
		versions.Packages = append(versions.Packages, e)
		if l.named() {
			names.Packages = append(names.Packages, l.entry)
		} else {
			names.Packages = append(names.Packages, registry.NamedPackage{Name: name})
		}
	}
	for _, r := range s.records {
		if r.err != nil || r.pkg == nil {
			continue
		}
		var upstream *registry.VersionedPackage
		if r.listing != nil && r.listing.inListed {
			upstream = &r.listing.listed
		}
		add(r.name, r.listing, r.listedHere().IndexEntry(upstream))
	}
	if s.p.whole(s.repository) {
		for name, l := range s.now.listings {
			if s.carried(name) {
				add(name, l, l.listed)
			}
		}
	}
	names.Sort()
	versions.Sort()
	var files [2][]byte
	for i, payload := range [][]byte{names.Marshal(), versions.Marshal()} {
		file, err := s.p.signing.Seal(payload)
		if err != nil {
			return files, err
		}
		files[i] = file
	}
	return files, nil
}
