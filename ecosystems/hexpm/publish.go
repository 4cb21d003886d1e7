package hexpm

import (
	"slices"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// publish yields the registry files of all repositories: packages, policies and
// keys, then names and versions.
func (p *planner) publish() error {
	steps := []func(*shelf) error{
		(*shelf).emitCarriedPackages, (*shelf).emitPackages, (*shelf).emitPolicies, (*shelf).emitKey, (*shelf).emitIndexes,
	}
	for _, step := range steps {
		for _, s := range p.shelves {
			if err := step(s); err != nil {
				return err
			}
		}
	}
	for _, s := range p.shelves {
		slices.Sort(s.next.Missing)
		s.next.Missing = slices.Compact(s.next.Missing)
	}
	return nil
}

func (s *shelf) emitCarriedPackages() error {
	if !s.p.whole(s.repository) {
		return nil
	}
	for e := range s.p.entries(s.prefix + packagesDir) {
		if !s.carried(e.Path[len(s.prefix+packagesDir):]) {
			continue
		}
		if err := s.p.emit(have(e.Path, fetch.Object{ID: e.Object, Size: e.Size}, layout.Index)); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) emitPackages() error {
	for _, r := range s.sortedRecords() {
		it := ecosystems.Item{
			Path: s.prefix + packageFile(r.name), Stage: layout.Index,
			Name: s.title(r.name), Reason: "lists releases", Size: r.object.Size,
		}
		switch {
		case r.err != nil:
			it.Source = ecosystems.Failed{Err: r.err}
			s.next.Missing = append(s.next.Missing, r.name)
		case !s.p.filtered:
			it.Source = ecosystems.Have{Object: r.object}
		default:
			source, err := s.sign(r)
			if err != nil {
				return err
			}
			it.Source = source
		}
		if err := s.p.emit(it); err != nil {
			return err
		}
	}
	return nil
}

// emitPolicies yields the dependency policies. Clients check them with the same
// key as everything else, so a filtered mirror signs them anew.
func (s *shelf) emitPolicies() error {
	for i, name := range s.policies {
		it := ecosystems.Item{
			Path: s.prefix + policiesDir + name, Stage: layout.Index, Name: "policy " + s.title(name),
			Source: ecosystems.Have{Object: s.policyDocs[i].Object}, Reason: "policies",
		}
		if s.p.filtered {
			signed, err := registry.Open(s.policyDocs[i].Data, registry.MaxPackagePayload)
			if err != nil {
				return err
			}
			file, err := s.p.signing.Seal(signed.Payload)
			if err != nil {
				return err
			}
			it.Source = ecosystems.Made{Bytes: file}
		}
		if err := s.p.emit(it); err != nil {
			return err
		}
	}
	return nil
}

// emitKey yields the key that this mirror's files are to be checked with. It is
// made from the pinned key, never copied from upstream.
func (s *shelf) emitKey() error {
	key := s.trust.Key
	if s.p.filtered {
		key = s.p.signing.Public()
	}
	return s.p.emit(ecosystems.Item{
		Path: s.prefix + publicKeyFile, Stage: layout.Index, Name: "public key of " + s.name,
		Source: ecosystems.Made{Bytes: key.PEM()}, Reason: "clients check signatures with it",
	})
}

func (s *shelf) emitIndexes() error {
	names := ecosystems.Source(ecosystems.Have{Object: s.names.Object})
	versions := ecosystems.Source(ecosystems.Have{Object: s.versions.Object})
	s.next.Published = [2]store.ID{s.names.ID, s.versions.ID}
	if s.p.filtered {
		files, err := s.signIndexes()
		if err != nil {
			return err
		}
		names, versions = ecosystems.Made{Bytes: files[0]}, ecosystems.Made{Bytes: files[1]}
		for i, file := range files {
			s.next.Published[i] = objectID(file)
		}
	}
	for _, it := range []ecosystems.Item{
		{Path: s.prefix + namesFile, Source: names, Name: namesFile + " of " + s.name},
		{Path: s.prefix + versionsFile, Source: versions, Name: versionsFile + " of " + s.name},
	} {
		it.Stage, it.Reason = layout.EntryPoint, "lists packages"
		if err := s.p.emit(it); err != nil {
			return err
		}
	}
	return nil
}
