package hexpm

import "time"

// Options is the section [hex] of the configuration.
type Options struct {
	Upstream             string        `toml:"upstream" doc:"base URL of the repository"`
	Mirrors              []string      `toml:"mirrors" doc:"further base URLs of the same repository, tried in this order"`
	Name                 string        `toml:"name" doc:"repository name inside the signed files"`
	PublicKey            string        `toml:"public_key" path:"true" doc:"PEM file of the key that signs the repository; empty: hex.pm's own key, which is built in"`
	TokenEnv             string        `toml:"token_env" flag:"-" doc:"environment variable with the key for a private upstream, sent as it is"`
	Packages             []string      `toml:"packages" selection:"true" doc:"packages with requirements, such as \"plug ~> 1.15\"; empty and no locks: everything"`
	Locks                []string      `toml:"locks" path:"true" selection:"true" doc:"lock files whose packages are mirrored in exactly the locked versions: mix.lock, rebar.lock, manifest.toml"`
	Deny                 []string      `toml:"deny" doc:"packages, with or without requirements, that are never mirrored"`
	Versions             string        `toml:"versions" doc:"versions of what packages name: all, latest:N or locked"`
	OptionalDependencies bool          `toml:"optional_dependencies" doc:"mirror the tarballs of optional dependencies too; their registry files always are"`
	Prereleases          bool          `toml:"prereleases" doc:"include pre-releases; those that a lock or a requirement names are always included"`
	Index                string        `toml:"index" doc:"verbatim: upstream's signed files; filtered: signed anew, listing only what is here"`
	SigningKey           string        `toml:"signing_key" path:"true" doc:"PEM file of the private key for a filtered index; empty: made on first use and kept in the mirror's state"`
	Docs                 bool          `toml:"docs" doc:"mirror the documentation archives"`
	Installs             string        `toml:"installs" doc:"hex, rebar and rebar3 for mix local.hex: none, latest (newest per Elixir and OTP) or all"`
	Builds               []string      `toml:"builds" doc:"builds of Elixir and OTP, such as \"elixir:1.18\" or \"otp:27/ubuntu-24.04/amd64\""`
	BuildsUpstream       string        `toml:"builds_upstream" doc:"base URL of installs and builds; empty: https://builds.hex.pm for hex.pm, otherwise the upstream"`
	ElixirKey            string        `toml:"elixir_key" path:"true" doc:"PEM file of the key that signs the lists of installs; empty: Elixir's own key, which is built in"`
	Policies             []string      `toml:"policies" flag:"-" doc:"names of dependency policies of this repository"`
	DeepEvery            time.Duration `toml:"deep_every" flag:"-" doc:"how often every package index is asked for again, to notice what no list of changes shows"`
	Repositories         []Repository  `toml:"repositories" doc:"further repositories, mirrored below repos/NAME"`
}

// Repository is a table [[hex.repositories]]. What it does not set is as for the
// main repository.
type Repository struct {
	Name       string   `toml:"name" doc:"folder below repos/, and the repository name inside the signed files"`
	Repository string   `toml:"repository" doc:"repository name inside the signed files, if it is another"`
	Upstream   string   `toml:"upstream" doc:"base URL; empty: upstream/repos/NAME"`
	Mirrors    []string `toml:"mirrors" doc:"further base URLs of the same repository, tried in this order"`
	PublicKey  string   `toml:"public_key" path:"true" doc:"PEM file of the key that signs it; empty: as the main repository"`
	TokenEnv   string   `toml:"token_env" doc:"environment variable with the repository key, sent as it is"`
	Packages   []string `toml:"packages" doc:"packages with requirements; empty and no locks: everything"`
	Policies   []string `toml:"policies" doc:"names of dependency policies of this repository"`
}

const (
	hexPMUpstream  = "https://repo.hex.pm"
	hexPMBuilds    = "https://builds.hex.pm"
	hexPMName      = "hexpm"
	verbatim       = "verbatim"
	filtered       = "filtered"
	installsNone   = "none"
	installsLatest = "latest"
	installsAll    = "all"
)

func defaults() *Options {
	return &Options{
		Upstream:    hexPMUpstream,
		Name:        hexPMName,
		Versions:    "all",
		Prereleases: true,
		Index:       verbatim,
		Installs:    installsLatest,
		DeepEvery:   7 * 24 * time.Hour,
	}
}
