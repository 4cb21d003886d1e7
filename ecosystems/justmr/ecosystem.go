package justmr

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems"
)

// Ecosystem makes just-mr known to the command line and the configuration.
func Ecosystem() ecosystems.Ecosystem {
	return ecosystems.Ecosystem{
		Name:    "justmr",
		Aliases: []string{"just-mr"},
		Summary: "Archives and git repositories of multi-repository builds with just-mr, with an audit of where they come from",
		Options: func() any { return defaults() },
		New:     New,
	}
}

// New makes the driver for *[Options]. An error names the key of the configuration.
func New(options any) (ecosystems.Driver, error) {
	o, ok := options.(*Options)
	if !ok {
		return nil, fmt.Errorf("justmr: options are a %T, want a *justmr.Options", options)
	}
	s, err := newSettings(o)
	if err != nil {
		return nil, fmt.Errorf("justmr.%w", err)
	}
	return &driver{settings: s}, nil
}

// driver implements [ecosystems.Driver], [ecosystems.Prover], [ecosystems.Needy] and
// [ecosystems.Remarker].
type driver struct{ *settings }

var (
	_ ecosystems.Driver    = (*driver)(nil)
	_ ecosystems.Prover    = (*driver)(nil)
	_ ecosystems.Recoverer = (*driver)(nil)
	_ ecosystems.Needy     = (*driver)(nil)
	_ ecosystems.Remarker  = (*driver)(nil)
)

// CheckFiles reads the configurations that are files.
func (d *driver) CheckFiles() error {
	_, err := d.readFiles()
	return err
}
