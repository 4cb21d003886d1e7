package julia

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
	"github.com/offmirror/offmirror/layout/serve"
)

// publish yields the registries, then the lists of them.
func (p *planner) publish() error {
	lists := map[pkgserver.Flavor][]pkgserver.Registry{}
	record := recorded{Registries: map[uuid.UUID][]treehash.Hash{}}
	here := map[string]bool{}
	for _, s := range p.shelves {
		tree, err := s.publish(here)
		if err != nil {
			return err
		}
		for _, f := range s.listedFor() {
			lists[f] = append(lists[f], pkgserver.Registry{UUID: s.uuid, Tree: tree})
		}
		record.Registries[s.uuid] = append(record.Registries[s.uuid], tree)
		p.next.Registries = append(p.next.Registries, registryState{
			Origin: s.label, UUID: s.uuid, Name: s.registry.Name, Tree: s.tree, Published: tree,
			Versions: s.versions, Seen: s.before.seenWith(s.tree),
		})
	}
	if err := p.addGeneral(lists, record, here); err != nil {
		return err
	}
	if err := p.carryRegistries(here); err != nil {
		return err
	}
	if err := p.in.Record(record); err != nil {
		return err
	}
	if err := p.emitMeta(); err != nil {
		return err
	}
	for _, flavor := range slices.Sorted(maps.Keys(lists)) {
		if err := p.emitList(flavor.Path(), lists[flavor]); err != nil {
			return err
		}
	}
	return p.emitList(pkgserver.RegistriesPath, lists[p.flavors[0]])
}

// recorded is what a snapshot remembers of its upstream: by it, later runs know which
// registry tarballs the kept snapshots list.
type recorded struct {
	Registries map[uuid.UUID][]treehash.Hash `json:"registries"`
}

// listedFor returns the flavors whose list names the registry.
func (s *shelf) listedFor() []pkgserver.Flavor {
	if len(s.flavors) == 0 {
		return s.p.flavors
	}
	return s.flavors
}

func (p *planner) emitList(path string, list []pkgserver.Registry) error {
	return p.emit(ecosystems.Item{
		Path: path, Stage: layout.EntryPoint, Name: path, Reason: "lists the registries",
		Source: ecosystems.Made{Bytes: pkgserver.FormatRegistries(list)},
	})
}

// publish yields the registry as this mirror has it, and returns its tree.
func (s *shelf) publish(here map[string]bool) (treehash.Hash, error) {
	pruning, err := s.registry.Prune(s.keep)
	if err != nil {
		return treehash.Hash{}, fmt.Errorf("registry %s: %w", s.title(), err)
	}
	for _, problem := range pruning.Problems {
		s.p.notice("broken-package", s.path(), "registry %s: %v", s.title(), problem)
	}
	// What this program cannot read, some client may be able to. It is not here, so it is not listed.
	pruned := (pruning.Dropped > 0 || len(pruning.Files) > 0) && s.p.index != verbatim
	tree := s.tree
	it := ecosystems.Item{
		Stage: layout.Index, Name: "registry " + s.title(), Size: s.object.Size,
		Reason: fmt.Sprintf("lists %d versions of %d packages", pruning.Versions, pruning.Packages),
	}
	switch {
	case pruned && s.p.in.Planning:
		if tree, err = s.registry.PrunedHash(pruning); err != nil {
			return tree, err
		}
		it.Source = ecosystems.Have{Object: fetch.Object{Size: s.object.Size}} // made here, of about this size
	case pruned:
		o, err := s.p.in.Workshop.Write(s.p.ctx, "", func(w io.Writer) (err error) {
			tree, err = s.registry.WritePruned(w, pruning)
			return err
		})
		if err != nil {
			return tree, fmt.Errorf("registry %s: %w", s.title(), err)
		}
		it.Source = ecosystems.Have{Object: o}
	default:
		o, err := s.plain()
		if err != nil {
			return tree, err
		}
		it.Source = ecosystems.Have{Object: o}
	}
	it.Path = pkgserver.Registry{UUID: s.uuid, Tree: tree}.Path()
	here[it.Path] = true
	return tree, s.p.emitRegistry(it)
}

// emitRegistry yields the tarball of a registry and its variant.
func (p *planner) emitRegistry(it ecosystems.Item) error {
	if err := p.emit(it); err != nil || !p.variants.on {
		return err
	}
	o := it.Source.(ecosystems.Have).Object
	if o.ID.IsZero() { // only planning; who writes it again, writes the same
		o, _ = p.previous(it.Path)
	}
	return p.emitVariant(it.Path, o, layout.Index)
}

// plain returns upstream's tarball, written anew if clients could not read it as it is.
func (s *shelf) plain() (o fetch.Object, err error) {
	if s.registry.PlainNames() {
		return s.object, nil
	}
	w := s.p.in.Workshop
	return w.Write(s.p.ctx, "julia plain registry "+s.tree.String(), func(dst io.Writer) error { return rewrite(w, dst, s.object) })
}

// keep is a [registry.Keep]: a version stays if the selection keeps it, its tarball is
// here, and so are the artifacts without which it does not install.
func (s *shelf) keep(pkg *registry.Package, r registry.Release) bool {
	p := s.p
	if !p.result.Keep(pkg, r) || p.lost[pkgserver.PackagePath(pkg.UUID, r.Tree)] {
		return false
	}
	l := p.lesson(r.Tree)
	if l == nil {
		return p.in.Planning
	}
	for _, w := range l.trees() {
		if !w.Lazy && p.lost[pkgserver.ArtifactPath(w.Tree)] {
			return false
		}
	}
	return true
}

// carryRegistries keeps the registry tarballs that the lists of kept snapshots name:
// clients read the list several times for one command.
func (p *planner) carryRegistries(here map[string]bool) error {
	records, err := p.in.Kept()
	if err != nil {
		return err
	}
	paths := map[string]bool{}
	for _, data := range records {
		for _, r := range parseRecorded(data) {
			paths[r.Path()] = true
		}
	}
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if here[path] {
			continue
		}
		paths := []string{path}
		if p.variants.on {
			paths = append(paths, path+serve.ZstdSuffix)
		}
		for _, path := range paths {
			if _, err := p.carry(path, layout.Index); err != nil {
				return err
			}
		}
	}
	return nil
}
