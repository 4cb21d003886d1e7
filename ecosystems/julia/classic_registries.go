package julia

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// nameRegistries gives each registry its folder. Of two with one name, which clients could not
// tell apart either, the first has it.
func (c *classicPart) nameRegistries() {
	taken := map[string]bool{}
	for _, s := range c.p.shelves {
		name := s.registry.Name
		if _, done := c.names[s.uuid]; done {
			continue // the other flavor
		}
		if taken[layout.FoldKey(name)] || layout.CheckPath(name+".git") != nil || strings.Contains(name, "/") {
			c.p.notice("classic-name", "", "registry %s cannot be in the classic layout under its name", s.registry)
			continue
		}
		taken[layout.FoldKey(name)] = true
		c.names[s.uuid] = name
		c.shelves = append(c.shelves, s)
	}
	slices.SortFunc(c.shelves, func(a, b *shelf) int { return cmp.Compare(a.registry.Name, b.registry.Name) })
}

// repository returns where the repository of a registry is: as the configuration says, or
// else as the registry itself does.
func (s *shelf) repository() (src classicSource) {
	src.Path = classic.RegistryPath(s.registry.Name) + ".git"
	if g, ok := s.origin.(*gitOrigin); ok {
		src.URL, src.Local = g.from.URL, true
		return src
	}
	src.URL = s.registry.Repo
	return src
}

// invalidAllowed reports whether the run goes on without the repository of a registry.
func (s *shelf) invalidAllowed() bool {
	if g, ok := s.origin.(*gitOrigin); ok {
		return g.from.IgnoreInvalid
	}
	return s.p.options.IgnoreInvalid
}

func (c *classicPart) emitRegistries() error {
	failed := false
	var list strings.Builder
	c.status.Each = map[string]classic.Section{}
	for _, s := range c.shelves {
		ok, err := c.emitRegistry(s)
		if err != nil {
			return err
		}
		failed = failed || !ok && !s.invalidAllowed()
		if ok { // clients clone what is listed
			fmt.Fprintln(&list, s.registry.Name)
		}
	}
	c.section("registries", failed, list.String()+c.digestOfEach())
	return c.file(classic.ListPath, "lists the registries", layout.EntryPoint, []byte(list.String()))
}

// emitRegistry reports whether the registry's repository is here.
func (c *classicPart) emitRegistry(s *shelf) (bool, error) {
	src := s.repository()
	title := "registry " + s.title()
	r := &classicRepo{classicSource: src}
	if src.URL == "" {
		r.err = fmt.Errorf("%w: its Registry.toml names no git repository; a [[julia.registry]] may", fetch.ErrAbsent)
	} else {
		var err error
		if r, err = c.emitRepo(src, title, classic.RegistryPath(s.registry.Name)); err != nil {
			return false, err
		}
	}
	ok := r.err == nil || r.late
	switch {
	case ok:
	case s.invalidAllowed():
		c.p.notice("invalid-registry", classicRoot+src.Path, "%s: its repository is left out: %v", title, r.err)
	default:
		if err := c.fail(src.Path, title, r.err); err != nil {
			return false, err
		}
	}
	c.registrySection(s.registry.Name, !ok, r.Refs)
	return ok, nil
}

// registryURLs returns the repositories of all registries, by their names.
func (c *classicPart) registryURLs() map[string]string {
	urls := map[string]string{}
	for _, s := range c.shelves {
		urls[s.registry.Name] = fetch.Redact(s.repository().URL)
	}
	return urls
}
