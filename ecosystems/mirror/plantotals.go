package mirror

import (
	"cmp"
	"slices"
)

// Totals sums up items of a plan.
type Totals struct {
	Files, Fetch       int
	Bytes, FetchBytes  int64
	Estimated, Unknown int // how many items' sizes are guesses, or not known at all
}

// Totals adds up the plan's items.
func (p *Plan) Totals() Totals {
	var t Totals
	for _, it := range p.Items {
		t.add(it)
	}
	return t
}

func (t *Totals) add(it PlannedItem) {
	t.Files++
	size := max(0, it.Size)
	t.Bytes += size
	if !it.Held {
		t.Fetch++
		t.FetchBytes += size
	}
	if it.Estimated {
		t.Estimated++
	}
	if it.Size < 0 {
		t.Unknown++
	}
}

// Plus adds totals up.
func (t Totals) Plus(o Totals) Totals {
	return Totals{
		Files: t.Files + o.Files, Fetch: t.Fetch + o.Fetch,
		Bytes: t.Bytes + o.Bytes, FetchBytes: t.FetchBytes + o.FetchBytes,
		Estimated: t.Estimated + o.Estimated, Unknown: t.Unknown + o.Unknown,
	}
}

// Group is what a plan comes to for one package, or one platform.
type Group struct {
	Name string
	Totals
}

// ByPackage adds up the items of each package, the largest first. What belongs to no
// package is in none of them.
func (p *Plan) ByPackage() []Group {
	return p.by(func(it PlannedItem) string { return it.Package })
}

// ByPlatform does the same for platforms.
func (p *Plan) ByPlatform() []Group {
	return p.by(func(it PlannedItem) string { return it.Platform })
}

func (p *Plan) by(name func(PlannedItem) string) []Group {
	var groups []Group
	places := map[string]int{}
	for _, it := range p.Items {
		n := name(it)
		if n == "" {
			continue
		}
		i, ok := places[n]
		if !ok {
			i = len(groups)
			places[n] = i
			groups = append(groups, Group{Name: n})
		}
		groups[i].add(it)
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(-cmp.Compare(a.Bytes, b.Bytes), -cmp.Compare(a.Files, b.Files), cmp.Compare(a.Name, b.Name))
	})
	return groups
}
