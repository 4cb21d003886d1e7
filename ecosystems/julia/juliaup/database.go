package juliaup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Caps on what is read.
const (
	maxSize  = 16 << 20 // bytes
	maxItems = 100_000  // versions or channels
	maxText  = 1024     // bytes of a name or path
)

// Database is what one target can install.
type Database struct {
	Version  version.Version // of the database
	Builds   []Build         // ascending
	Channels []Channel       // by name

	raw map[string]json.RawMessage
}

// Build is a version of Julia for a platform.
type Build struct {
	Key      string          // "1.10.12+0.x64.linux.gnu"
	Version  version.Version // of Julia, without what follows the "+"
	Platform string          // "x64.linux.gnu"
	Path     string          // below the server
	raw      map[string]json.RawMessage
}

// Channel is a name that people give to juliaup.
type Channel struct {
	Name string // "release", "lts", "1.10", "1.10.5~x86"
	Key  string // of the build
	raw  map[string]json.RawMessage
}

// Parse reads a database. Errors are one line and name what is of no use.
func Parse(data []byte) (*Database, error) {
	if len(data) > maxSize {
		return nil, fmt.Errorf("juliaup database has %d bytes, and %d are allowed", len(data), maxSize)
	}
	d := &Database{}
	if err := json.Unmarshal(data, &d.raw); err != nil || d.raw == nil {
		return nil, fmt.Errorf("juliaup database is not an object of JSON")
	}
	text, ok := get(d.raw, "Version")
	var err error
	if d.Version, err = version.Parse(text); !ok || err != nil {
		return nil, fmt.Errorf("juliaup database has no version such as 1.0.91, but %s", short(text))
	}
	builds, channels := map[string]map[string]json.RawMessage{}, map[string]map[string]json.RawMessage{}
	if json.Unmarshal(d.raw["AvailableVersions"], &builds) != nil || json.Unmarshal(d.raw["AvailableChannels"], &channels) != nil {
		return nil, fmt.Errorf("juliaup database %s has no AvailableVersions and AvailableChannels", d.Version)
	}
	if len(builds) > maxItems || len(channels) > maxItems {
		return nil, fmt.Errorf("juliaup database %s has more than %d versions or channels", d.Version, maxItems)
	}
	for _, key := range slices.Sorted(maps.Keys(builds)) {
		b, err := readBuild(key, builds[key])
		if err != nil {
			return nil, fmt.Errorf("juliaup database %s: %w", d.Version, err)
		}
		d.Builds = append(d.Builds, b)
	}
	slices.SortStableFunc(d.Builds, func(a, b Build) int { return a.Version.Compare(b.Version) })
	for _, name := range slices.Sorted(maps.Keys(channels)) {
		key, ok := get(channels[name], "Version")
		if !ok || builds[key] == nil {
			return nil, fmt.Errorf("juliaup database %s: channel %s leads to no version", d.Version, short(name))
		}
		d.Channels = append(d.Channels, Channel{Name: name, Key: key, raw: channels[name]})
	}
	return d, nil
}

func readBuild(key string, raw map[string]json.RawMessage) (Build, error) {
	b := Build{Key: key, raw: raw}
	number, build, ok := strings.Cut(key, "+")
	_, b.Platform, _ = strings.Cut(build, ".")
	var err error
	if b.Version, err = version.Parse(number); err != nil || !ok || b.Platform == "" || strings.ContainsFunc(b.Platform, unusual) || len(key) > maxText {
		return b, fmt.Errorf("version %s is not of the form 1.10.5+0.x64.linux.gnu", short(key))
	}
	if b.Path, ok = get(raw, "UrlPath"); !ok || !strings.HasPrefix(b.Path, "bin/") || !fs.ValidPath(b.Path) || strings.ContainsFunc(b.Path, unusual) {
		return b, fmt.Errorf("version %s has the path %s, which is not below bin/", short(key), short(b.Path))
	}
	return b, nil
}

// unusual characters are not in the names of releases.
func unusual(c rune) bool {
	return c <= ' ' || c > '~' || strings.ContainsRune(`\?#%:*"<>|`, c)
}

// get returns the text of a key, whose case counts.
func get(object map[string]json.RawMessage, key string) (string, bool) {
	var text string
	err := json.Unmarshal(object[key], &text)
	return text, err == nil && text != "" && len(text) <= maxText
}

// Encode writes the database. The same database gives the same bytes.
func (d *Database) Encode() ([]byte, error) {
	builds, channels := map[string]map[string]json.RawMessage{}, map[string]map[string]json.RawMessage{}
	for _, b := range d.Builds {
		builds[b.Key] = b.raw
	}
	for _, c := range d.Channels {
		object := maps.Clone(c.raw)
		key, err := json.Marshal(c.Key)
		if err != nil {
			return nil, fmt.Errorf("write juliaup database: %w", err)
		}
		object["Version"] = key
		channels[c.Name] = object
	}
	top := map[string]any{}
	for key, v := range d.raw {
		top[key] = v
	}
	top["Version"], top["AvailableVersions"], top["AvailableChannels"] = d.Version.String(), builds, channels
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "    ")
	if err := e.Encode(top); err != nil {
		return nil, fmt.Errorf("write juliaup database: %w", err)
	}
	return out.Bytes(), nil
}

// short quotes foreign text, or the beginning of it.
func short(s string) string {
	const most = 80
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return strconv.Quote(s)
}
