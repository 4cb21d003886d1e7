package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/mirror/salvage"
	"github.com/offmirror/offmirror/layout/bundle"
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
	if !info.IsDir() || holdsBundle(path) {
		return salvage.OpenBundle(path, o)
	}
	if !p.holdsMirror(path) {
		return nil, fmt.Errorf("%s: neither a mirror (there is no store, and no tree of an ecosystem) nor a bundle (there is no offmirror-….manifest)", path)
	}
	return salvage.OpenRoot(path)
}

// holdsBundle reports whether a folder has a manifest or a volume of a bundle in it: where only the manifest is
// missing, that is to be said.
func holdsBundle(folder string) bool {
	entries, err := os.ReadDir(folder)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		_, _, _, volume := bundle.ParseVolumeFile(e.Name())
		return volume || strings.HasPrefix(e.Name(), "offmirror-") && strings.HasSuffix(e.Name(), bundle.ManifestSuffix)
	})
}

// holdsMirror reports whether a folder has a store, or a tree of an ecosystem as a copy for a web server has.
func (p *program) holdsMirror(folder string) bool {
	names := []string{"store"}
	for _, eco := range p.ecosystems {
		names = append(names, eco.Name)
	}
	return slices.ContainsFunc(names, func(name string) bool {
		_, err := os.Stat(filepath.Join(folder, name))
		return err == nil
	})
}
