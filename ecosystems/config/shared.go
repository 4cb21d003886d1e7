package config

import (
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout/bundle"
	"github.com/offmirror/offmirror/layout/retention"
	"github.com/offmirror/offmirror/layout/serve/front"
)

// sharedSection is a section that belongs to no ecosystem.
type sharedSection struct {
	name, summary string
	options       checked // of the configuration that was asked for them
}

type checked interface{ Check() error }

const fetchSummary = "Transfers, whatever the ecosystem"

// shared returns the sections of c that belong to no ecosystem, in the order in which people see
// them.
func (c *Config) shared() []sharedSection {
	return []sharedSection{
		{"fetch", fetchSummary, &c.Fetch},
		{"snapshots", "Which snapshots gc keeps, of each ecosystem, beside the published one, those with a tag and those that bundles build on", &c.Snapshots},
		{"serve", "What offmirror serve does beside handing out files; its flags are those of serve", &c.Serve},
		{"bundle", "Transfer to mirrors that no network reaches: who signs, and whose bundles are taken", &c.Bundle},
	}
}

func sharedDefaults() Config {
	return Config{Fetch: fetch.DefaultConfig(), Snapshots: retention.DefaultConfig(), Serve: front.DefaultConfig(), Bundle: bundle.DefaultConfig()}
}
