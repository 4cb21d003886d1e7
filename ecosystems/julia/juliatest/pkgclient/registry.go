package pkgclient

import (
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

const registryFile = "Registry.toml"

// registry is a registry as Pkg sees it. Packages are parsed when they are needed.
type registry struct {
	head

	profile Profile
	read    files
	parsed  map[uuid.UUID]*pkg
}

// head is what Registry.toml says.
type head struct {
	Name     string
	UUID     string
	Repo     string
	Packages map[string]struct{ Name, Path string }

	id       uuid.UUID
	packages map[uuid.UUID]*listing
}

// listing is a package in Registry.toml.
type listing struct {
	id         uuid.UUID
	name, path string
}

func (p Profile) readHead(read files) (head, error) {
	content, ok, err := read(registryFile)
	if err != nil {
		return head{}, err
	}
	if !ok {
		return head{}, fmt.Errorf("%w: no file is called exactly %s", ErrRegistry, registryFile)
	}
	return p.parseHead(content)
}

// parseHead reads Registry.toml. Versions before 1.7 insist on four keys, later ones do not need
// repo.
func (p Profile) parseHead(content []byte) (h head, err error) {
	meta, err := toml.Decode(string(content), &h)
	if err != nil {
		return h, fmt.Errorf("%w: %s: %w", ErrRegistry, registryFile, err)
	}
	required := []string{"name", "uuid", "repo", "packages"}
	if p.keepsPacked() {
		required = []string{"name", "uuid", "packages"}
	}
	for _, key := range required {
		if !meta.IsDefined(key) {
			return h, fmt.Errorf("%w: no `%s` entry in `%s`", ErrRegistry, key, registryFile)
		}
	}
	if h.id, err = uuid.Parse(h.UUID); err != nil {
		return h, fmt.Errorf("%w: %s: uuid: %w", ErrRegistry, registryFile, err)
	}
	if !isName(h.Name) {
		return h, fmt.Errorf("%w: %s: name %q cannot be a file", ErrRegistry, registryFile, h.Name)
	}
	h.packages = make(map[uuid.UUID]*listing, len(h.Packages))
	for key, entry := range h.Packages {
		id, err := uuid.Parse(key)
		if err == nil && (!isName(entry.Name) || entry.Path == "") {
			err = fmt.Errorf("name %q or path %q will not do", entry.Name, entry.Path)
		}
		if err != nil {
			return h, fmt.Errorf("%w: %s: package %q: %w", ErrRegistry, registryFile, key, err)
		}
		h.packages[id] = &listing{id, entry.Name, entry.Path}
	}
	return h, nil
}

// isName tells whether something may name a folder of the depot.
func isName(s string) bool {
	return s != "" && len(s) < 256 && s[0] != '.' && !strings.ContainsAny(s, "/\\\x00")
}

// named returns the packages with a name, by UUID.
func (r *registry) named(name string) []uuid.UUID {
	var ids []uuid.UUID
	for id, p := range r.packages {
		if p.name == name {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, uuid.UUID.Compare)
	return ids
}

// pkg returns what a registry says about a package, nil if nothing.
func (r *registry) pkg(id uuid.UUID) (*pkg, error) {
	if p, ok := r.parsed[id]; ok {
		return p, nil
	}
	entry := r.packages[id]
	if entry == nil {
		return nil, nil
	}
	p, err := r.parse(entry)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRegistry, entry.path, err)
	}
	r.parsed[id] = p
	return p, nil
}
