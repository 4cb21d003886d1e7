package pkgclient

import (
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// spec is a package as it is typed: Name, UUID or Name=UUID, and @RANGE if need be.
type spec struct {
	text     string
	name     string
	id       uuid.UUID
	versions version.Set
}

func parseSpec(text string) (s spec, err error) {
	s = spec{text: text, versions: version.Any()}
	what, ranges, limited := strings.Cut(text, "@")
	if limited {
		if s.versions, err = version.ParseSet(ranges); err != nil {
			return s, fmt.Errorf("package %q: %w", text, err)
		}
	}
	name, id, both := strings.Cut(what, "=")
	if !both {
		if s.id, err = uuid.Parse(what); err != nil {
			s.name = what
		}
		return s, nil
	}
	s.name = name
	if s.id, err = uuid.Parse(id); err != nil {
		return s, fmt.Errorf("package %q: %w", text, err)
	}
	return s, nil
}

// find fills in the UUID or the name.
func (p Profile) find(s *spec, registries []*registry) error {
	var ids []uuid.UUID
	for _, r := range registries {
		if entry := r.packages[s.id]; entry != nil {
			s.name = entry.name
			return nil
		}
		for _, id := range r.named(s.name) {
			if s.id.IsZero() && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	if name, ok := p.stdlib(s.id); ok {
		s.name = name
		return nil
	}
	if id, ok := p.stdlibNamed(s.name); ok && s.id.IsZero() {
		ids = []uuid.UUID{id}
	}
	switch len(ids) {
	case 0:
		return fmt.Errorf("%w: %s is not in project, manifest or registry", ErrNotFound, s.text)
	case 1:
		s.id = ids[0]
		return nil
	}
	return fmt.Errorf("%w: %s is the name of %d packages; give the UUID", ErrNotFound, s.text, len(ids))
}
