package hexpm

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

// versionPolicy is the key versions: which of the versions that a requirement
// admits are mirrored.
type versionPolicy struct {
	latest int  // the newest so many stable ones; 0: all
	locked bool // only what lock files name
}

// maxLatest is beyond the number of releases of any package.
const maxLatest = 1 << 20

func parseVersionPolicy(s string) (versionPolicy, error) {
	switch s {
	case "", "all":
		return versionPolicy{}, nil
	case "locked":
		return versionPolicy{locked: true}, nil
	}
	if digits, ok := strings.CutPrefix(s, "latest:"); ok {
		if n, err := strconv.Atoi(digits); err == nil && n >= 1 && n <= maxLatest {
			return versionPolicy{latest: n}, nil
		}
	}
	return versionPolicy{}, fmt.Errorf("versions: %.40q is not \"all\", \"latest:N\" (N at least 1) or \"locked\"", s)
}

func (p versionPolicy) String() string {
	switch {
	case p.locked:
		return "locked"
	case p.latest > 0:
		return "latest:" + strconv.Itoa(p.latest)
	}
	return "all"
}

// choose returns which of the available versions, newest first, are kept for a
// requirement. latest:N counts stable versions; pre-releases that are newer than
// the newest of them come in addition. Where only pre-releases satisfy the
// requirement, they count.
func (p versionPolicy) choose(available []version.Version, r version.Requirement, prereleases bool) []version.Version {
	if p.locked {
		return nil
	}
	var chosen []version.Version
	stable := 0
	for _, v := range available {
		switch {
		case !r.Match(v, prereleases):
		case p.latest == 0:
			chosen = append(chosen, v)
		case !v.IsPre():
			if stable++; stable <= p.latest {
				chosen = append(chosen, v)
			}
		case stable == 0:
			chosen = append(chosen, v)
		}
	}
	if p.latest > 0 && stable == 0 {
		chosen = chosen[:min(len(chosen), p.latest)]
	}
	return chosen
}

// availableVersions returns what a package can be chosen from, newest first.
// Releases whose version no client could read are left to locks.
func availableVersions(r *record) []version.Version {
	texts := map[string]bool{}
	for _, release := range r.pkg.Releases {
		texts[release.Version] = true
	}
	if r.partial {
		for _, v := range r.listing.listed.Versions {
			texts[v] = true
		}
	}
	all := make([]version.Version, 0, len(texts))
	for text := range texts {
		if v, err := version.Parse(text); err == nil {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(a, b version.Version) int {
		return cmp.Or(b.Compare(a), strings.Compare(b.String(), a.String()))
	})
	return all
}

// denied reports whether deny leaves a release out.
func (s *settings) denied(name string, v version.Version) bool {
	for _, d := range s.deny {
		if d.Package == name && (d.Requirement.IsAny() || d.Requirement.Match(v, true)) {
			return true
		}
	}
	return false
}
