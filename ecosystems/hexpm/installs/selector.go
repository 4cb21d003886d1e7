package installs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

// Selector says which builds are wanted. It is written
//
//	elixir:WHICH
//	otp:WHICH/OS/ARCH     (ARCH is amd64 or arm64)
//	otp:WHICH/OS          (the layout of old systems such as ubuntu-14.04, which has no ARCH)
//
// where WHICH is a line of versions such as 1.18 or 27, of which the newest
// release is taken (a release candidate only if there is nothing else); an exact
// version such as 1.18.3 or 27.0.1; a branch such as main or maint-27; or * for
// everything. Of an Elixir all variants for the OTP releases are taken, unless one is
// named: 1.18-otp-27.
type Selector struct {
	Tool  string // "elixir" or "otp"
	Which string
	OS    string // only for otp
	Arch  string // only for otp; empty in the old layout
}

// ParseSelector reads the text form of a selector.
func ParseSelector(s string) (Selector, error) {
	bad := func(format string, args ...any) (Selector, error) {
		return Selector{}, fmt.Errorf("build %.80q: %w", s, fmt.Errorf(format, args...))
	}
	tool, rest, ok := strings.Cut(s, ":")
	if !ok {
		return bad("want something like elixir:1.18 or otp:27/ubuntu-24.04/amd64")
	}
	parts := strings.Split(rest, "/")
	for i, p := range parts {
		if i == 0 && p == "*" {
			continue
		}
		if err := version.CheckPathComponent(p); err != nil {
			return bad("%w", err)
		}
	}
	sel := Selector{Tool: tool, Which: parts[0]}
	switch {
	case tool == "elixir" && len(parts) == 1:
	case tool == "elixir":
		return bad("an Elixir is the same for every system: write elixir:%s", parts[0])
	case tool == "otp" && len(parts) == 1:
		return bad("name the system too, such as otp:%s/ubuntu-24.04/amd64", parts[0])
	case tool == "otp" && len(parts) <= 3:
		sel.OS = parts[1]
		if len(parts) == 3 {
			sel.Arch = parts[2]
			if sel.Arch != "amd64" && sel.Arch != "arm64" {
				return bad("architecture %q, want amd64 or arm64", sel.Arch)
			}
		}
	case tool == "otp":
		return bad("want otp:WHICH/OS/ARCH")
	default:
		return bad("unknown tool %q, want elixir or otp", tool)
	}
	if name, _ := splitVariant(sel.Which); tool == "otp" && name != sel.Which {
		return bad("only Elixirs have variants for OTP releases")
	}
	return sel, nil
}

// String returns the text form.
func (s Selector) String() string {
	parts := []string{s.Tool + ":" + s.Which, s.OS, s.Arch}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), "/")
}

// folder is where the builds are, below the base URL.
func (s Selector) folder() string {
	parts := []string{"builds", s.Tool, s.Arch, s.OS}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), "/")
}

// ListPath returns the path of the builds.txt to ask.
func (s Selector) ListPath() string { return s.folder() + "/builds.txt" }

// Path returns the path of a build that this builds.txt lists.
func (s Selector) Path(b Build) string {
	if s.Tool == "elixir" {
		return s.folder() + "/" + b.Name + ".zip"
	}
	return s.folder() + "/" + b.Name + ".tar.gz"
}

// Select returns the builds that are wanted, in their order. There may be none.
func (s Selector) Select(builds []Build) []Build {
	which, variant := splitVariant(s.Which)
	var ref string // the release or branch to take
	if which != "*" {
		ref = s.choose(builds, which, variant)
	}
	var chosen []Build
	for _, b := range builds {
		name, v := b.Name, ""
		if s.Tool == "elixir" {
			name, v = splitVariant(b.Name)
		}
		if (which == "*" || name == ref) && (variant == "" || v == variant) {
			chosen = append(chosen, b)
		}
	}
	return chosen
}

// choose turns which into the name of a release or branch.
func (s Selector) choose(builds []Build, which, variant string) string {
	best := ""
	var bestRelease release
	for _, b := range builds {
		name, v := b.Name, ""
		if s.Tool == "elixir" {
			name, v = splitVariant(b.Name)
		}
		switch r, ok := s.release(name); {
		case name == which:
			return name
		case !ok || !r.within(which) || variant != "" && v != variant:
		case best == "" || r.compare(bestRelease) > 0:
			best, bestRelease = name, r
		}
	}
	return best
}

// release reads the name of a release, as opposed to a branch: v1.18.3, OTP-27.0.
func (s Selector) release(name string) (release, bool) {
	prefix, numbers := "v", 3 // v1.18 is a branch
	if s.Tool == "otp" {
		prefix, numbers = "OTP-", 2
	}
	text, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return release{}, false
	}
	return parseRelease(text, numbers)
}

// splitVariant takes "-otp-27" off a name.
func splitVariant(name string) (bare, otp string) {
	if i := strings.LastIndex(name, "-otp-"); i > 0 {
		return name[:i], name[i+len("-otp-"):]
	}
	return name, ""
}
