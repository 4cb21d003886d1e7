package justmr

import (
	"context"
	"slices"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// Recover implements [ecosystems.Recoverer]: files have the URLs under which clients find them
// here. What was made, such as the packs of repositories, only a plan makes again.
func (d *driver) Recover(_ context.Context, view layout.View, entries []layout.Entry) []fetch.Request {
	requests := make([]fetch.Request, len(entries))
	l, err := ReadLocations(view)
	if err != nil {
		return requests
	}
	wanted := make(map[string]int, len(entries))
	for i, e := range entries {
		wanted[e.Path] = i
	}
	for _, f := range l.Files {
		urls := slices.DeleteFunc(slices.Clone(f.URLs), func(u string) bool { return !canFetch(u) })
		if len(urls) == 0 {
			continue
		}
		for _, path := range append([]string{f.Path}, f.Dist...) {
			if i, ok := wanted[path]; ok {
				requests[i] = fetch.Request{URL: urls[0], Mirrors: urls[1:]}
			}
		}
	}
	return requests
}
