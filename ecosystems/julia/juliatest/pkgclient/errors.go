package pkgclient

// Error is a constant error of this package. Errors of commands wrap one, and say what it is about.
type Error string

const (
	// ErrList is a line of /registries with a bad UUID or hash, which ends every command.
	ErrList Error = "the server's list of registries kills the client"

	// ErrDownload is an answer other than success, or none.
	ErrDownload Error = "could not download"

	// ErrArchive is a body that is no tarball that this version of Julia can unpack.
	ErrArchive Error = "could not unpack"

	// ErrHash is content with another git tree hash than the one asked for.
	ErrHash Error = "content does not have the tree hash"

	// ErrRegistry is a registry that cannot be read.
	ErrRegistry Error = "the registry is of no use"

	// ErrNotFound is a package or artifact that nothing installed knows.
	ErrNotFound Error = "not found"

	// ErrName is a dependency that is in no registry and does not come with Julia.
	ErrName Error = "cannot find name corresponding to UUID in a registry"

	// ErrUnsatisfiable is a set of requirements without a solution.
	ErrUnsatisfiable Error = "unsatisfiable requirements detected"

	// ErrEscape is a command that would have asked others than the server.
	ErrEscape Error = "the server does not have it and others would have been asked"

	// ErrManifest is a manifest that this version of Julia cannot read.
	ErrManifest Error = "the manifest is of no use"
)

// Error returns the text.
func (e Error) Error() string { return string(e) }
