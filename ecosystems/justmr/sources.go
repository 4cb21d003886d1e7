package justmr

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/justmr/repos"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// sources is what all configurations together name, each thing once.
type sources struct {
	files    map[string]*fileSource // by content
	git      map[string]*gitSource  // by the name of the repository here, folded
	trees    map[string]*treeSource // by id
	problems []error                // about single repositories
}

// use is a repository of a configuration that refers to a source.
type use struct {
	Config     string `json:"file"`
	Repository string `json:"repository"`

	shown string // the file as those see it who are given the mirror: without its folder
}

// fileSource is a file that is known by its content.
type fileSource struct {
	content string
	sha256s []string // that configurations give; more than one cannot all be right
	sha512s []string
	places
	names []string // in distdirs, sorted
	known string   // the name that it has below blob/ already
	local []string // file URLs of this machine
	uses  []use
	kinds []repos.Kind
}

// gitSource is a git repository.
type gitSource struct {
	name string // HOST/PATH.git
	places
	pins    []pin
	pinUses map[pin][]use
	uses    []use
}

// places are where a thing is said to be. There may be very many: no two lists are compared with each other.
type places struct {
	urls    []string            // primary ones in the order of the configurations; of git, paths are normal
	primary map[string][]string // further URLs of each primary one, as its repository has them
	known   map[[2]string]bool  // pairs of a primary URL and a further one
}

// place adds a primary URL and its further ones.
func (p *places) place(url string, mirrors []string) {
	if p.primary == nil {
		p.primary, p.known = map[string][]string{}, map[[2]string]bool{}
	}
	list, there := p.primary[url]
	if !there {
		p.urls = append(p.urls, url)
	}
	for _, m := range mirrors {
		if pair := [2]string{url, m}; !p.known[pair] {
			p.known[pair] = true
			list = append(list, m)
		}
	}
	p.primary[url] = list
}

// pin is a commit that clients look for by the name of a branch.
type pin = gitrepo.Pin

// treeSource is a git tree that a command makes.
type treeSource struct {
	repos.Tree
	uses    []use
	foundIn *gitSource // a repository that has it
	files   []treeFile // of a repository of its own
	err     error      // why it cannot be had
}

// gather collects the sources of configurations: all that they name, or what main needs.
func (s *settings) gather(configs []configFile) (*sources, error) {
	all := &sources{files: map[string]*fileSource{}, git: map[string]*gitSource{}, trees: map[string]*treeSource{}}
	found := s.Main == ""
	shown := shownNames(configs)
	for _, f := range configs {
		for _, p := range f.config.Problems {
			all.problems = append(all.problems, p)
		}
		names := f.config.All()
		if s.Main != "" {
			if _, ok := f.config.Repository(s.Main); !ok {
				continue
			}
			found = true
			var err error
			if names, err = f.config.Needed(s.Main); err != nil {
				return nil, err
			}
		}
		for _, name := range names {
			r, _ := f.config.Repository(name)
			if r.Root == nil || r.Root.Absent && !s.Absent {
				continue
			}
			if err := all.add(use{f.name, name, shown[f.name]}, r.Root, f.root, s.Git); err != nil {
				all.problems = append(all.problems, err)
			}
		}
	}
	if !found {
		return nil, fmt.Errorf("justmr.main: no configuration has a repository %.80q", s.Main)
	}
	return all, nil
}

// add takes up a root; folder is what relative paths are in.
func (a *sources) add(u use, root *repos.Root, folder string, git bool) error {
	switch {
	case root.Archive != nil:
		return a.addFile(u, root)
	case root.Git != nil && git:
		return a.addGit(u, root.Git, folder)
	case root.Tree != nil:
		t := a.trees[root.Tree.ID]
		if t == nil {
			t = &treeSource{Tree: *root.Tree}
			a.trees[root.Tree.ID] = t
		}
		t.uses = append(t.uses, u)
	}
	return nil
}

func (a *sources) addFile(u use, root *repos.Root) error {
	r := root.Archive
	f := a.files[r.Content]
	if f == nil {
		f = &fileSource{content: r.Content}
		a.files[r.Content] = f
	}
	f.uses = append(f.uses, u)
	f.kinds = insert(f.kinds, root.Kind)
	f.place(r.Fetch, r.Mirrors)
	for _, url := range append([]string{r.Fetch}, r.Mirrors...) {
		if isFileURL(url) && !isURL(u.Config) {
			f.local = union(f.local, []string{url})
		}
	}
	if r.SHA256 != "" {
		f.sha256s = insert(f.sha256s, r.SHA256)
	}
	if r.SHA512 != "" {
		f.sha512s = insert(f.sha512s, r.SHA512)
	}
	if why := repos.CheckDistfile(r.Distfile); why != "" {
		return repos.Problem{File: u.Config, Repository: u.Repository, Key: "repository.distfile",
			Reason: fmt.Sprintf("%.80q: %s; it is mirrored by its content only", r.Distfile, why)}
	}
	if hasSecret(r.Fetch) && r.Distfile == repos.Distfile(r.Fetch) && strings.ContainsAny(r.Distfile, "?#") {
		return repos.Problem{File: u.Config, Repository: u.Repository, Key: "repository.fetch",
			Reason: "its query seems to hold a credential, so it can be no name in a distdir: give a distfile; it is mirrored by its content only"}
	}
	f.names = insert(f.names, r.Distfile)
	return nil
}

