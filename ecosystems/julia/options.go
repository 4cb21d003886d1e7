package julia

import (
	"time"

	"github.com/offmirror/offmirror/ecosystems/julia/releases"
)

// Options is the section [julia] of the configuration.
type Options struct {
	Upstream   string   `toml:"upstream" doc:"base URL of a package or storage server; empty: none is asked"`
	Mirrors    []string `toml:"mirrors" doc:"further base URLs of such servers, tried in this order"`
	Flavor     string   `toml:"flavor" doc:"conservative: what the servers hold completely; eager: what was registered last; both"`
	Registries []string `toml:"registries" doc:"registries of the upstream, by name or UUID; \"*\" is all of them"`

	Packages      []string `toml:"packages" selection:"true" doc:"packages by name or UUID, with compat, such as \"JSON\" or \"Plots@1\"; empty and no manifests: everything"`
	Manifests     []string `toml:"manifests" path:"true" selection:"true" doc:"Manifest.toml files whose packages are mirrored in exactly these versions"`
	Deny          []string `toml:"deny" doc:"packages, with or without compat, that are never mirrored"`
	Versions      string   `toml:"versions" doc:"versions of what packages name and of what they need: all, latest:N, compatible (the newest of each series) or locked"`
	Julia         []string `toml:"julia" flag:"julia" doc:"versions of Julia that must be able to resolve, such as 1.10; empty: any"`
	Platforms     []string `toml:"platforms" doc:"platforms whose artifacts and releases are mirrored, such as x86_64-linux-gnu; all is every one"`
	LazyArtifacts bool     `toml:"lazy_artifacts" doc:"mirror artifacts that clients fetch at first use, too"`
	Index         string   `toml:"index" doc:"verbatim: upstream's registry; filtered: pruned to what is here; auto: filtered if anything is left out"`
	EmptyGeneral  bool     `toml:"empty_general" doc:"list an empty General where the mirror has none, so that clients do not try to clone it from elsewhere"`
	Zstd          bool     `toml:"zstd" doc:"keep zstd variants beside the gzip tarballs, for clients that ask (Julia 1.13 and later)"`
	Adopt         []string `toml:"adopt" path:"true" doc:"folders of an existing mirror (StorageMirrorServer or julia-mirror) to take objects from, verified, before anything is downloaded"`

	Releases         []string `toml:"releases" doc:"Julia itself: 1.10, 1.11.5, lts, release, rc, all, nightly, 1.13-nightly"`
	ReleasesUpstream string   `toml:"releases_upstream" doc:"base URL of the releases and of juliaup's files"`
	NightlyUpstream  string   `toml:"nightly_upstream" doc:"base URL of the nightly builds"`
	LTS              string   `toml:"lts" doc:"the series that lts means; empty: the one known to this program"`
	Juliaup          bool     `toml:"juliaup" doc:"mirror juliaup, its installer and its version database, filtered to the releases that are here"`
	BaseURL          string   `toml:"base_url" doc:"URL at which clients will see ROOT/julia, for the rewritten list of releases that a plain web server hands out"`

	Classic        []string       `toml:"classic" doc:"parts of the julia-mirror layout below julia/classic: registries, packages, releases, metadata, client, or all"`
	ClassicLatest  bool           `toml:"classic_latest" doc:"in the classic layout, also NAME-latest.tar.gz of each package"`
	ClassicSources ClassicSources `toml:"classic_sources" flag:"-" doc:"where the parts of the classic layout come from that nothing else names"`
	MirrorName     string         `toml:"mirror_name" doc:"name of the mirror in the classic status.json; empty: the host name"`

	GitConfig     map[string]string `toml:"gitconfig" flag:"-" doc:"settings of git for each call, such as \"http.sslVerify\" = \"true\""`
	CloneStrategy string            `toml:"clone_strategy" doc:"when git repositories are cloned afresh: if_missing, on_failure or always"`
	IgnoreInvalid bool              `toml:"ignore_invalid" doc:"report a git registry that cannot be read and go on, instead of failing"`
	Registry      []GitRegistry     `toml:"registry" doc:"registries in git, whose packages come from git as well"`
	DeepEvery     time.Duration     `toml:"deep_every" flag:"-" doc:"how often what was absent upstream is asked for again"`
}

// ClassicSources is the table [julia.classic_sources].
type ClassicSources struct {
	Metadata string `toml:"metadata" doc:"git repository of the old METADATA.jl"`
	Client   string `toml:"client" doc:"git repository of PkgMirrors.jl"`
}

// GitRegistry is a table [[julia.registry]].
type GitRegistry struct {
	Name          string            `toml:"name" doc:"name of the registry; empty: as its Registry.toml says"`
	URL           string            `toml:"url" doc:"URL of its git repository, or a path"`
	Mirrors       []string          `toml:"mirrors" doc:"further URLs of the same repository, tried in this order"`
	GitConfig     map[string]string `toml:"gitconfig" doc:"further settings of git for this registry and its packages"`
	CloneStrategy string            `toml:"clone_strategy" doc:"as julia.clone_strategy, for this registry and its packages"`
	IgnoreInvalid bool              `toml:"ignore_invalid" doc:"as julia.ignore_invalid, for this registry"`
}

const (
	publicServer = "https://pkg.julialang.org"

	verbatim = "verbatim"
	filtered = "filtered"
	auto     = "auto"

	flavorBoth = "both"
	everyThing = "all" // of platforms, and of the parts of the classic layout
)

func defaults() *Options {
	return &Options{
		Upstream:         publicServer,
		Flavor:           "conservative",
		Registries:       []string{"General"},
		Versions:         "all",
		Platforms:        []string{everyThing},
		LazyArtifacts:    true,
		Index:            auto,
		ReleasesUpstream: releases.Server,
		NightlyUpstream:  releases.NightlyServer,
		CloneStrategy:    "if_missing",
		ClassicSources: ClassicSources{
			Metadata: "https://github.com/JuliaLang/METADATA.jl.git",
			Client:   "https://github.com/sunoru/PkgMirrors.jl.git",
		},
		DeepEvery: 7 * 24 * time.Hour,
	}
}
