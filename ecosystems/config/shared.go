package config

import (
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout/retention"
)

// The sections that belong to no ecosystem: [fetch.Config] and [retention.Config].
const (
	fetchSection = "fetch"
	fetchSummary = "Transfers, whatever the ecosystem"

	snapshotsSection = "snapshots"
	snapshotsSummary = "Which snapshots gc keeps, of each ecosystem, beside the published one, those with a tag and those that bundles build on"
)

func fetchDefaults() *fetch.Config {
	c := fetch.DefaultConfig()
	return &c
}

func snapshotsDefaults() *retention.Config {
	c := retention.DefaultConfig()
	return &c
}
