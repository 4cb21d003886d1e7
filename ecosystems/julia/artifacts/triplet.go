package artifacts

import (
	"fmt"
	"regexp"
	"strings"
)

// triplet takes the names of architectures and systems that Julia takes, and the tags
// that may follow.
var triplet = regexp.MustCompile(`^(?:(x86_64|amd64)|(i[3-6]86)|(aarch64|arm64)|(armv7l|arm)|(armv6l)|(powerpc64le|ppc64le)|(riscv64|rv64))-` +
	`(?:(linux|unknown-linux)(?:-(gnu|musl)(eabihf|eabi)?)?|apple-darwin([0-9.]*)|(w64-mingw32)|unknown-(freebsd|openbsd)([0-9.]*))` +
	`(?:-libgfortran([0-9]+))?(?:-(cxx[0-9]+))?(?:-libstdcxx([0-9]+))?((?:-[a-z0-9_]+\+[a-z0-9_.+]+)*)$`)

var architectures = []string{"x86_64", "i686", "aarch64", "armv7l", "armv6l", "powerpc64le", "riscv64"}

// ParsePlatform reads a triplet, such as x86_64-linux-gnu, aarch64-apple-darwin, x86_64-w64-mingw32,
// armv7l-linux-gnueabihf, or what [Platform.String] writes. Tags that a
// triplet does not have are not part of the platform.
func ParsePlatform(s string) (Platform, error) {
	m := triplet.FindStringSubmatch(strings.ToLower(s))
	if len(s) > maxTag || m == nil {
		return Platform{}, fmt.Errorf("platform %.80q is not a triplet such as x86_64-linux-gnu, aarch64-apple-darwin or x86_64-w64-mingw32", s)
	}
	tags := map[string]string{}
	for i, arch := range architectures {
		if m[1+i] != "" {
			tags["arch"] = arch
		}
	}
	set := func(key, value string) {
		if value != "" {
			tags[key] = value
		}
	}
	m = m[len(architectures):] // m[1] is what follows
	switch {
	case m[1] != "":
		tags["os"] = "linux"
		set("libc", map[string]string{"gnu": "glibc", "musl": "musl"}[m[2]])
		set("call_abi", m[3])
	case m[5] != "":
		tags["os"] = "windows"
	case m[6] != "":
		tags["os"] = m[6]
		set("os_version", m[7])
	default:
		tags["os"] = "macos"
		set("os_version", m[4])
	}
	set("libgfortran_version", m[8])
	set("cxxstring_abi", m[9])
	if m[10] != "" {
		tags["libstdcxx_version"] = "3.4." + m[10]
	}
	for tag := range strings.SplitSeq(m[11], "-") {
		if key, value, ok := strings.Cut(tag, "+"); ok {
			tags[key] = value
		}
	}
	for _, key := range []string{"os", "arch", "libc", "call_abi"} {
		if strings.Contains(m[11], "-"+key+"+") {
			return Platform{}, fmt.Errorf("platform %.80q has %s as a tag", s, key)
		}
	}
	p, err := newPlatform(tags)
	if err != nil {
		return Platform{}, fmt.Errorf("platform %.80q: %w", s, err)
	}
	return p, nil
}
