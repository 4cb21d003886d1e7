package hexpm

import (
	"context"
	"strings"

	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// Recover implements [ecosystems.Recoverer]: below the base URLs files are called as they are here.
func (d *driver) Recover(_ context.Context, _ layout.View, entries []layout.Entry) []fetch.Request {
	requests := make([]fetch.Request, len(entries))
	for i, e := range entries {
		requests[i] = d.whence(e.Path)
	}
	return requests
}

// whence is the request for a path of the tree, whether or not anything is there.
func (s *settings) whence(path string) fetch.Request {
	for _, r := range s.repositories {
		file, ok := strings.CutPrefix(path, r.prefix)
		if ok && r.prefix != "" || ok && isRepositoryFile(file) {
			q := r.request(file)
			q.Absent = hidden
			return q
		}
	}
	return s.buildsRequest(path)
}

// isRepositoryFile tells the files of the main repository from those that lie beside them.
func isRepositoryFile(path string) bool {
	switch path {
	case namesFile, versionsFile, publicKeyFile:
		return true
	}
	for _, folder := range []string{packagesDir, tarballsDir, docsDir, policiesDir} {
		if strings.HasPrefix(path, folder) {
			return true
		}
	}
	return false
}
