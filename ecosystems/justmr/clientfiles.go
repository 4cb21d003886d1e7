package justmr

import (
	"cmp"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/layout"
)

// clientFile is a file that tells clients where things are.
type clientFile struct {
	name, purpose string
	text          []byte
}

const (
	rcFile        = "rc.json"
	gitConfigFile = "gitconfig"
)

// files returns all files for clients that see the mirror at a base, and those for who sees
// the folder of the tree.
func (l *Locations) files(b, folder Base) []clientFile {
	local := clientNames[l.Names]
	return []clientFile{
		{gitConfigFile, "tells git where repositories are", l.GitConfig(b)},
		{local.local, "tells " + local.program + " where things are", l.Local(b)},
		{rcFile, "tells " + local.program + " of the distdirs", l.RC(folder)},
	}
}

// checkoutLocations is a checkout-locations file of just-mr.
type checkoutLocations struct {
	LocalMirrors map[string][]string `json:"local mirrors"`
}

// Local returns a checkout-locations file: the local mirror of each URL.
func (l *Locations) Local(b Base) []byte {
	return marshal(checkoutLocations{l.mirrors(b)})
}

// mirrors maps each URL to where it is here.
func (l *Locations) mirrors(b Base) map[string][]string {
	m := map[string][]string{}
	for _, g := range l.Git {
		for _, u := range g.URLs {
			m[u] = []string{b.repository(g.Path)}
		}
	}
	for _, f := range l.Files {
		for _, u := range f.URLs {
			m[u] = []string{b.file(f.Path)}
		}
	}
	return m
}

// rc is the part of an rc file that concerns a mirror.
type rc struct {
	Distdirs []rcLocation `json:"distdirs"`
	Checkout rcLocation   `json:"checkout locations"`
}

type rcLocation struct {
	Root string `json:"root"`
	Path string `json:"path"`
}

// RC returns an rc file for a base that is a folder: all distdirs, that of the user first,
// which just-mr would otherwise look at only if there were no other; and the checkout-locations
// file of that folder.
func (l *Locations) RC(b Base) []byte {
	names := clientNames[l.Names]
	r := rc{Distdirs: []rcLocation{{"home", "." + names.distdirs}}, Checkout: system(b.Join(names.local).folder)}
	for _, d := range l.Distdirs {
		r.Distdirs = append(r.Distdirs, system(b.Join(d).folder))
	}
	return marshal(r)
}

// system is a path of the machine, which just-mr wants without the slash in front.
func system(p string) rcLocation { return rcLocation{"system", strings.TrimPrefix(p, "/")} }

// GitConfig returns settings by which git, and libgit2, look for repositories here. They are about
// exactly the URLs that are here; the longest come first, which is also how git chooses. Since git
// rewrites whatever begins with such a URL, and clones what it leads to without any pin, only spellings
// of the repository itself are among them, and none of what somebody calls a mirror of it.
func (l *Locations) GitConfig(b Base) []byte {
	type line struct{ url, here string }
	var lines []line
	for _, g := range l.Git {
		for _, u := range g.URLs {
			if !isPathLike(u) && isOf(u, g.Path) {
				lines = append(lines, line{u, b.repository(g.Path)})
			}
		}
	}
	slices.SortFunc(lines, func(x, y line) int { return cmp.Or(cmp.Compare(len(y.url), len(x.url)), cmp.Compare(x.url, y.url)) })
	var out strings.Builder
	out.WriteString("# Where git finds what is mirrored; to be included by ~/.gitconfig.\n")
	for _, line := range lines {
		out.WriteString("[url " + gitQuote(line.here) + "]\n\tinsteadOf = " + gitQuote(line.url) + "\n")
	}
	return []byte(out.String())
}

// isOf reports whether a URL is that of the repository at a path of the tree.
func isOf(u, at string) bool {
	name, err := repositoryName(u)
	return err == nil && layout.FoldKey(gitDir+name) == layout.FoldKey(at)
}

// gitQuote quotes a name or a value in a file of git's configuration, see git-config(1).
func gitQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", "", "\x00", "").Replace(s) + `"`
}