func (a *sources) addGit(u use, r *repos.Git, folder string) error {
	bad := func(key string, err error) error {
		return repos.Problem{File: u.Config, Repository: u.Repository, Key: "repository." + key, Reason: err.Error()}
	}
	url, err := gitURL(r.URL, folder)
	if err != nil {
		return bad("repository", err)
	}
	name, err := repositoryName(url)
	if err != nil {
		return bad("repository", err)
	}
	if host, _, _ := strings.Cut(name, "/"); layout.FoldKey(gitDir+host+"/") == layout.FoldKey(treesDir) || strings.Contains(host, "+") {
		return bad("repository", fmt.Errorf("%.200q: no host can have the name, which stands for something else in the mirror", fetch.Redact(r.URL)))
	}
	if err := gitrepo.CheckBranch(r.Branch); err != nil {
		return bad("branch", err)
	}
	var mirrors []string
	for _, m := range r.Mirrors {
		// One that cannot be asked is none: just-mr goes on to the next as well.
		if m, err := gitURL(m, folder); err == nil {
			mirrors = append(mirrors, m)
		}
	}
	// On some servers case does not matter, and on some media neither.
	g := a.git[layout.FoldKey(name)]
	if g == nil {
		g = &gitSource{name: name, pinUses: map[pin][]use{}}
		a.git[layout.FoldKey(name)] = g
	}
	g.uses = append(g.uses, u)
	g.place(url, mirrors)
	p := pin{Branch: r.Branch, Commit: r.Commit}
	if g.pinUses[p] == nil {
		g.pins = append(g.pins, p)
	}
	g.pinUses[p] = append(g.pinUses[p], u)
	return nil
}

// gitURL is a URL of a repository, with paths made absolute. What a configuration from
// elsewhere names is never a path of this machine.
func gitURL(raw, folder string) (string, error) {
	switch {
	case !isPathLike(raw):
		return raw, nil
	case folder == "":
		return "", fmt.Errorf("%.200q: a path of this machine, in a configuration from elsewhere", raw)
	}
	return normalPath(raw, folder)
}

// candidates returns the primary URL of a file and all others, see [inOrder].
func (f *fileSource) candidates() (primary string, mirrors []string) {
	return inOrder(f.urls, f.primary)
}

// candidates returns the first URL of a repository and all others, see [inOrder].
func (g *gitSource) candidates() (primary string, mirrors []string) {
	return inOrder(g.urls, g.primary)
}

// inOrder returns the URLs of one thing in just-mr's order: the primary URL and its mirrors. Where
// several repositories name the thing, they follow each other.
func inOrder(primaries []string, mirrors map[string][]string) (first string, others []string) {
	var all []string
	seen := map[string]bool{}
	for _, u := range primaries {
		for _, u := range append([]string{u}, mirrors[u]...) {
			if !seen[u] {
				seen[u] = true
				all = append(all, u)
			}
		}
	}
	return all[0], all[1:]
}

// check returns what makes a file impossible: two checksums of one kind.
func (f *fileSource) check() error {
	for kind, sums := range map[string][]string{"sha256": f.sha256s, "sha512": f.sha512s} {
		if len(sums) > 1 {
			return fmt.Errorf("%w: the configurations give different %s for content %s", errConflict, kind, f.content)
		}
	}
	return nil
}

var errConflict = fmt.Errorf("%w: contradiction", fetch.ErrAbsent)

func (a *sources) sortedFiles() []*fileSource {
	return slices.SortedFunc(maps.Values(a.files), func(x, y *fileSource) int { return cmp.Compare(x.content, y.content) })
}

func (a *sources) sortedGit() []*gitSource {
	return slices.SortedFunc(maps.Values(a.git), func(x, y *gitSource) int { return cmp.Compare(x.name, y.name) })
}

func (a *sources) sortedTrees() []*treeSource {
	return slices.SortedFunc(maps.Values(a.trees), func(x, y *treeSource) int { return cmp.Compare(x.ID, y.ID) })
}

// union appends what is not there yet.
func union[T comparable](list, more []T) []T {
	for _, v := range more {
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// insert keeps a list sorted and without repetitions.
func insert[T cmp.Ordered](list []T, v T) []T {
	i, found := slices.BinarySearch(list, v)
	if found {
		return list
	}
	return slices.Insert(list, i, v)
}

// title names a use for people.
func (u use) title() string { return fmt.Sprintf("%q (%s)", u.Repository, u.shown) }

// shownNames returns the names of configurations by which a mirror speaks of them.
func shownNames(configs []configFile) map[string]string {
	var names []string
	for _, f := range configs {
		names = append(names, f.name)
	}
	shown := ecosystems.ShortPaths(names)
	for _, name := range names {
		shown[name] = cmp.Or(shown[name], name)
	}
	return shown
}
