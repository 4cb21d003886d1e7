package artifacts

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/tomlfile"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Platform is a set of tags. The zero Platform has none and matches everything.
// Platforms are not changed after they were made.
type Platform struct{ tags map[string]string }

// maxTag is the longest name or value of a tag, in bytes.
const maxTag = 255

// platformOf reads the tags of an entry.
func platformOf(t map[string]any) (Platform, error) {
	tags := map[string]string{}
	for key, v := range t {
		if text, ok := v.(string); ok && key != "git-tree-sha1" {
			tags[strings.ToLower(key)] = strings.ToLower(text)
		}
	}
	for _, key := range []string{"os", "arch"} {
		if tags[key] == "" {
			return Platform{}, fmt.Errorf("%s is missing", key)
		}
	}
	return newPlatform(tags)
}

// newPlatform fills in what goes without saying, and writes versions in full.
func newPlatform(tags map[string]string) (Platform, error) {
	if tags["os"] == "linux" {
		if tags["libc"] == "" {
			tags["libc"] = "glibc"
		}
		if arch := tags["arch"]; tags["call_abi"] == "" && (arch == "armv7l" || arch == "armv6l") {
			tags["call_abi"] = "eabihf"
		}
	}
	for key, value := range tags {
		if !validTag(key) || !validTag(value) {
			return Platform{}, fmt.Errorf("%s = %s is not a tag", tomlfile.Short(key), tomlfile.Short(value))
		}
		switch key {
		case "libgfortran_version", "libstdcxx_version", "os_version", "julia_version":
			v, err := version.Parse(value)
			if err != nil {
				return Platform{}, fmt.Errorf("%s: %w", key, err)
			}
			tags[key] = v.String()
		}
	}
	return Platform{tags}, nil
}

func validTag(s string) bool { return validName(s) && len(s) <= maxTag }

// Tag returns the value of a tag, "" if the platform does not have it.
func (p Platform) Tag(key string) string { return p.tags[key] }

// IsAny reports whether p has no tags.
func (p Platform) IsAny() bool { return len(p.tags) == 0 }

// matches compares the tags that both have. The host is whoever installs: its versions
// of the operating system and of libstdc++ are the newest that will do.
func matches(entry, host Platform) bool {
	for key, value := range entry.tags {
		if own, ok := host.tags[key]; ok && !agree(key, value, own) {
			return false
		}
	}
	return true
}

func agree(key, entry, host string) bool {
	switch key {
	case "os_version", "libstdcxx_version":
		return version.MustParse(entry).Compare(version.MustParse(host)) <= 0
	case "julia_version":
		e, h := version.MustParse(entry), version.MustParse(host)
		return e.Major == h.Major && e.Minor == h.Minor
	}
	return entry == host
}

// loss is the number of tags that only one of them has.
func loss(a, b Platform) int {
	n := 0
	for key := range a.tags {
		if _, ok := b.tags[key]; !ok {
			n++
		}
	}
	for key := range b.tags {
		if _, ok := a.tags[key]; !ok {
			n++
		}
	}
	return n
}

// String returns the platform as Julia writes it, free tags in alphabetical order:
// "x86_64-linux-gnu-libgfortran5-cxx11-cuda+12.1". It is "any" without tags.
func (p Platform) String() string {
	if p.IsAny() {
		return "any"
	}
	var b strings.Builder
	b.WriteString(p.triplet())
	for _, key := range slices.Sorted(maps.Keys(p.tags)) {
		if !slices.Contains(fixed, key) {
			b.WriteString("-" + key + "+" + p.tags[key])
		}
	}
	return b.String()
}

// Machine returns what of the platform is about the kind of machine: architecture,
// system, libc and call ABI, and none of what software brings.
func (p Platform) Machine() Platform {
	tags := map[string]string{}
	for _, key := range []string{"arch", "os", "libc", "call_abi"} {
		if p.tags[key] != "" {
			tags[key] = p.tags[key]
		}
	}
	return Platform{tags: tags}
}

// fixed are the tags that have their own place in a triplet.
var fixed = []string{"arch", "os", "os_version", "libc", "call_abi", "libgfortran_version", "cxxstring_abi", "libstdcxx_version"}

// triplet returns the part of String before the free tags.
func (p Platform) triplet() string {
	var b strings.Builder
	b.WriteString(p.tags["arch"])
	switch os := p.tags["os"]; os {
	case "macos":
		b.WriteString("-apple-darwin" + p.number("os_version"))
	case "windows":
		b.WriteString("-w64-mingw32")
	case "freebsd", "openbsd":
		b.WriteString("-unknown-" + os + p.number("os_version"))
	default:
		b.WriteString("-" + os)
	}
	switch libc := p.tags["libc"]; libc {
	case "":
	case "glibc":
		b.WriteString("-gnu")
	default:
		b.WriteString("-" + libc)
	}
	b.WriteString(p.tags["call_abi"])
	if p.tags["libgfortran_version"] != "" {
		b.WriteString("-libgfortran" + p.number("libgfortran_version"))
	}
	if abi := p.tags["cxxstring_abi"]; abi != "" {
		b.WriteString("-" + abi)
	}
	if v := p.tags["libstdcxx_version"]; v != "" {
		fmt.Fprintf(&b, "-libstdcxx%d", version.MustParse(v).Patch)
	}
	return b.String()
}

// number returns the first number of a version.
func (p Platform) number(key string) string {
	if p.tags[key] == "" {
		return ""
	}
	return fmt.Sprint(version.MustParse(p.tags[key]).Major)
}
