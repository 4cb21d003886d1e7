package pkgserver

import (
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// Caps on what is read.
const (
	maxSize       = 1 << 20 // bytes
	maxRegistries = 1000
)

// Registry is the state of a registry.
type Registry struct {
	UUID uuid.UUID
	Tree treehash.Hash
}

// Path returns where its tarball is.
func (r Registry) Path() string { return RegistryPath(r.UUID, r.Tree) }

// ParseRegistries reads a list, and returns it ordered by UUID. Lines that are of no use are
// in problems, one line each, with their numbers; of two lines about one registry the first counts. An error
// means that it is no list of registries at all.
func ParseRegistries(data []byte) (list []Registry, problems []error, err error) {
	if len(data) > maxSize {
		return nil, nil, fmt.Errorf("list of registries has %d bytes, and %d are allowed", len(data), maxSize)
	}
	number := 0
	seen := map[uuid.UUID]bool{}
	problem := func(format string, args ...any) {
		if len(problems) < maxRegistries {
			problems = append(problems, fmt.Errorf("registries:%d: %s", number, fmt.Sprintf(format, args...)))
		}
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		number++
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			continue
		}
		r, err := parseLine(line)
		switch {
		case err != nil:
			problem("%v", err)
		case seen[r.UUID]:
			problem("registry %s is there twice; the first line counts", r.UUID)
		case len(list) == maxRegistries:
			return nil, nil, fmt.Errorf("list of registries has more than %d", maxRegistries)
		default:
			seen[r.UUID] = true
			list = append(list, r)
		}
	}
	if len(list) == 0 && len(problems) > 0 {
		return nil, nil, fmt.Errorf("not a list of registries: %w", problems[0])
	}
	slices.SortFunc(list, func(a, b Registry) int { return a.UUID.Compare(b.UUID) })
	return list, problems, nil
}

func parseLine(line string) (Registry, error) {
	parts := strings.Split(line, "/")
	if len(parts) != 4 || parts[0] != "" || parts[1] != "registry" {
		return Registry{}, fmt.Errorf("%.120q is not of the form /registry/UUID/HASH", line)
	}
	id, err := uuid.Parse(parts[2])
	if err != nil {
		return Registry{}, fmt.Errorf("registry %w", err)
	}
	tree, err := treehash.ParseHash(strings.ToLower(parts[3]))
	if err != nil {
		return Registry{}, fmt.Errorf("registry %s: %w", id, err)
	}
	return Registry{id, tree}, nil
}

// FormatRegistries writes a list, ordered by UUID. An empty list is an empty file.
func FormatRegistries(list []Registry) []byte {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Registry) int { return a.UUID.Compare(b.UUID) })
	var b strings.Builder
	for _, r := range list {
		b.WriteString("/" + r.Path() + "\n")
	}
	return []byte(b.String())
}
