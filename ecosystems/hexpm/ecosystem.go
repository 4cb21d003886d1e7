package hexpm

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/fetch"
)

// Ecosystem makes Hex known to the command line and the configuration.
func Ecosystem() ecosystems.Ecosystem {
	return ecosystems.Ecosystem{
		Name:    "hex",
		Aliases: []string{"hexpm"},
		Summary: "Packages of Elixir, Erlang and Gleam from hex.pm or any other Hex repository, with installers and builds",
		Options: func() any { return defaults() },
		New:     New,
	}
}

// New makes the driver for *[Options]. It reads the key files that they name;
// an error names the key of the configuration.
func New(options any) (ecosystems.Driver, error) {
	o, ok := options.(*Options)
	if !ok {
		return nil, fmt.Errorf("hex: options are a %T, want a *hexpm.Options", options)
	}
	s, err := newSettings(o)
	if err != nil {
		return nil, fmt.Errorf("hex.%w", err)
	}
	return &driver{settings: s}, nil
}

// driver implements [ecosystems.Driver], [ecosystems.Prover] and [ecosystems.Credentialed].
type driver struct{ *settings }

var (
	_ ecosystems.Driver       = (*driver)(nil)
	_ ecosystems.Prover       = (*driver)(nil)
	_ ecosystems.Recoverer    = (*driver)(nil)
	_ ecosystems.Credentialed = (*driver)(nil)
	_ ecosystems.Needy        = (*driver)(nil)
)

// CheckFiles reads the lock files.
func (d *driver) CheckFiles() error {
	_, err := readLocks(d.locks)
	return err
}

// Credentials returns the key of each private repository. It reads the
// environment, so a missing variable is an error only for those who connect.
func (d *driver) Credentials() ([]fetch.Credential, error) {
	var all []fetch.Credential
	for _, r := range d.repositories {
		c, err := r.credentials()
		if err != nil {
			return nil, err
		}
		all = append(all, c...)
	}
	return all, nil
}
