package repos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Resolve returns the repository whose own root the one of a name has, by following
// references. The error is a [Problem].
func (c *Config) Resolve(name string) (*Repository, error) {
	r, problem := c.resolve(name)
	if problem != nil {
		return nil, *problem
	}
	return r, nil
}

func (c *Config) resolve(name string) (*Repository, *Problem) {
	seen := []string{}
	for at := name; ; {
		r, ok := c.repositories[at]
		if !ok {
			return nil, &Problem{c.File, name, "repository", fmt.Sprintf("there is no repository %.80q", at)}
		}
		if !r.IsShared {
			return r, nil
		}
		if slices.Contains(seen, at) {
			return nil, &Problem{c.File, name, "repository", "references go in a circle: " + strings.Join(append(seen, at), " → ")}
		}
		seen = append(seen, at)
		at = r.Shared
	}
}

// Needed returns the names of the repositories whose roots "just-mr setup" of a main
// repository makes, and those of the members of distdirs among them, sorted. Each has a root
// of its own. What cannot be resolved is left out; [Config.Problems] speaks of it.
//
// The error says that there is no such repository.
func (c *Config) Needed(main string) ([]string, error) {
	if _, ok := c.repositories[main]; !ok {
		return nil, fmt.Errorf("%s: main: there is no repository %.80q", c.File, main)
	}
	n := &needed{c: c, included: map[string]bool{}, roots: map[string]bool{}}
	n.include(main)
	for name := range maps.Clone(n.included) {
		for _, layer := range c.repositories[name].Layers {
			n.layer(layer)
		}
	}
	return slices.Sorted(maps.Keys(n.roots)), nil
}

// All returns the names of all repositories that have a root of their own, sorted.
func (c *Config) All() []string {
	var names []string
	for name, r := range c.repositories {
		if r.Root != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

type needed struct {
	c        *Config
	included map[string]bool
	roots    map[string]bool
}

// include adds a repository with all that it binds and is computed from.
func (n *needed) include(name string) {
	queue := []string{name}
	for len(queue) > 0 {
		name, queue = queue[len(queue)-1], queue[:len(queue)-1]
		r, ok := n.c.repositories[name]
		if !ok || n.included[name] {
			continue
		}
		n.included[name] = true
		queue = append(queue, r.Bindings...)
		if target, ok := n.root(name); ok {
			queue = append(queue, target)
		}
	}
}

// layer adds the root of a repository that lends files, and what that is computed from.
func (n *needed) layer(name string) {
	target, ok := n.root(name)
	if !ok || n.included[target] {
		return
	}
	before := maps.Clone(n.included)
	n.include(target)
	for added := range n.included {
		if before[added] {
			continue
		}
		for _, layer := range n.c.repositories[added].Layers {
			n.layer(layer)
		}
	}
}

// root adds the root of a repository. It returns the repository that it is computed from,
// if it is.
func (n *needed) root(name string) (target string, computed bool) {
	r, err := n.c.Resolve(name)
	if err != nil || r.Root == nil {
		return "", false
	}
	n.roots[r.Name] = true
	for _, member := range r.Root.Members {
		if m, err := n.c.Resolve(member); err == nil && m.Root != nil && (m.Root.Kind == KindArchive || m.Root.Kind == KindZip) {
			n.roots[m.Name] = true
		}
	}
	computed = r.Root.Kind == KindComputed || r.Root.Kind == KindTreeStructure
	return r.Root.Target, computed
}

// checkReferences notes names that lead nowhere.
func (c *Config) checkReferences() {
	for _, name := range c.Names() {
		r := c.repositories[name]
		if r.IsShared {
			if _, problem := c.resolve(name); problem != nil {
				c.Problems = append(c.Problems, *problem)
			}
		}
		c.checkNames(name, "bindings", r.Bindings)
		c.checkNames(name, "target_root, rule_root or expression_root", r.Layers)
		if r.Root == nil {
			continue
		}
		c.checkNames(name, "repository.repositories", r.Root.Members)
		if r.Root.Kind == KindComputed || r.Root.Kind == KindTreeStructure {
			c.checkNames(name, "repository.repo", []string{r.Root.Target})
		}
	}
}

func (c *Config) checkNames(name, key string, others []string) {
	for _, other := range others {
		if _, ok := c.repositories[other]; !ok {
			c.problem(name, key, "there is no repository %.80q", other)
		}
	}
}
