package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/mirror/salvage"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

// repairSources opens what --from names, encrypted bundles with identities. Release lets go of all of it.
func (p *program) repairSources(from, identities []string) (sources []salvage.Source, release func(), err error) {
	release = func() {
		for _, s := range sources {
			if c, ok := s.(io.Closer); ok {
				_ = c.Close()
			}
		}
	}
	var o read.Options
	if o.Identities, err = p.identities(identities); err != nil {
		return nil, nil, err
	}
	for _, text := range from {
		source, err := p.repairSource(text, o)
		if err != nil {
			release()
			return nil, nil, usagef("--from %s: %v", text, err)
		}
		sources = append(sources, source)
	}
	return sources, release, nil
}

func (p *program) repairSource(text string, o read.Options) (salvage.Source, error) {
	if strings.Contains(text, "://") {
		return salvage.NewSite(text)
	}
	path := p.absolute(text)
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() && !holdsBundle(path) {
		return salvage.OpenRoot(path)
	}
	return salvage.OpenBundle(path, o)
}

// holdsBundle reports whether a folder has the manifest of a bundle in it.
func holdsBundle(folder string) bool {
	found, err := filepath.Glob(filepath.Join(folder, "offmirror-*.manifest"))
	return err == nil && len(found) > 0
}
