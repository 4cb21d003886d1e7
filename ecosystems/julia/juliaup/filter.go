package juliaup

import (
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Filter returns a database of version v with the builds for which keep is true. Channels
// that led to another build lead to the newest kept one of the same platform that they can mean;
// without one they are left out.
func (d *Database) Filter(v version.Version, keep func(Build) bool) *Database {
	result := &Database{Version: v, raw: d.raw}
	kept, all := map[string]bool{}, map[string]Build{}
	for _, b := range d.Builds {
		all[b.Key] = b
		if keep(b) {
			kept[b.Key] = true
			result.Builds = append(result.Builds, b)
		}
	}
	for _, c := range d.Channels {
		if !kept[c.Key] {
			b, ok := result.substitute(c.Name, all[c.Key])
			if !ok {
				continue
			}
			c.Key = b.Key
		}
		result.Channels = append(result.Channels, c)
	}
	return result
}

// substitute finds the newest build that a channel can mean instead of the one it
// led to. No other version can be meant by an exact one; lts stays in its series.
func (d *Database) substitute(channel string, old Build) (Build, bool) {
	name, _, _ := strings.Cut(channel, "~")
	selector, err := releases.ParseSelector(name)
	if err != nil {
		return Build{}, false
	}
	series := version.BoundOf(old.Version.Major, old.Version.Minor)
	for _, b := range slices.Backward(d.Builds) {
		if b.Platform == old.Platform && selector.Admits(b.Version, version.RangeOf(series, series)) {
			return b, true
		}
	}
	return Build{}, false
}
