package pkgclient

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/BurntSushi/toml"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// pkg is a package of a registry.
type pkg struct {
	*listing

	repo     string
	releases []release // newest first
	needs    map[version.Version][]need
	every    []uuid.UUID // dependencies in any range
}

type release struct {
	version version.Version
	tree    treehash.Hash
	yanked  bool
}

// need is a dependency of a version; Julia itself is one.
type need struct {
	id     uuid.UUID
	weak   bool
	compat version.Set
}

// tables is one of the files whose tables are ranges of versions.
type tables map[string]map[string]any

func (r *registry) parse(entry *listing) (*pkg, error) {
	p := &pkg{listing: entry, needs: map[version.Version][]need{}}
	var about struct{ Name, Repo string }
	ok, err := r.decode(entry.path+"/Package.toml", &about)
	if err == nil && !ok {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("file Package.toml: %w", err)
	}
	if about.Name != entry.name {
		return nil, fmt.Errorf("inconsistent name in %s (%s) and Package.toml (%s)", registryFile, entry.name, about.Name)
	}
	p.repo = about.Repo
	if err := r.parseReleases(p); err != nil {
		return nil, err
	}
	if err := r.parseNeeds(p, "Deps.toml", "Compat.toml", false); err != nil {
		return nil, err
	}
	if r.profile.knowsWeak() {
		if err := r.parseNeeds(p, "WeakDeps.toml", "WeakCompat.toml", true); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (r *registry) decode(name string, into any) (ok bool, err error) {
	content, ok, err := r.read(name)
	if ok && err == nil {
		err = toml.Unmarshal(content, into)
	}
	return ok, err
}

func (r *registry) parseReleases(p *pkg) error {
	var list map[string]struct {
		Tree   treehash.Hash `toml:"git-tree-sha1"`
		Yanked bool
	}
	if _, err := r.decode(p.path+"/Versions.toml", &list); err != nil {
		return fmt.Errorf("file Versions.toml: %w", err)
	}
	for key, v := range list {
		parsed, err := version.Parse(key)
		if err == nil && v.Tree.IsZero() {
			err = fmt.Errorf("version %s has no git-tree-sha1", key)
		}
		if err != nil {
			return fmt.Errorf("file Versions.toml: %w", err)
		}
		p.releases = append(p.releases, release{parsed, v.Tree, v.Yanked})
	}
	slices.SortFunc(p.releases, func(a, b release) int { return b.version.Compare(a.version) })
	return nil
}

// parseNeeds adds the dependencies of one kind to those of each version.
func (r *registry) parseNeeds(p *pkg, depsFile, compatFile string, weak bool) error {
	var deps, compat tables
	if _, err := r.decode(p.path+"/"+depsFile, &deps); err != nil {
		return fmt.Errorf("%s: %w", depsFile, err)
	}
	if _, err := r.decode(p.path+"/"+compatFile, &compat); err != nil {
		return fmt.Errorf("%s: %w", compatFile, err)
	}
	for _, table := range deps {
		for name, value := range table {
			id, err := uuid.Parse(fmt.Sprint(value))
			if err != nil {
				return fmt.Errorf("%s: %s: %w", depsFile, name, err)
			}
			p.every = append(p.every, id)
		}
	}
	for _, rel := range p.releases {
		ids, err := r.at(deps, depsFile, rel.version)
		if err != nil {
			return err
		}
		ranges, err := r.at(compat, compatFile, rel.version)
		if err != nil {
			return err
		}
		if !weak {
			ids["julia"] = uuid.Julia.String()
		}
		for _, name := range slices.Sorted(maps.Keys(ids)) {
			n := need{id: uuid.MustParse(fmt.Sprint(ids[name])), weak: weak, compat: version.Any()}
			if value, ok := ranges[name]; ok {
				if n.compat, err = parseRanges(value); err != nil {
					return fmt.Errorf("%s: %s: %w", compatFile, name, err)
				}
			}
			p.needs[rel.version] = append(p.needs[rel.version], n)
		}
	}
	return nil
}

// at returns what the tables say about a version.
func (r *registry) at(t tables, file string, v version.Version) (map[string]any, error) {
	all := map[string]any{}
	for _, key := range slices.Sorted(maps.Keys(t)) {
		versions, err := version.ParseRange(key)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if !versions.Contains(v) {
			continue
		}
		for name, value := range t[key] {
			if _, twice := all[name]; twice && r.profile.refusesOverlap() {
				return nil, fmt.Errorf("%s: overlapping ranges for %s for version %s", file, name, v)
			} else if twice {
				continue
			}
			all[name] = value
		}
	}
	return all, nil
}

func parseRanges(value any) (version.Set, error) {
	switch v := value.(type) {
	case string:
		return version.ParseSet(v)
	case []any:
		list := make([]string, len(v))
		for i := range v {
			list[i] = fmt.Sprint(v[i])
		}
		return version.ParseSet(list...)
	}
	return nil, fmt.Errorf("%v is no range of versions", value)
}
