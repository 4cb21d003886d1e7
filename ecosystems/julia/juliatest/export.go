package juliatest

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
)

// Paths returns everything that can be asked for, sorted, whether faults hide it or not.
func (u *Upstream) Paths() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	list := []string{pkgserver.RegistriesPath, "meta"}
	if !u.flavorless {
		list = append(list, pkgserver.Conservative.Path(), pkgserver.Eager.Path())
	}
	for _, r := range u.registries {
		r.state()
	}
	list = slices.AppendSeq(list, maps.Keys(u.resources))
	list = append(list, u.shelf.paths()...)
	slices.Sort(list)
	return list
}

func (s *shelf) paths() []string {
	if s == nil {
		return nil
	}
	var list []string
	for hash, at := range s.versions {
		list = append(list, pkgserver.PackagePath(s.projects[at.project].about.UUID, hash))
	}
	for hash, at := range s.artifacts {
		list = append(list, pkgserver.ArtifactPath(hash), at.origin())
	}
	return list
}

// Export writes what is served below some prefixes ("registry", "package/", …), or all of it if there are none, into a
// folder, path by path: the static tree of a storage mirror. Files that are there are
// written anew. What faults hide is left out, what they change is changed.
func (u *Upstream) Export(folder string, prefixes ...string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, path := range u.Paths() {
		if len(prefixes) > 0 && !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(path, p) }) {
			continue
		}
		g.Go(func() error {
			data, ok := u.File(path)
			if !ok {
				return nil
			}
			name := filepath.FromSlash(path)
			err := root.MkdirAll(filepath.Dir(name), 0o755)
			if err == nil {
				err = root.WriteFile(name, data, 0o644)
			}
			if err != nil {
				return fmt.Errorf("export: %w", err)
			}
			return nil
		})
	}
	return g.Wait()
}
