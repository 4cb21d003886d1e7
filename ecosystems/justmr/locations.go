package justmr

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// LocationsFile is the path of [Locations] in the tree.
const LocationsFile = "locations.json"

// Locations tell where a mirror has each thing that configurations name. They are part of each
// snapshot; whatever tells clients so is made from them, for any base URL.
type Locations struct {
	Format   int            `json:"format"`
	Names    string         `json:"names"`    // which program the files are named for
	Distdirs []string       `json:"distdirs"` // folders
	Files    []FileLocation `json:"files"`
	Git      []GitLocation  `json:"git"`
	Trees    []TreeLocation `json:"trees"`
}

// FileLocation is where a file is.
type FileLocation struct {
	Path string   `json:"path"` // blob/CONTENT/NAME
	URLs []string `json:"urls"` // that clients are to find here
	Dist []string `json:"dist"` // where it is in distdirs
}

// GitLocation is where a git repository is.
type GitLocation struct {
	Path string        `json:"path"` // git/HOST/PATH.git
	URLs []string      `json:"urls"` // that clients are to find here, as they look them up
	Pins []gitrepo.Pin `json:"pins"` // that its branches reach
}

// TreeLocation is where a git tree is.
type TreeLocation struct {
	ID   string `json:"id"`
	Path string `json:"path"` // of the repository
	Ref  string `json:"ref"`  // that stands for a commit with the tree
}

const (
	locationsFormat = 1
	maxLocations    = 256 << 20
)

// ReadLocations returns the locations of a snapshot.
func ReadLocations(view layout.View) (*Locations, error) {
	e, ok := view.Lookup(LocationsFile)
	if !ok {
		return nil, fmt.Errorf("%s is missing: run offmirror sync justmr", LocationsFile)
	}
	if e.Size > maxLocations {
		return nil, fmt.Errorf("%s: larger than %d bytes", LocationsFile, maxLocations)
	}
	f, err := view.Open(e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxLocations))
	if err != nil {
		return nil, err
	}
	l := &Locations{}
	if err := json.Unmarshal(data, l); err != nil || l.Format != locationsFormat {
		return nil, errors.Join(fmt.Errorf("%s: not of format %d", LocationsFile, locationsFormat), err)
	}
	if _, ok := clientNames[l.Names]; !ok {
		return nil, fmt.Errorf("%s: names for %.40q", LocationsFile, l.Names)
	}
	return l, l.check()
}

// check refuses paths that are none of a mirror's: what is made of them goes into files of users.
func (l *Locations) check() error {
	for _, f := range l.Files {
		if err := checkLocation(f.Path, blobDir); err != nil {
			return err
		}
	}
	for _, g := range l.Git {
		if err := checkLocation(g.Path, gitDir); err != nil {
			return err
		}
	}
	for _, t := range l.Trees {
		if err := checkLocation(t.Path, gitDir); err != nil {
			return err
		}
	}
	for _, d := range l.Distdirs {
		if err := checkLocation(d, "distdir"); err != nil {
			return err
		}
	}
	return nil
}

func checkLocation(path, prefix string) error {
	err := layout.CheckPath(path)
	if err == nil && !strings.HasPrefix(path, prefix) {
		err = fmt.Errorf("%.200q does not begin with %s", path, prefix)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", LocationsFile, err)
	}
	return nil
}

// locate lists where things are.
func (p *planner) locate() *Locations {
	l := &Locations{
		Format: locationsFormat, Names: p.Options.Names, Distdirs: []string{}, Files: []FileLocation{}, Git: []GitLocation{}, Trees: []TreeLocation{},
	}
	owners, urls := p.owners(), map[string][]string{}
	for _, u := range slices.Sorted(maps.Keys(owners)) {
		if len(owners[u]) == 1 {
			urls[owners[u][0]] = append(urls[owners[u][0]], u)
		}
	}
	for _, f := range p.sources.sortedFiles() {
		if _, ok := p.object(f); !ok {
			continue
		}
		at := FileLocation{Path: f.blobPath(), URLs: append([]string{}, urls[f.content]...), Dist: append([]string{}, p.dist[f.content]...)}
		for _, d := range at.Dist {
			folder, _, _ := strings.Cut(d, "/")
			l.Distdirs = union(l.Distdirs, []string{folder})
		}
		l.Files = append(l.Files, at)
	}
	sortDistdirs(l.Distdirs)
	repositories := p.gitOwners()
	for _, g := range p.sources.sortedGit() {
		if r := p.repos[g.name]; r.err == nil && r.repo != nil {
			l.Git = append(l.Git, GitLocation{Path: gitDir + g.name, URLs: gitURLs(g, repositories, owners), Pins: append([]pin{}, g.here(r)...)})
		}
	}
	l.Trees = append(l.Trees, p.trees...)
	return l
}

