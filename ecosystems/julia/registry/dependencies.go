package registry

import (
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/tomlfile"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Dependency is what a version of a package needs.
type Dependency struct {
	Name   string
	UUID   uuid.UUID
	Weak   bool        // of use if it is there, not installed with the package
	Compat version.Set // versions that will do
}

// Dependencies is what all versions of a package need. The nil *Dependencies is
// nothing.
type Dependencies struct {
	deps, weak         []named[uuid.UUID]
	compat, weakCompat []named[version.Set]
}

// named is what holds for versions in a range, by the names of dependencies.
type named[T any] struct {
	versions version.Range
	names    []string
	values   []T
}

// Dependencies reads the files that speak of dependencies, of which none must
// exist.
func (p *Package) Dependencies() (*Dependencies, error) {
	d := new(Dependencies)
	names := map[string]string{}
	// One text for all mentions of a package, and none that holds on to a file.
	one := func(name string) string {
		known, ok := names[name]
		if !ok {
			known = strings.Clone(name)
			names[known] = known
		}
		return known
	}
	parseUUID := func(d *document, e entry) (uuid.UUID, error) {
		id, err := parseUUID(d, e)
		if err == nil {
			if other, ok := p.registry.byUUID[id]; ok && other.Name == e.key {
				names[other.Name] = other.Name
			}
		}
		return id, err
	}
	var err error
	if d.deps, err = readNamed(p, "Deps.toml", parseUUID, one); err != nil {
		return nil, err
	}
	if d.weak, err = readNamed(p, "WeakDeps.toml", parseUUID, one); err != nil {
		return nil, err
	}
	sets := map[string]version.Set{}
	parse := func(d *document, e entry) (version.Set, error) { return parseSet(d, e, sets) }
	if d.compat, err = readNamed(p, "Compat.toml", parse, one); err != nil {
		return nil, err
	}
	if d.weakCompat, err = readNamed(p, "WeakCompat.toml", parse, one); err != nil {
		return nil, err
	}
	return d, nil
}

func readNamed[T any](p *Package, file string, parse func(*document, entry) (T, error), one func(string) string) ([]named[T], error) {
	d, err := p.document(file)
	if d == nil || err != nil {
		return nil, err
	}
	if top := d.top().entries; len(top) > 0 {
		return nil, d.fail(top[0].line, "%s is not the table of a range of versions", tomlfile.Short(top[0].key))
	}
	if len(d.tables()) > maxTables {
		return nil, d.fail(0, "it has more than %d tables", maxTables)
	}
	list := make([]named[T], len(d.tables()))
	for i, s := range d.tables() {
		n := &list[i]
		if n.versions, err = version.ParseRange(s.name); err != nil {
			return nil, d.fail(s.line, "%v", err)
		}
		n.names, n.values = make([]string, len(s.entries)), make([]T, len(s.entries))
		for i, e := range s.entries {
			if n.values[i], err = parse(d, e); err != nil {
				return nil, err
			}
			n.names[i] = one(e.key)
		}
	}
	return list, nil
}

func parseUUID(d *document, e entry) (uuid.UUID, error) {
	if e.value.kind != text {
		return uuid.UUID{}, d.fail(e.line, "%s has no UUID", tomlfile.Short(e.key))
	}
	id, err := uuid.Parse(e.value.text)
	if err != nil {
		return uuid.UUID{}, d.fail(e.line, "%s has the UUID %v", tomlfile.Short(e.key), err)
	}
	return id, nil
}

// parseSet reads a range or a list of ranges. Equal ones share memory.
func parseSet(d *document, e entry, known map[string]version.Set) (version.Set, error) {
	ranges := e.value.list
	if e.value.kind == text {
		ranges = []string{e.value.text}
	} else if e.value.kind != list {
		return nil, d.fail(e.line, "%s has no range of versions", tomlfile.Short(e.key))
	}
	key := strings.Join(ranges, "\x00")
	if set, ok := known[key]; ok && len(ranges) > 0 {
		return set, nil
	}
	set, err := version.ParseSet(ranges...)
	if err != nil {
		return nil, d.fail(e.line, "%s: %v", tomlfile.Short(e.key), err)
	}
	known[key] = set
	return set, nil
}

// At returns what a version needs, ordered by name and UUID. Julia itself is not
// among it. A dependency that the files call both strong and weak is strong; where
// several entries about compatibility hold, which the tools of registries
// avoid, any of them is enough.
func (d *Dependencies) At(v version.Version) []Dependency {
	if d == nil {
		return nil
	}
	most := count(d.deps, v) + count(d.weak, v)
	list := make([]Dependency, 0, most)
	known := seen{few: most <= few}
	list = collect(list, d.deps, v, false, &known)
	list = collect(list, d.weak, v, true, &known)
	weakCompat, compat := finder(d.weakCompat, v, most), finder(d.compat, v, most)
	for i := range list {
		dep := &list[i]
		if dep.Weak {
			dep.Compat = weakCompat(dep.Name)
		}
		if dep.Compat == nil {
			dep.Compat = compat(dep.Name)
		}
		if dep.Compat == nil {
			dep.Compat = version.Any()
		}
	}
	slices.SortFunc(list, func(a, b Dependency) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return a.UUID.Compare(b.UUID)
	})
	return list
}

