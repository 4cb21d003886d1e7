package julia

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// classicJulia reports whether the classic layout is to have releases of Julia, and nobody
// said which. Then they are those that julia-mirror had: the newest stable one of each
// series, and the nightly builds of the main branch.
func (s *settings) classicJulia() bool {
	return len(s.releases) == 0 && slices.Contains(s.classic, "releases")
}

// nightlySelectors returns the selectors among which those for nightly builds are.
func (s *settings) nightlySelectors() []releases.Selector {
	if !s.classicJulia() {
		return s.releases
	}
	nightly, _ := releases.ParseSelector("nightly") // one of its forms
	return []releases.Selector{nightly}
}

// newestOfEach returns the newest stable release of each series.
func newestOfEach(index *releases.Index) []releases.Release {
	newest := map[string]releases.Release{}
	for _, r := range index.Releases { // ascending
		if r.Stable && len(r.Files) > 0 {
			newest[seriesOf(r.Version)] = r
		}
	}
	return slices.SortedFunc(maps.Values(newest), func(a, b releases.Release) int { return a.Version.Compare(b.Version) })
}

// seriesOf returns the folder of a release: "v1.10".
func seriesOf(v version.Version) string { return fmt.Sprintf("v%d.%d", v.Major, v.Minor) }

// watchReleases remembers what is yielded of Julia itself, to show it once more.
func (c *classicPart) watchReleases(it ecosystems.Item) {
	if strings.HasPrefix(it.Path, "bin/") {
		c.julia[it.Path] = it
	}
}

// classicRelease is a file of a release as the layout has it.
type classicRelease struct {
	classic.ReleaseFile
	from string // its path in the tree
}

// emitReleases yields Julia itself.
func (c *classicPart) emitReleases() error {
	series, subversions := c.series()
	c.status.Series = map[string]classic.Series{}
	info := classic.ReleaseInfo{Series: map[string]classic.ReleaseSeries{}}
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(series)) {
		listed := classic.ReleaseSeries{Subversion: subversions[name]}
		var content strings.Builder
		for _, f := range series[name] {
			id, err := c.emitRelease(name, f)
			if err != nil {
				return err
			}
			if id != "" {
				fmt.Fprintln(&content, f.Name, id)
				listed.Files = append(listed.Files, f.ReleaseFile)
			}
		}
		if len(listed.Files) == 0 {
			continue
		}
		info.Series[name] = listed
		fmt.Fprintln(&all, name, content.String())
		c.seriesSection(name, subversions[name], content.String())
	}
	c.section("releases", false, all.String())
	info.Updated = c.status.Releases.Updated
	return c.file(classic.ReleaseInfoPath, "lists the releases", layout.EntryPoint, info.Format())
}

// series sorts what was yielded into folders: of each series the newest release that is
// here, and nightly builds of the main branch.
func (c *classicPart) series() (files map[string][]classicRelease, subversions map[string]string) {
	files, subversions = map[string][]classicRelease{}, map[string]string{}
	newest := map[string]version.Version{}
	versions := c.versionsOf()
	for _, at := range slices.Sorted(maps.Keys(c.julia)) {
		_, failed := c.julia[at].Source.(ecosystems.Failed)
		_, withdrawn := c.julia[at].Source.(ecosystems.Withdrawn)
		if failed || withdrawn || c.p.lost[at] {
			continue
		}
		name, upstream := "", c.p.releasesUpstream
		if v, ok := versions[at]; ok {
			name = seriesOf(v)
			switch old, known := newest[name]; {
			case known && v.Compare(old) < 0:
				continue
			case known && v.Compare(old) > 0:
				files[name] = nil
			}
			newest[name], subversions[name] = v, "v"+v.String()
		} else if isNightly(at) && !ofBranch.MatchString(at) {
			name, subversions[classic.Latest], upstream = classic.Latest, classic.Latest, c.p.nightlyUpstream
		}
		if name != "" {
			files[name] = append(files[name], classicRelease{classic.ReleaseFile{Name: path.Base(at), URL: fetch.Redact(upstream + "/" + at)}, at})
		}
	}
	for _, list := range files {
		slices.SortFunc(list, func(a, b classicRelease) int { return cmp.Compare(a.Name, b.Name) })
	}
	return files, subversions
}

// ofBranch is about nightly builds of release branches, for which the layout has no place.
var ofBranch = regexp.MustCompile(`/[0-9]+\.[0-9]+/[^/]*$`)

// versionsOf returns the version that each file belongs to, by its path.
func (c *classicPart) versionsOf() map[string]version.Version {
	versions := map[string]version.Version{}
	for _, part := range c.p.parts {
		j, ok := part.(*julias)
		if !ok || j.index == nil {
			continue
		}
		for _, r := range j.index.Releases {
			for _, f := range r.Files {
				versions[f.Path], versions[f.Path+signatureSuffix] = r.Version, r.Version
			}
			for _, list := range r.Checksums() {
				versions[list] = r.Version
			}
		}
	}
	return versions
}

// emitRelease yields a file once more, which takes no room, and returns its object.
func (c *classicPart) emitRelease(series string, f classicRelease) (id string, err error) {
	it := c.julia[f.from]
	o, ok := c.arrived(it)
	if !ok && !c.p.in.Planning {
		return "", nil // optional, and not there
	}
	it.Path, it.Reason = classic.ReleasesPath(series)+"/"+f.Name, "classic layout"
	if _, made := it.Source.(ecosystems.Made); !made {
		it.Source = ecosystems.Have{Object: o}
	}
	put, err := c.put(it)
	if !put {
		return "", err
	}
	return o.ID.String(), err
}

// arrived returns the object that an item came to. What a plan does not fetch has a size
// only.
func (c *classicPart) arrived(it ecosystems.Item) (fetch.Object, bool) {
	switch src := it.Source.(type) {
	case ecosystems.Have:
		return src.Object, true
	case ecosystems.Made:
		return fetch.Object{ID: sumOf(src.Bytes), Size: int64(len(src.Bytes))}, true
	case ecosystems.Download:
		if o, ok := c.p.in.Workshop.Held(src.Request); ok {
			return o, true
		}
	case ecosystems.Prepared:
		if o, ok := c.p.in.Workshop.Held(src.First); ok {
			return o, true
		}
	}
	return fetch.Object{Size: it.Size}, false
}

// seriesSection describes a folder of releases.
func (c *classicPart) seriesSection(name, subversion, content string) {
	old := classic.Section{}
	if c.old != nil {
		s := c.old.Status.Series[name]
		old = classic.Section{State: classic.Updated, Updated: s.Updated}
	}
	now := c.renew("releases/"+name, old, false, content)
	c.status.Series[name] = classic.Series{Subversion: subversion, Updated: now.Updated}
}
