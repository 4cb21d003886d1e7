package installs

import (
	"slices"

	"github.com/offmirror/offmirror/ecosystems/hexpm/version"
)

// Pick returns the archive that a client with the given Elixir and OTP release
// installs when it is asked for no particular version, as the
// list's clients choose it: from the end, the first row that is not newer than either. OTP
// releases are compared as text. The older family does not look at OTP.
//
// An Elixir version in a row that cannot be read is never chosen.
func (l List) Pick(rows []Row, elixir, otp string) (Archive, bool) {
	own, err := version.Parse(elixir)
	if err != nil {
		return Archive{}, false
	}
	r, e, ok := l.index(rows).pick(own, otp)
	if !ok {
		return Archive{}, false
	}
	c := l.collect(rows)
	c.add(r, e)
	return c.list[0], true
}

// Latest returns every archive that [List.Pick] can return for these rows,
// whatever the client's Elixir and OTP release.
func (l List) Latest(rows []Row) []Archive {
	x := l.index(rows)
	c := l.collect(rows)
	// What is picked changes only where the client reaches a version that some
	// row names, so trying those is trying all.
	for _, elixir := range x.elixirs {
		for _, otp := range x.otps {
			if r, e, ok := x.pick(elixir, otp); ok {
				c.add(r, e)
			}
		}
	}
	return c.list
}

// index is a list prepared for many picks.
type index struct {
	rows    []Row
	parsed  map[string]version.Version // those Elixir versions that can be read
	elixirs []version.Version          // distinct, ascending
	otps    []string                   // distinct, ascending; one empty one in the older family
}

func (l List) index(rows []Row) index {
	x := index{rows: rows, parsed: make(map[string]version.Version)}
	for _, r := range rows {
		for _, e := range r.Elixir {
			if _, known := x.parsed[e]; known {
				continue
			}
			if v, err := version.Parse(e); err == nil {
				x.parsed[e] = v
				x.elixirs = append(x.elixirs, v)
			}
		}
		if i, found := slices.BinarySearch(x.otps, r.OTP); !found {
			x.otps = slices.Insert(x.otps, i, r.OTP)
		}
	}
	slices.SortFunc(x.elixirs, version.Compare)
	x.elixirs = slices.CompactFunc(x.elixirs, func(a, b version.Version) bool { return version.Compare(a, b) == 0 })
	return x
}

func (x index) pick(elixir version.Version, otp string) (Row, string, bool) {
	for _, r := range slices.Backward(x.rows) {
		if r.OTP > otp {
			continue
		}
		for _, e := range r.Elixir {
			if v, ok := x.parsed[e]; ok && version.Compare(v, elixir) <= 0 {
				return r, e, true
			}
		}
	}
	return Row{}, "", false
}
