package julia

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// classicRoot is where the classic layout begins.
const classicRoot = "classic/"

// classicName is that of the part, under which it keeps its memory.
const classicName = "classic"

// classicPart is a [part]: everything once more, as julia-mirror laid it out. See package
// classic for the layout.
//
// What it shows of packages is what the mirror has: the versions of the selection. The
// repositories are upstream's, whole, and the files beside them are those of their HEAD,
// so that both agree; clients that resolve by them may ask for versions which a
// selection left out. Nothing is fetched twice, since everything is kept by its content.
type classicPart struct {
	p    *planner
	old  *classicMemory // nil: there was none
	next *classicMemory

	status  classic.Status
	paths   layout.Paths
	clashes int
	slots   chan struct{} // bounds the tarballs that are written at once
	gits    chan struct{} // bounds the repositories of packages that are asked at once

	git     func() (ecosystems.Repositories, error) // the mirror's repositories
	repos   map[string]*classicRepo
	shelves []*shelf             // registries that have a folder, by name
	names   map[uuid.UUID]string // these folders
	trees   map[string]bool      // folders in the work copies of registries

	julia  map[string]ecosystems.Item // what was yielded of Julia itself, by its path
	latest map[string]*classicLatest  // by path below classicRoot

	mu       sync.Mutex
	packages map[string]*packageRepo // by URL
	made     map[string]fetch.Object // what was made in this run, by path below classicRoot
}

// classicMemory is what the part remembers of the run that made the current snapshot.
type classicMemory struct {
	Host    string            `json:"host"` // name of the machine that made the first one
	Status  classic.Status    `json:"status"`
	Digests map[string]string `json:"digests"` // what sections consisted of
	Sources []classicSource   `json:"sources"` // repositories
	Latest  []classicLatest   `json:"latest,omitempty"`
}

func (p *planner) newClassic() *classicPart {
	c := &classicPart{
		p: p, slots: make(chan struct{}, 2*runtime.GOMAXPROCS(0)), gits: make(chan struct{}, latestAtOnce),
		repos: map[string]*classicRepo{}, names: map[uuid.UUID]string{}, trees: map[string]bool{}, packages: map[string]*packageRepo{}, made: map[string]fetch.Object{},
		julia: map[string]ecosystems.Item{}, next: &classicMemory{Digests: map[string]string{}},
	}
	if c.has("releases") {
		p.watch = c.watchReleases
	}
	c.git = sync.OnceValues(func() (ecosystems.Repositories, error) {
		repos, err := p.in.Git(p.ctx, p.options.GitConfig)
		if err != nil {
			return nil, fmt.Errorf("classic: %w", err)
		}
		return repos, nil
	})
	if p.old == nil || p.old.Parts[classicName] == nil {
		return c
	}
	old := &classicMemory{}
	if err := json.Unmarshal(p.old.Parts[classicName], old); err != nil {
		p.notice("state", "", "what was remembered of the classic layout cannot be read, so it is made anew: %v", err)
		return c
	}
	c.old = old
	return c
}

func (c *classicPart) name() string { return classicName }

// has reports whether the configuration asks for a part of the layout.
func (c *classicPart) has(part string) bool { return slices.Contains(c.p.classic, part) }

// ask implements [part].
func (c *classicPart) ask() (bool, error) {
	if c.old == nil {
		return false, nil
	}
	same := true
	for _, ask := range []func() (bool, error){c.askRepos, c.askLatest} {
		unchanged, err := ask()
		if err != nil {
			return false, err
		}
		same = same && unchanged
	}
	return same, nil
}

// emit implements [part]. The order is that of the script.
func (c *classicPart) emit() error {
	c.nameRegistries()
	steps := []struct {
		part string
		emit func() error
	}{
		{"client", c.emitClient}, {"releases", c.emitReleases}, {"metadata", c.emitMetadata},
		{"registries", c.emitRegistries}, {"packages", c.emitPackages},
	}
	for _, step := range steps {
		if !c.has(step.part) {
			continue
		}
		if err := step.emit(); err != nil {
			return fmt.Errorf("classic %s: %w", step.part, err)
		}
	}
	if err := c.p.settle(); err != nil {
		return err
	}
	if err := c.emitStatus(); err != nil {
		return err
	}
	if c.clashes > maxClashes {
		c.p.notice("classic-name", classicRoot, "%d further files are not in the classic layout because of their names", c.clashes-maxClashes)
	}
	memory, err := json.Marshal(c.next)
	c.p.next.Parts[classicName] = memory
	return err
}

// host returns the name of the mirror, if the configuration has none: that of the
// machine that made its first snapshot, for a mirror is not another one because
// somebody else runs it.
func (c *classicPart) host() string {
	if c.old != nil && c.old.Host != "" {
		return c.old.Host
	}
	name, err := os.Hostname()
	if err != nil {
		return "offmirror"
	}
	return name
}

// note takes down which object belongs at a path.
func (c *classicPart) note(path string, o fetch.Object) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made[path] = o
}

// object returns what was made for a path in this run, or was there before.
func (c *classicPart) object(path string) (fetch.Object, bool) {
	c.mu.Lock()
	o, ok := c.made[path]
	c.mu.Unlock()
	if ok {
		return o, true
	}
	return c.before(path)
}

// before returns the file at a path in the current snapshot.
func (c *classicPart) before(path string) (fetch.Object, bool) {
	if c.p.in.Previous == nil {
		return fetch.Object{}, false
	}
	e, ok := c.p.in.Previous.Lookup(classicRoot + path)
	return fetch.Object{ID: e.Object, Size: e.Size}, ok && !e.IsLink()
}
