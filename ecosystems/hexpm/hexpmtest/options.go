package hexpmtest

import (
	"time"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/ecosystems/hexpm/tarball"
)

// BuildTool is what builds a package.
type BuildTool string

// The build tools for which there are projects.
const (
	Mix    BuildTool = "mix"    // Elixir
	Rebar3 BuildTool = "rebar3" // Erlang
)

// spec is what a publisher decides about a release.
type spec struct {
	app         string // empty: the package's name
	tool        BuildTool
	deps        []registry.Dependency
	files       []tarball.File
	filler      int64 // bytes of incompressible data
	stored      bool  // contents are not compressed
	noOuter     bool
	publishedAt time.Time
}

// ReleaseOption says something about a release.
type ReleaseOption func(*spec)

func newSpec(options []ReleaseOption) spec {
	s := spec{tool: Mix}
	for _, o := range options {
		o(&s)
	}
	return s
}

// Dep adds a dependency on a package of the same repository.
func Dep(name, requirement string) ReleaseOption {
	return Dependency(registry.Dependency{Package: name, Requirement: requirement})
}

// OptionalDep adds an optional dependency on a package of the same repository.
func OptionalDep(name, requirement string) ReleaseOption {
	return Dependency(registry.Dependency{Package: name, Requirement: requirement, Optional: true})
}

// Dependency adds a dependency of any kind. Its Repository is left empty for the
// package's own.
func Dependency(d registry.Dependency) ReleaseOption {
	return func(s *spec) { s.deps = append(s.deps, d) }
}

// App sets an OTP application whose name differs from the package's.
func App(name string) ReleaseOption { return func(s *spec) { s.app = name } }

// BuiltWith sets the build tool. It is [Mix] otherwise.
func BuiltWith(t BuildTool) ReleaseOption { return func(s *spec) { s.tool = t } }

// Size adds a file of so many bytes that do not compress, so that the tarball has
// about that size.
func Size(bytes int64) ReleaseOption { return func(s *spec) { s.filler = bytes } }

// Stored packs the contents without compressing them, which costs far less.
func Stored() ReleaseOption { return func(s *spec) { s.stored = true } }

// PublishedAt dates the release otherwise than by the clock.
func PublishedAt(t time.Time) ReleaseOption { return func(s *spec) { s.publishedAt = t } }

// Source adds a file to the package's contents.
func Source(name, text string) ReleaseOption {
	return func(s *spec) { s.files = append(s.files, tarball.File{Name: name, Data: []byte(text)}) }
}

// WithoutOuterChecksum leaves the outer checksum out of the registry, as very old
// repositories do.
func WithoutOuterChecksum() ReleaseOption { return func(s *spec) { s.noOuter = true } }
