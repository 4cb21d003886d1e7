package tarball

import (
	"errors"
	"fmt"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// Metadata is what a package says about itself in metadata.config. The registry
// is the authority where both speak; app, build tools and licences are only here.
type Metadata struct {
	Name         string
	Version      string
	App          string // OTP application
	Elixir       string // requirement on Elixir; empty for packages of other languages
	BuildTools   []string
	Licenses     []string
	Requirements []registry.Dependency
}

// ParseMetadata reads metadata.config: Erlang terms in UTF-8, or in Latin-1 if it
// is no UTF-8. Keys that it does not know are passed over; of a key given twice the
// last counts. Errors match [ErrMalformed].
func ParseMetadata(text []byte) (Metadata, error) {
	if len(text) > MaxMetadata {
		return Metadata{}, malformed("metadata.config has %d bytes, more than %d", len(text), MaxMetadata)
	}
	var m Metadata
	t := &terms{in: toUTF8(text)}
	for t.more() {
		term, err := t.term(0)
		if err == nil {
			err = t.want(".")
		}
		if err != nil {
			return Metadata{}, malformed("metadata.config, byte %d: %w", t.pos, err)
		}
		if err := m.set(term); err != nil {
			return Metadata{}, malformed("metadata.config: %w", err)
		}
	}
	if m.Name == "" || m.Version == "" {
		return Metadata{}, malformed("metadata.config has no name or no version")
	}
	return m, nil
}

func (m *Metadata) set(term any) error {
	key, value, ok := pair(term)
	if !ok {
		return errors.New("an entry is no pair of key and value")
	}
	texts := map[string]*string{"name": &m.Name, "version": &m.Version, "app": &m.App, "elixir": &m.Elixir}
	lists := map[string]*[]string{"build_tools": &m.BuildTools, "licenses": &m.Licenses}
	switch {
	case texts[key] != nil:
		*texts[key], ok = text(value)
	case lists[key] != nil:
		*lists[key], ok = textList(value)
	case key == "requirements":
		m.Requirements, ok = requirements(value)
	}
	if !ok {
		return fmt.Errorf("%s is not of the expected form", key)
	}
	return nil
}

// pair takes a tuple of key and value apart.
func pair(term any) (key string, value any, ok bool) {
	t, ok := term.(tuple)
	if !ok || len(t) != 2 {
		return "", nil, false
	}
	key, ok = text(t[0])
	return key, t[1], ok
}

// text reads a string, binary or atom.
func text(term any) (string, bool) {
	switch v := term.(type) {
	case string:
		return v, true
	case atom:
		return string(v), true
	}
	return "", false
}

func textList(term any) ([]string, bool) {
	l, ok := term.(list)
	if !ok {
		return nil, false
	}
	var out []string
	for _, e := range l {
		s, ok := text(e)
		if !ok {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

// requirements reads either form: a list of property lists, each with its name,
// or pairs of a name and a property list.
func requirements(term any) ([]registry.Dependency, bool) {
	l, ok := term.(list)
	if !ok {
		return nil, false
	}
	var deps []registry.Dependency
	for _, e := range l {
		var d registry.Dependency
		properties := e
		if name, value, ok := pair(e); ok {
			d.Package, properties = name, value
		}
		p, ok := properties.(list)
		if !ok || !requirement(&d, p) || d.Package == "" {
			return nil, false
		}
		deps = append(deps, d)
	}
	return deps, true
}

func requirement(d *registry.Dependency, properties list) bool {
	for _, p := range properties {
		key, value, ok := pair(p)
		if !ok {
			return false
		}
		switch s, isText := text(value); {
		case key == "optional":
			d.Optional = s == "true"
		case !isText:
		case key == "name":
			d.Package = s
		case key == "app":
			d.App = s
		case key == "requirement" && s != "nil" && s != "undefined":
			d.Requirement = s
		case key == "repository":
			d.Repository = s
		}
	}
	return true
}
