package lockfile

// Format is a kind of lock file.
type Format string

// The formats, named like the files.
const (
	Mix   Format = "mix.lock"
	Rebar Format = "rebar.lock"
	Gleam Format = "manifest.toml"
)

// Lock is what a lock file says, in the order of the file.
type Lock struct {
	Name    string // as given to Parse
	Format  Format
	Entries []Entry
	Outside []Outside

	// Direct are the requirements of the project itself, by name. Only
	// manifest.toml records them.
	Direct []Dep
}

// Hexpm is the name of the public repository of hex.pm.
const Hexpm = "hexpm"

// Entry is a release of a Hex package that a project is locked to.
type Entry struct {
	App     string // the OTP application; often, but not always, the name of the package
	Package string // accepted by version.CheckName
	Version string // accepted by version.CheckPathComponent; not necessarily a version that parses

	// Repository is "hexpm" for the public repository, also where the format
	// does not record one (rebar.lock, manifest.toml), the name of an
	// organisation of hex.pm, or the name of another repository. It is fit to be
	// one component of a path.
	Repository   string
	Organization bool // Repository is an organisation of hex.pm ("hexpm:acme" in mix.lock)

	// Checksums of the tarball: 64 lower-case hexadecimal digits of a SHA-256, or
	// empty where the lock has none.
	Inner, Outer string

	Deps []Dep // what the release depends on, where the format records it
	Line int   // counted from 1; 0 if it could not be told
}

// Dep is a dependency of a locked release, or of the project.
type Dep struct {
	App         string
	Package     string // accepted by version.CheckName
	Requirement string // as written, not parsed; empty if not recorded
	Optional    bool   // false also where the format does not record it

	Repository   string // like those of Entry
	Organization bool
}

// Outside is something that a project is locked to and that no Hex repository
// holds.
type Outside struct {
	App    string
	Kind   string // "git", "hg", "path", "local": the word of the lock file
	Source string // URL or path, without credentials; may be empty
	Ref    string // commit or the like; may be empty
	Line   int    // counted from 1; 0 if it could not be told
}