// owners returns the contents that are looked for at each URL: those of which it is the primary
// URL, or else those of which it is a mirror. Of two contents at one URL, clients would take
// either for the other, so then neither is told of. URLs with credentials are not told of.
func (p *planner) owners() map[string][]string {
	primary, further := map[string][]string{}, map[string][]string{}
	for _, f := range p.sources.sortedFiles() {
		for _, u := range f.urls {
			primary[u] = insert(primary[u], f.content)
			for _, m := range f.primary[u] {
				further[m] = insert(further[m], f.content)
			}
		}
	}
	for u, contents := range further {
		if primary[u] == nil {
			primary[u] = contents
		}
	}
	maps.DeleteFunc(primary, func(u string, _ []string) bool { return hasSecret(u) })
	return primary
}

// gitOwners returns the repositories that are looked for by each key: those of which it is a
// primary URL, or else those of which it is a mirror.
func (p *planner) gitOwners() map[string][]string {
	primary, further := map[string][]string{}, map[string][]string{}
	for _, g := range p.sources.sortedGit() {
		first, others := g.candidates()
		for _, u := range append([]string{first}, others...) {
			keys := further
			if _, own := g.primary[u]; own {
				keys = primary
			}
			for _, key := range gitKeys(u) {
				keys[key] = insert(keys[key], g.name)
			}
		}
	}
	for key, names := range further {
		if primary[key] == nil {
			primary[key] = names
		}
	}
	return primary
}

// gitURLs returns the keys by which clients look for a repository. What a configuration calls a mirror
// of one repository does not thereby stop to lead to another.
func gitURLs(g *gitSource, repositories, files map[string][]string) []string {
	urls := []string{}
	first, others := g.candidates()
	for _, u := range append([]string{first}, others...) {
		if u == "" || hasSecret(u) {
			continue
		}
		for _, key := range gitKeys(u) {
			if owners := repositories[key]; files[key] == nil && len(owners) == 1 && owners[0] == g.name {
				urls = insert(urls, key)
			}
		}
	}
	return urls
}

// noteAmbiguous tells of URLs by which clients cannot find what is here.
func (p *planner) noteAmbiguous() {
	owners := p.owners()
	for _, u := range slices.Sorted(maps.Keys(owners)) {
		if contents := owners[u]; len(contents) > 1 {
			p.notice("ambiguous-url", "", "%s: %d contents have this URL; clients find them in the distdirs only", fetch.Redact(u), len(contents))
		}
	}
	told := func(uses []use, u string) {
		if hasSecret(u) {
			p.notice("credential-in-url", "", "repository %s: %s holds a credential and is left out of %s", uses[0].title(), fetch.Redact(u), p.names.local)
		}
	}
	for _, f := range p.sources.sortedFiles() {
		for _, u := range f.urls {
			told(f.uses, u)
		}
	}
	for _, g := range p.sources.sortedGit() {
		for _, u := range g.urls {
			told(g.uses, u)
		}
	}
}

// sortDistdirs sorts distdir, distdir-2, … distdir-10.
func sortDistdirs(list []string) {
	slices.SortFunc(list, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
}

// emitLocations yields where things are.
func (p *planner) emitLocations() error {
	p.noteAmbiguous()
	p.located = p.locate()
	return p.emit(ecosystems.Item{
		Path: LocationsFile, Stage: layout.Index, Name: LocationsFile, Reason: "tells where things are",
		Source: ecosystems.Made{Bytes: marshal(p.located)},
	})
}

// emitEntryPoints yields the files for clients.
func (p *planner) emitEntryPoints() error {
	b, err := ParseBase(p.base())
	if err != nil {
		return err
	}
	for _, f := range p.located.files(b, Base{folder: p.in.Dir}) {
		err := p.emit(ecosystems.Item{
			Path: f.name, Stage: layout.EntryPoint, Name: f.name, Reason: f.purpose, Source: ecosystems.Made{Bytes: f.text},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// base is where static files say that this mirror is.
func (p *planner) base() string {
	if p.baseURL != "" {
		return p.baseURL
	}
	return p.in.Dir
}

// marshal writes JSON for people and programs: URLs stay as they are.
func marshal(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic(err) // of plain structs
	}
	return b.Bytes()
}
