package mirror

import (
	"fmt"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
)

// withoutDangling takes away the links that lead to nothing in entries, so that
// nobody is promised what the mirror lacks. One that leads to an item which could
// not be had, or to a folder of such items, goes with it, and the item itself is
// what is missing. Any other is a failure, unless the link is optional. The caller
// holds mu.
func (r *run) withoutDangling(entries []layout.Entry) (kept []layout.Entry, failures []ecosystems.Failure) {
	if !slices.ContainsFunc(entries, layout.Entry.IsLink) {
		return entries, nil
	}
	gone := r.notHad()
	for {
		list, err := layout.NewList(slices.Values(entries))
		if err != nil {
			return entries, failures // they clash, as the writing of the snapshot will say
		}
		dangling := map[string]bool{}
		for e, end := range list.Dangling() {
			dangling[e.Path] = true
			it := *r.items[e.Path].link
			if !gone.has(end) && !it.Optional {
				failures = append(failures, ecosystems.Failure{Item: it, Err: danglingError(list, e, end)})
			}
		}
		if len(dangling) == 0 {
			return entries, failures
		}
		entries = slices.DeleteFunc(entries, func(e layout.Entry) bool { return dangling[e.Path] })
		for path := range dangling { // what led to them, or to a folder of nothing else, goes the same way
			gone.add(path)
		}
	}
}

// danglingError says why a link leads nowhere, as [layout.List.Dangling] found it.
func danglingError(list *layout.List, e layout.Entry, end string) error {
	if other, ok := list.Lookup(end); ok && other.IsLink() {
		return fmt.Errorf("links to %s, which leads in a circle", e.Link)
	}
	return fmt.Errorf("links to %s, but there is no %.200s", e.Link, end)
}

// paths is a set of paths, and of the folders that they are in.
type paths map[string]bool

func (p paths) add(path string) {
	for p[path] = true; ; p[path] = true {
		i := strings.LastIndexByte(path, '/')
		if i < 0 {
			return
		}
		if path = path[:i]; p[path] {
			return
		}
	}
}

func (p paths) has(path string) bool { return p[path] }

// notHad returns the paths of the items that failed, absent ones that are optional included.
func (r *run) notHad() paths {
	p := paths{}
	for path, s := range r.items {
		if s.state == failed {
			p.add(path)
		}
	}
	return p
}