func count[T any](tables []named[T], v version.Version) int {
	n := 0
	for _, t := range tables {
		if t.versions.Contains(v) {
			n += len(t.names)
		}
	}
	return n
}

// few is how many dependencies a version has at most for which looking through them all is the
// quickest. Some have thousands, of which nobody should make squares.
const few = 64

// seen tells which dependencies a list has.
type seen struct {
	few bool
	all map[mention]struct{} // if there are not few
}

type mention struct {
	name string
	id   uuid.UUID
}

// add reports whether a dependency is new to the list.
func (s *seen) add(list []Dependency, name string, id uuid.UUID) bool {
	if s.few {
		return !slices.ContainsFunc(list, func(d Dependency) bool { return d.UUID == id && d.Name == name })
	}
	if s.all == nil {
		s.all = map[mention]struct{}{}
	}
	before := len(s.all)
	s.all[mention{name, id}] = struct{}{}
	return len(s.all) > before
}

func collect(list []Dependency, tables []named[uuid.UUID], v version.Version, weak bool, known *seen) []Dependency {
	for _, t := range tables {
		if !t.versions.Contains(v) {
			continue
		}
		for i, id := range t.values {
			if id != uuid.Julia && known.add(list, t.names[i], id) {
				list = append(list, Dependency{Name: t.names[i], UUID: id, Weak: weak})
			}
		}
	}
	return list
}

// finder returns compatible for a version, to be asked for about so many names.
func finder(tables []named[version.Set], v version.Version, names int) func(name string) version.Set {
	if names <= few {
		return func(name string) version.Set { return compatible(tables, v, name) }
	}
	sets := map[string]version.Set{}
	for _, t := range tables {
		if t.versions.Contains(v) {
			for i, name := range t.names {
				sets[name] = either(sets[name], t.values[i])
			}
		}
	}
	return func(name string) version.Set { return sets[name] }
}

// compatible returns nil if nothing is said.
func compatible(tables []named[version.Set], v version.Version, name string) version.Set {
	var set version.Set
	for _, t := range tables {
		if !t.versions.Contains(v) {
			continue
		}
		if i := slices.Index(t.names, name); i >= 0 {
			set = either(set, t.values[i])
		}
	}
	return set
}

// maxUnion is how many ranges a union takes before it takes no more. Who writes so many
// tables about the same versions does it to make work.
const maxUnion = 1024

// either returns what is in one of the sets; nil stands for nothing said so far.
func either(a, b version.Set) version.Set {
	switch {
	case a == nil:
		return b
	case len(a) > maxUnion:
		return a
	}
	return a.Union(b)
}

// Julia returns the versions of Julia that a version of the package can be used
// with.
func (d *Dependencies) Julia(v version.Version) version.Set {
	if d != nil {
		if set := compatible(d.compat, v, "julia"); set != nil {
			return set
		}
	}
	return version.Any()
}
