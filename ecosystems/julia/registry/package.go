package registry

import (
	"io/fs"
	"slices"

	"github.com/offmirror/offmirror/ecosystems/julia/tomlfile"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Package is a package of a registry. Its methods read its files anew each time.
type Package struct {
	Name string
	UUID uuid.UUID
	Path string // its folder in the registry

	registry *Registry
}

// Info is what Package.toml says.
type Info struct {
	Repo   string // URL of the git repository
	Subdir string // folder in it that is the package; "" is its root

	Deprecated  bool
	Reason      string // of the deprecation
	Alternative string // what to use instead
}

// Release is a version of a package.
type Release struct {
	Version version.Version
	Tree    treehash.Hash // of the package's content
	Yanked  bool          // only who has it pinned still gets it
}

// Registry returns the registry that the package is in.
func (p *Package) Registry() *Registry { return p.registry }

// document parses a file in the package's folder; nil if there is none.
func (p *Package) document(name string) (*document, error) {
	path := p.Path + "/" + name
	content, ok, err := p.registry.files.read(path)
	if !ok || err != nil {
		return nil, err
	}
	return parseDocument(path, content)
}

// Info reads Package.toml, whose name and UUID must be those of Registry.toml.
func (p *Package) Info() (Info, error) {
	d, err := p.document("Package.toml")
	if err != nil {
		return Info{}, err
	}
	if d == nil {
		return Info{}, &FileError{File: p.Path + "/Package.toml", Reason: "is missing"}
	}
	top := d.top().entries
	name, err := d.needText(top, "name", 0)
	if err != nil {
		return Info{}, err
	}
	if e, _ := get(top, "name"); name != p.Name {
		return Info{}, d.fail(e.line, "name is %s, but %s in Registry.toml", tomlfile.Short(name), p.Name)
	}
	id, err := d.needText(top, "uuid", 0)
	if err != nil {
		return Info{}, err
	}
	if parsed, err := uuid.Parse(id); err != nil || parsed != p.UUID {
		e, _ := get(top, "uuid")
		return Info{}, d.fail(e.line, "uuid is %s, but %s in Registry.toml", tomlfile.Short(id), p.UUID)
	}
	var info Info
	if info.Repo, err = d.text(top, "repo"); err != nil {
		return Info{}, err
	}
	if info.Subdir, err = d.text(top, "subdir"); err != nil {
		return Info{}, err
	}
	if info.Subdir != "" && !fs.ValidPath(info.Subdir) || len(info.Subdir) > maxPath {
		e, _ := get(top, "subdir")
		return Info{}, d.fail(e.line, "subdir %s is not a folder in a repository", tomlfile.Short(info.Subdir))
	}
	if info.Subdir == "." {
		info.Subdir = ""
	}
	return info, info.readDeprecation(d)
}

func (info *Info) readDeprecation(d *document) error {
	for _, s := range d.tables() {
		deprecated, ok := get(s.entries, "deprecated")
		if s.name != "metadata" || !ok || deprecated.value.kind != table {
			continue
		}
		info.Deprecated = true
		var err error
		if info.Reason, err = d.text(deprecated.value.table, "reason"); err != nil {
			return err
		}
		info.Alternative, err = d.text(deprecated.value.table, "alternative")
		return err
	}
	return nil
}

const versionsFile = "Versions.toml"

// Releases reads Versions.toml and returns its versions in ascending order. There are none
// if the file is absent.
func (p *Package) Releases() ([]Release, error) {
	d, err := p.document(versionsFile)
	if d == nil || err != nil {
		return nil, err
	}
	return releases(d)
}

func releases(d *document) ([]Release, error) {
	if len(d.tables()) > maxTables {
		return nil, d.fail(0, "it has more than %d versions", maxTables)
	}
	if top := d.top().entries; len(top) > 0 {
		return nil, d.fail(top[0].line, "%s is not the table of a version", tomlfile.Short(top[0].key))
	}
	list := make([]Release, 0, len(d.tables()))
	for _, s := range d.tables() {
		r, err := release(d, s)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b Release) int { return a.Version.Compare(b.Version) })
	for i := 1; i < len(list); i++ {
		if list[i].Version == list[i-1].Version {
			return nil, d.fail(0, "version %s is there twice", list[i].Version)
		}
	}
	return list, nil
}

func release(d *document, s section) (Release, error) {
	v, err := version.Parse(s.name)
	if err != nil {
		return Release{}, d.fail(s.line, "%v", err)
	}
	hash, err := d.needText(s.entries, "git-tree-sha1", s.line)
	if err != nil {
		return Release{}, err
	}
	e, _ := get(s.entries, "git-tree-sha1")
	tree, err := treehash.ParseHash(hash)
	if err != nil {
		return Release{}, d.fail(e.line, "version %s: %v", v, err)
	}
	yanked, ok := get(s.entries, "yanked")
	if ok && yanked.value.kind != flag {
		return Release{}, d.fail(yanked.line, "version %s: yanked is neither true nor false", v)
	}
	return Release{Version: v, Tree: tree, Yanked: yanked.value.flag}, nil
}
