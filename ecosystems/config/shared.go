package config

import "github.com/offmirror/offmirror/fetch"

// fetchSection is the section that belongs to no ecosystem: [fetch.Config].
const (
	fetchSection = "fetch"
	fetchSummary = "Transfers, whatever the ecosystem"
)

func fetchDefaults() *fetch.Config {
	c := fetch.DefaultConfig()
	return &c
}
