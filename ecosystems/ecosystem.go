package ecosystems

import "github.com/offmirror/offmirror/fetch"

// Ecosystem makes a driver known to the command line and the configuration.
type Ecosystem struct {
	Name    string   // the word on the command line, the config section and the folder of the mirror
	Aliases []string // other words for it
	Summary string   // one line, without a full stop

	// Options returns a pointer to a new options struct that holds the
	// defaults. Its exported fields carry the tags
	//
	//	toml:"key"     the key in the configuration; the flag is the same in kebab-case
	//	doc:"text"     one line for the reference and for --help
	//	flag:"name"    another flag name, or "-" for none; a list's flag is singular
	//	also:"name"    a second name of the flag, as people know it from other programs
	//	path:"true"    a path (or list of paths): relative ones are resolved against the config file
	//	selection:"true"  a selection: one given on the command line replaces all of the config's
	Options func() any

	// New makes the driver for options of the type that Options returns. An
	// error is a mistake in the configuration and names the key.
	New func(options any) (Driver, error)
}

// Credentialed is a Driver whose options hold credentials. The engine sends each
// only to URLs that begin with its prefix.
type Credentialed interface {
	Credentials() ([]fetch.Credential, error)
}

// Portable are options that name files which other machines need, too, to make sense of a
// snapshot. Portable returns the options with the content of those files in place of their
// names: that is what the snapshot records.
type Portable interface {
	Portable() (options any, err error)
}

// Needy is a Driver whose options name files that only plan and sync read, such as
// lock files. CheckFiles reads them and returns what is wrong with the first bad
// one, so that a mistake shows before anything is begun. It connects to nothing.
type Needy interface {
	CheckFiles() error
}

// Words returns everything that the ecosystem may be called: its name, then its aliases.
func (e Ecosystem) Words() []string { return append([]string{e.Name}, e.Aliases...) }
