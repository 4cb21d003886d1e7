package julia

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
	"github.com/offmirror/offmirror/fetch"
)

// settings is what [Options] come to: checked, with every default filled in.
type settings struct {
	options Options // as given, for the fingerprint

	upstream   string // "" if no server is asked
	mirrors    []string
	flavors    []pkgserver.Flavor // the first is what /registries means
	registries []string
	git        []gitRegistry

	everything bool
	roots      []resolve.Root
	deny       []resolve.Root
	manifests  []string
	versions   resolve.Policy
	julia      []version.Range
	platforms  []artifacts.Platform // none: all
	lazy       bool
	index      string

	releases         []releases.Selector
	releasesUpstream string
	nightlyUpstream  string
	baseURL          string
	classic          []string // parts, without "all"

	deepEvery time.Duration
}

// gitRegistry is a registry in git.
type gitRegistry struct {
	GitRegistry
	strategy gitrepo.Strategy
}

func newSettings(o *Options) (*settings, error) {
	s := &settings{
		options: *o, registries: o.Registries, manifests: o.Manifests, lazy: o.LazyArtifacts, deepEvery: o.DeepEvery,
		everything: len(o.Packages) == 0 && len(o.Manifests) == 0,
	}
	steps := []func(*Options) error{
		s.setServer, s.setGit, s.setSelection, s.setPlatforms, s.setIndex, s.setReleases, s.setClassic,
	}
	for _, step := range steps {
		if err := step(o); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *settings) setServer(o *Options) (err error) {
	switch pkgserver.Flavor(o.Flavor) {
	case "", pkgserver.Conservative:
		s.flavors = []pkgserver.Flavor{pkgserver.Conservative}
	case pkgserver.Eager:
		s.flavors = []pkgserver.Flavor{pkgserver.Eager}
	case flavorBoth:
		s.flavors = []pkgserver.Flavor{pkgserver.Conservative, pkgserver.Eager}
	default:
		return fmt.Errorf("flavor: %.40q is none of %q, %q and %q", o.Flavor, pkgserver.Conservative, pkgserver.Eager, flavorBoth)
	}
	if slices.Contains(o.Registries, "") {
		return fmt.Errorf("registries: an empty name")
	}
	if o.Upstream == "" || len(o.Registries) == 0 {
		if len(o.Releases) > 0 || o.Juliaup || slices.Contains(o.Classic, "releases") || slices.Contains(o.Classic, everyThing) {
			return nil // Julia itself, without packages
		}
		if len(o.Registry) == 0 && o.Upstream != "" {
			return fmt.Errorf("registries: none is chosen; name some, or a [[julia.registry]] in git")
		}
		if len(o.Registry) == 0 {
			return fmt.Errorf("upstream: no server is asked and there is no [[julia.registry]]; set one of them")
		}
		return nil
	}
	if s.upstream, err = ecosystems.BaseURL("upstream", o.Upstream); err != nil {
		return err
	}
	for _, m := range o.Mirrors {
		m, err := ecosystems.BaseURL("mirrors", m)
		if err != nil {
			return err
		}
		s.mirrors = append(s.mirrors, m)
	}
	return nil
}

func (s *settings) setGit(o *Options) error {
	if _, err := parseStrategy(o.CloneStrategy); err != nil {
		return err
	}
	for i, r := range o.Registry {
		if r.URL == "" {
			return fmt.Errorf("registry: table %d (%s) has no url", i+1, cmp.Or(r.Name, "without a name"))
		}
		r.CloneStrategy = cmp.Or(r.CloneStrategy, o.CloneStrategy)
		r.IgnoreInvalid = r.IgnoreInvalid || o.IgnoreInvalid
		strategy, err := parseStrategy(r.CloneStrategy)
		if err != nil {
			return fmt.Errorf("registry: %s: %w", cmp.Or(r.Name, r.URL), err)
		}
		same := func(other gitRegistry) bool { return other.URL == r.URL || r.Name != "" && other.Name == r.Name }
		if slices.ContainsFunc(s.git, same) {
			return fmt.Errorf("registry: two tables are about %s", cmp.Or(r.Name, fetch.Redact(r.URL)))
		}
		s.git = append(s.git, gitRegistry{r, strategy})
	}
	return nil
}

func parseStrategy(word string) (gitrepo.Strategy, error) {
	switch word {
	case "", "if_missing":
		return gitrepo.IfMissing, nil
	case "on_failure":
		return gitrepo.OnFailure, nil
	case "always":
		return gitrepo.Always, nil
	}
	return 0, fmt.Errorf("clone_strategy: %.40q is none of \"if_missing\", \"on_failure\" and \"always\"", word)
}

func (s *settings) setSelection(o *Options) (err error) {
	if s.roots, err = parseRoots("packages", o.Packages); err != nil {
		return err
	}
	if s.deny, err = parseRoots("deny", o.Deny); err != nil {
		return err
	}
	if s.versions, err = resolve.ParsePolicy(o.Versions); err != nil {
		return fmt.Errorf("versions: %w", err)
	}
	if s.versions.Locked() && len(o.Manifests) == 0 {
		return fmt.Errorf("versions: \"locked\" without manifests leaves out everything; name manifests")
	}
	if slices.Contains(o.Manifests, "") {
		return fmt.Errorf("manifests: an empty file name")
	}
	for _, text := range o.Julia {
		r, err := version.ParseRange(text)
		if err != nil {
			return fmt.Errorf("julia: %w", err)
		}
		s.julia = append(s.julia, r)
	}
	if s.deepEvery <= 0 {
		return fmt.Errorf("deep_every: %s is no interval such as \"7d\", which is the default", s.deepEvery)
	}
	return nil
}

func parseRoots(key string, entries []string) ([]resolve.Root, error) {
	roots := make([]resolve.Root, 0, len(entries))
	for _, entry := range entries {
		root, err := resolve.ParseRoot(entry)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		roots = append(roots, root)
	}
	return roots, nil
}

func (s *settings) setPlatforms(o *Options) error {
	if slices.Contains(o.Platforms, everyThing) {
		if len(o.Platforms) > 1 {
			return fmt.Errorf("platforms: %q beside others; it means every platform", everyThing)
		}
		return nil
	}
	if len(o.Platforms) == 0 {
		return fmt.Errorf("platforms: none is named; %q means every one", everyThing)
	}
	for _, text := range o.Platforms {
		p, err := artifacts.ParsePlatform(text)
		if err != nil {
			return fmt.Errorf("platforms: %w", err)
		}
		s.platforms = append(s.platforms, p)
	}
	return nil
}

func (s *settings) setIndex(o *Options) error {
	s.index = cmp.Or(o.Index, auto)
	if !slices.Contains([]string{auto, verbatim, filtered}, s.index) {
		return fmt.Errorf("index: %.40q is none of %q, %q and %q", o.Index, auto, verbatim, filtered)
	}
	return nil
}

func (s *settings) setReleases(o *Options) (err error) {
	for _, text := range o.Releases {
		sel, err := releases.ParseSelector(text)
		if err != nil {
			return fmt.Errorf("releases: %w", err)
		}
		s.releases = append(s.releases, sel)
	}
	if o.LTS != "" {
		if _, err := version.ParseRange(o.LTS); err != nil {
			return fmt.Errorf("lts: %w", err)
		}
	}
	if s.releasesUpstream, err = ecosystems.BaseURL("releases_upstream", cmp.Or(o.ReleasesUpstream, releases.Server)); err != nil {
		return err
	}
	if s.nightlyUpstream, err = ecosystems.BaseURL("nightly_upstream", cmp.Or(o.NightlyUpstream, releases.NightlyServer)); err != nil {
		return err
	}
	if o.BaseURL != "" {
		s.baseURL, err = ecosystems.BaseURL("base_url", o.BaseURL)
	}
	return err
}

// classicParts are the parts of the classic layout, in the order of its own script.
var classicParts = []string{"client", "releases", "metadata", "registries", "packages"}

func (s *settings) setClassic(o *Options) error {
	if o.ClassicLatest && !slices.Contains(o.Classic, "packages") && !slices.Contains(o.Classic, everyThing) {
		return fmt.Errorf("classic_latest: it is about the part %q of the classic layout, which classic does not name", "packages")
	}
	for _, part := range o.Classic {
		switch {
		case part == everyThing:
			s.classic = classicParts
			return nil
		case !slices.Contains(classicParts, part):
			return fmt.Errorf("classic: %.40q is none of %s, %s", part, everyThing, strings.Join(classicParts, ", "))
		case !slices.Contains(s.classic, part):
			s.classic = append(s.classic, part)
		}
	}
	return nil
}
