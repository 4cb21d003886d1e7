package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/mirror/salvage"
	"github.com/offmirror/offmirror/layout/bundle/read"
)

// repairSources opens what --from names. Release lets go of all of it.
func (p *program) repairSources(from []string) (sources []salvage.Source, release func(), err error) {
	release = func() {
		for _, s := range sources {
			if c, ok := s.(io.Closer); ok {
				_ = c.Close()
			}
		}
	}
	for _, text := range from {
		source, err := p.repairSource(text)
		if err != nil {
			release()
			return nil, nil, usagef("--from %s: %v", text, err)
		}
		sources = append(sources, source)
	}
	return sources, release, nil
}

func (p *program) repairSource(text string) (salvage.Source, error) {
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
	return salvage.OpenBundle(path, read.Options{})
}

// holdsBundle reports whether a folder has the manifest of a bundle in it.
func holdsBundle(folder string) bool {
	found, err := filepath.Glob(filepath.Join(folder, "offmirror-*.manifest"))
	return err == nil && len(found) > 0
}
