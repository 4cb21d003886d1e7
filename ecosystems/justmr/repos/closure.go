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
	e, ok := c.ends[name]
	switch {
	case !ok:
		return nil, &Problem{c.File, name, "repository", fmt.Sprintf("there is no repository %.80q", name)}
	case e.repository != nil:
		return e.repository, nil
	case e.circle:
		return nil, &Problem{c.File, name, "repository", "references go in a circle: " + c.path(name)}
	}
	return nil, &Problem{c.File, name, "repository", fmt.Sprintf("there is no repository %.80q", e.missing)}
}

// end is where the references of a repository lead.
type end struct {
	repository *Repository // that has a root of its own
	missing    string      // or there is none of that name
	circle     bool        // or nowhere
}

// follow works out where all references lead, in one pass however long their chains are.
func (c *Config) follow() {
	c.ends = make(map[string]end, len(c.repositories))
	for name := range c.repositories {
		var chain []string
		seen := map[string]bool{}
		var found end
		for at := name; ; {
			if known, ok := c.ends[at]; ok {
				found = known
				break
			}
			r, ok := c.repositories[at]
			if !ok {
				found = end{missing: at}
				break
			}
			if seen[at] {
				found = end{circle: true}
				break
			}
			seen[at] = true
			chain = append(chain, at)
			if !r.IsShared {
				found = end{repository: r}
				break
			}
			at = r.Shared
		}
		for _, at := range chain {
			c.ends[at] = found
		}
	}
}

// shownReferences bounds how much of a circle is shown.
const shownReferences = 8

// path shows where references in a circle lead to from a repository.
func (c *Config) path(name string) string {
	var shown []string
	for at, seen := name, map[string]bool{}; ; at = c.repositories[at].Shared {
		if len(shown) == shownReferences {
			return strings.Join(append(shown, "…"), " → ")
		}
		shown = append(shown, fmt.Sprintf("%.40s", at))
		if seen[at] {
			return strings.Join(shown, " → ")
		}
		seen[at] = true
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
	n.lend(n.include(main))
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

// include adds a repository with all that it binds and is computed from, and returns what was
// not there before.
func (n *needed) include(name string) (added []string) {
	queue := []string{name}
	for len(queue) > 0 {
		name, queue = queue[len(queue)-1], queue[:len(queue)-1]
		r, ok := n.c.repositories[name]
		if !ok || n.included[name] {
			continue
		}
		n.included[name] = true
		added = append(added, name)
		queue = append(queue, r.Bindings...)
		if target, ok := n.root(name); ok {
			queue = append(queue, target)
		}
	}
	return added
}

// lend adds the roots of the layers of included repositories, and what those are computed
// from, with layers of its own.
func (n *needed) lend(included []string) {
	for len(included) > 0 {
		name := included[len(included)-1]
		included = included[:len(included)-1]
		for _, layer := range n.c.repositories[name].Layers {
			if target, ok := n.root(layer); ok {
				included = append(included, n.include(target)...)
			}
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
	members := r.Root.Members
	if n.roots[r.Name] {
		members = nil // they were added with it
	}
	n.roots[r.Name] = true
	for _, member := range members {
		if m, err := n.c.Resolve(member); err == nil && m.Root != nil && (m.Root.Kind == KindArchive || m.Root.Kind == KindZip) {
			n.roots[m.Name] = true
		}
	}
	computed = r.Root.Kind == KindComputed || r.Root.Kind == KindTreeStructure
	return r.Root.Target, computed
}

// checkReferences notes names that lead nowhere.
func (c *Config) checkReferences() {
	c.follow()
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
