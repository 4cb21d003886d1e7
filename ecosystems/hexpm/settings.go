package hexpm

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/installs"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

// settings is what [Options] come to: checked, with every default filled in and
// the key files read.
type settings struct {
	options      Options // as given, for the fingerprint
	repositories []*repository
	locks        []string
	deny         []version.Root
	versions     versionPolicy
	optional     bool
	prereleases  bool
	filtered     bool
	siteKey      *registry.SigningKey // nil: the mirror's own, from its secrets
	docs         bool
	installs     string
	builds       []installs.Selector
	buildsURL    string
	elixirKey    *registry.PublicKey
	deepEvery    time.Duration
}

func newSettings(o *Options) (*settings, error) {
	s := &settings{
		options: *o, locks: o.Locks, optional: o.OptionalDependencies,
		prereleases: o.Prereleases, docs: o.Docs, deepEvery: o.DeepEvery,
	}
	steps := []func(*Options) error{
		s.setRepositories, s.setSelection, s.setIndex, s.setInstalls, s.setBuilds,
	}
	for _, step := range steps {
		if err := step(o); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *settings) setSelection(o *Options) (err error) {
	if s.versions, err = parseVersionPolicy(o.Versions); err != nil {
		return err
	}
	if s.deny, err = parseRoots("deny", o.Deny); err != nil {
		return err
	}
	if s.deepEvery <= 0 {
		return fmt.Errorf("deep_every: %s is no interval such as \"7d\", which is the default", s.deepEvery)
	}
	if s.versions.locked && len(o.Locks) == 0 {
		return fmt.Errorf("versions: \"locked\" without locks leaves out everything; name lock files")
	}
	if slices.Contains(o.Locks, "") {
		return fmt.Errorf("locks: an empty file name")
	}
	return nil
}

func (s *settings) setIndex(o *Options) error {
	switch o.Index {
	case "", verbatim:
		if o.SigningKey != "" {
			return fmt.Errorf("signing_key: only a filtered index is signed here; set index = %q or remove the key", filtered)
		}
		return nil
	case filtered:
		s.filtered = true
	default:
		return fmt.Errorf("index: %.40q is neither %q nor %q", o.Index, verbatim, filtered)
	}
	if o.SigningKey == "" {
		return nil
	}
	text, err := readKeyFile(o.SigningKey)
	if err != nil {
		return fmt.Errorf("signing_key: %w", err)
	}
	if s.siteKey, err = registry.ParseSigningKey(text); err != nil {
		return fmt.Errorf("signing_key: %s: %w", o.SigningKey, err)
	}
	return nil
}

func (s *settings) setInstalls(o *Options) (err error) {
	s.installs = cmp.Or(o.Installs, installsLatest)
	if !slices.Contains([]string{installsNone, installsLatest, installsAll}, s.installs) {
		return fmt.Errorf("installs: %.40q is none of %q, %q and %q", o.Installs, installsNone, installsLatest, installsAll)
	}
	s.elixirKey, err = readPublicKey("elixir_key", o.ElixirKey, installs.ElixirKey())
	return err
}

func (s *settings) setBuilds(o *Options) error {
	main := s.repositories[0]
	s.buildsURL = o.BuildsUpstream
	if s.buildsURL == "" {
		s.buildsURL = main.upstream
		if main.upstream == hexPMUpstream {
			s.buildsURL = hexPMBuilds
		}
	}
	var err error
	if s.buildsURL, err = ecosystems.BaseURL("builds_upstream", s.buildsURL); err != nil {
		return err
	}
	for _, text := range o.Builds {
		b, err := installs.ParseSelector(text)
		if err != nil {
			return fmt.Errorf("builds: %w", err)
		}
		s.builds = append(s.builds, b)
	}
	return nil
}

func parseRoots(key string, entries []string) ([]version.Root, error) {
	roots := make([]version.Root, 0, len(entries))
	for _, entry := range entries {
		root, err := version.ParseRoot(entry)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		roots = append(roots, root)
	}
	return roots, nil
}

// readPublicKey reads the PEM file of a key of the configuration, or returns the
// built-in one when there is none. What a snapshot records is the key itself.
func readPublicKey(key, file string, builtIn *registry.PublicKey) (*registry.PublicKey, error) {
	if file == "" {
		return builtIn, nil
	}
	text := []byte(file)
	if isKey(file) {
		file = "the key that the snapshot records"
	} else {
		var err error
		if text, err = readKeyFile(file); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	k, err := registry.ParsePublicKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", key, file, err)
	}
	return k, nil
}
