package julia

import (
	"context"
	"strings"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// Recover implements [ecosystems.Recoverer]. Package servers and the servers of Julia itself have their
// files under the paths of the mirror. What was made of others, or came from a host of its own, only a plan
// finds.
func (d *driver) Recover(_ context.Context, _ layout.View, entries []layout.Entry) []fetch.Request {
	requests := make([]fetch.Request, len(entries))
	for i, e := range entries {
		requests[i] = d.whence(e.Path)
	}
	return requests
}

func (s *settings) whence(path string) fetch.Request {
	switch {
	case isObject(path) && s.upstream != "":
		q := fetch.Request{URL: s.upstream + "/" + path}
		for _, m := range s.mirrors {
			q.Mirrors = append(q.Mirrors, m+"/"+path)
		}
		return q
	case strings.HasPrefix(path, "bin/") && isNightly(path):
		return fetch.Request{URL: s.nightlyUpstream + "/" + path}
	case strings.HasPrefix(path, "bin/"), strings.HasPrefix(path, "juliaup/"):
		return fetch.Request{URL: s.releasesUpstream + "/" + path}
	}
	return fetch.Request{}
}
