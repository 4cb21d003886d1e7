package resolve

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Result is what a mirror must hold.
type Result struct {
	// Packages that have versions to be kept, ordered by name, UUID and order of
	// registries.
	Packages []*Package

	// Missing is what was asked for and cannot be had, in the order of asking.
	Missing []Missing

	// Notices are remarks for people, without repetitions.
	Notices []Notice

	// Unregistered are dependencies that are in no registry, by name: the standard
	// library.
	Unregistered []Unregistered

	kept map[*registry.Package]*Package
}

// Package is a package of one registry with the versions to be kept.
type Package struct {
	*registry.Package
	Kept  []Kept // ascending
	Total int    // versions that the registry has
}

// Kept is a version and why it is kept.
type Kept struct {
	registry.Release
	Reason string // "packages: JSON", "needed by Plots 1.40.1", "locked by app/Manifest.toml"
	cause  *cause
}

// Why returns the chain of reasons from what the configuration says to this version,
// beginning with its own: "needed by Plots 1.40.1", "packages: Plots".
func (k Kept) Why() []string {
	var chain []string
	for c := k.cause; c != nil; c = c.cause() {
		chain = append(chain, c.String())
	}
	return chain
}

// Missing is something that was asked for and cannot be had.
type Missing struct {
	Name   string    // as it was asked for, perhaps with a version: "JSON 0.21.4"
	UUID   uuid.UUID // zero if it was asked for by name
	Reason string    // one line, without the name
}

// Error returns name and reason.
func (m Missing) Error() string { return m.Name + ": " + m.Reason }

// Notice is a remark for people.
type Notice struct {
	Kind string // a stable word: "ambiguous-name", "broken-package", "denied", "lock-mismatch", "out-of-scope"
	Text string // one line
}

// Unregistered is a dependency that is in no registry.
type Unregistered struct {
	Name string
	UUID uuid.UUID
}

// Versions returns the number of versions to be kept.
func (r *Result) Versions() int {
	n := 0
	for _, p := range r.Packages {
		n += len(p.Kept)
	}
	return n
}

// Keep is a [registry.Keep].
func (r *Result) Keep(p *registry.Package, release registry.Release) bool {
	kept := r.kept[p]
	return kept != nil && kept.find(release.Version) >= 0
}

func (p *Package) find(v version.Version) int {
	low, high := 0, len(p.Kept)
	for low < high {
		if mid := (low + high) / 2; p.Kept[mid].Version.Compare(v) < 0 {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low < len(p.Kept) && p.Kept[low].Version == v {
		return low
	}
	return -1
}

// cause is why a version is kept: a text of its own, or another version.
type cause struct {
	text  string // of its own, or what String returns once settled
	by    *source
	index int // of the version
}

func (c *cause) String() string {
	if c.by == nil || c.text != "" {
		return c.text
	}
	return fmt.Sprintf("needed by %s %s", c.by.Name, c.by.releases[c.index].Version)
}

// settle makes one text of what is the reason for many.
func (c *cause) settle() string {
	c.text = c.String()
	return c.text
}

func (c *cause) cause() *cause {
	if c.by == nil {
		return nil
	}
	return c.by.kept[c.index]
}
