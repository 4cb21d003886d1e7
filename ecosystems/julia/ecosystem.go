package julia

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems"
)

// Ecosystem makes Julia known to the command line and the configuration.
func Ecosystem() ecosystems.Ecosystem {
	return ecosystems.Ecosystem{
		Name:    "julia",
		Summary: "Registries, packages and artifacts of Julia, from package servers and from git, and Julia itself",
		Options: func() any { return defaults() },
		New:     New,
	}
}

// New makes the driver for *[Options]. An error names the key of the configuration.
func New(options any) (ecosystems.Driver, error) {
	o, ok := options.(*Options)
	if !ok {
		return nil, fmt.Errorf("julia: options are a %T, want a *julia.Options", options)
	}
	s, err := newSettings(o)
	if err != nil {
		return nil, fmt.Errorf("julia.%w", err)
	}
	return &driver{settings: s}, nil
}

// driver implements [ecosystems.Driver], [ecosystems.Prover] and [ecosystems.Needy].
type driver struct{ *settings }

var (
	_ ecosystems.Driver    = (*driver)(nil)
	_ ecosystems.Prover    = (*driver)(nil)
	_ ecosystems.Recoverer = (*driver)(nil)
	_ ecosystems.Needy     = (*driver)(nil)
)

// CheckFiles reads the manifests.
func (d *driver) CheckFiles() error {
	_, err := readManifests(d.manifests)
	return err
}
