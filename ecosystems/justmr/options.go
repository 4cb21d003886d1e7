package justmr

import "time"

// Options is the section [justmr] of the configuration.
type Options struct {
	Configs     []string          `toml:"configs" flag:"configs" path:"true" selection:"true" doc:"repos.json files of just-mr, as paths or URLs"`
	Main        string            `toml:"main" doc:"mirror what this repository needs; empty: all repositories"`
	Git         bool              `toml:"git" doc:"mirror git repositories, with their full history"`
	Absent      bool              `toml:"absent" doc:"mirror repositories that are marked as absent, too"`
	RunCommands bool              `toml:"run_commands" doc:"run the commands of git trees that no mirrored repository holds; they are arbitrary programs"`
	GitConfig   map[string]string `toml:"gitconfig" flag:"-" doc:"settings of git for each call"`
	Names       string            `toml:"names" doc:"names of the files for clients: just, or jst for the fork of that name"`
	BaseURL     string            `toml:"base_url" doc:"URL at which clients will see ROOT/justmr, for the file that a plain web server hands out; empty: file:// URLs of this folder"`
	CycloneDX   bool              `toml:"cyclonedx" doc:"also write the audit as a CycloneDX bill of materials"`
	DeepEvery   time.Duration     `toml:"deep_every" flag:"-" doc:"how often it is looked whether upstream still has what the mirror has"`
}

func defaults() *Options {
	return &Options{Git: true, Absent: true, Names: "just", DeepEvery: 7 * 24 * time.Hour}
}
