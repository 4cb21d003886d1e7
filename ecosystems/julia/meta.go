package julia

import (
	"encoding/json"
	"fmt"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
	"github.com/offmirror/offmirror/layout"
)

// metaPath is where package servers tell people and monitors about themselves. No
// client asks for it.
const metaPath = "meta"

// meta is the mirror's account of itself. Nothing in it changes unless the mirror
// does, so there is no time and no version of this program.
type meta struct {
	Server     string             `json:"server"`
	Flavors    []pkgserver.Flavor `json:"flavors"`
	Packages   int                `json:"packages_cached"`
	Artifacts  int                `json:"artifacts_cached"`
	Registries []metaRegistry     `json:"registries"`

	// Complete is set if all that the listed registries offer is here: the packages and,
	// for the platforms, the artifacts without which these do not install.
	Complete      bool     `json:"complete"`
	Platforms     []string `json:"platforms"` // "all" alone: every one
	LazyArtifacts bool     `json:"lazy_artifacts"`
}

type metaRegistry struct {
	Name     string        `json:"name"`
	UUID     uuid.UUID     `json:"uuid"`
	Tree     treehash.Hash `json:"hash"`          // as it is here
	Upstream treehash.Hash `json:"upstream_hash"` // as upstream has it
}

// emitMeta yields the account, unless there are no registries to speak of.
func (p *planner) emitMeta() error {
	if len(p.shelves) == 0 {
		return nil
	}
	m := meta{
		Server: "offmirror", Flavors: p.flavors, Registries: []metaRegistry{},
		Complete: p.index != verbatim, Platforms: platformWords(p.platforms), LazyArtifacts: p.lazy,
	}
	for _, r := range p.next.Registries {
		m.Registries = append(m.Registries, metaRegistry{r.Name, r.UUID, r.Published, r.Tree})
	}
	var err error
	if m.Packages, m.Artifacts, err = p.countHere(); err != nil {
		return err
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return p.emit(ecosystems.Item{
		Path: metaPath, Stage: layout.Index, Name: metaPath, Reason: "the mirror's account of itself",
		Source: ecosystems.Made{Bytes: append(data, '\n')},
	})
}

// countHere counts the tarballs of packages and artifacts that registries lead to.
func (p *planner) countHere() (packages, artifacts int, err error) {
	tarballs, trees := map[tarball]bool{}, map[treehash.Hash]bool{}
	err = p.kept(func(_ *shelf, pkg *resolve.Package, k resolve.Kept) error {
		if len(p.lost) > 0 && p.lost[pkgserver.PackagePath(pkg.UUID, k.Tree)] {
			return nil
		}
		tarballs[tarball{pkg.UUID, k.Tree}] = true
		for _, w := range p.next.Artifacts[k.Tree.String()] {
			if len(p.lost) == 0 || !p.lost[pkgserver.ArtifactPath(w.Tree)] {
				trees[w.Tree] = true
			}
		}
		return nil
	})
	return len(tarballs), len(trees), err
}

func platformWords(platforms []artifacts.Platform) []string {
	if len(platforms) == 0 {
		return []string{everyThing}
	}
	words := make([]string, 0, len(platforms))
	for _, p := range platforms {
		words = append(words, p.String())
	}
	return words
}

// parseMeta reads what emitMeta wrote, and the platforms in it.
func parseMeta(data []byte) (m meta, platforms []artifacts.Platform, err error) {
	if err := json.Unmarshal(data, &m); err != nil {
		return m, nil, fmt.Errorf("it is no account of a mirror: %w", err)
	}
	for _, word := range m.Platforms {
		if word == everyThing {
			return m, nil, nil
		}
		platform, err := artifacts.ParsePlatform(word)
		if err != nil {
			return m, nil, err
		}
		platforms = append(platforms, platform)
	}
	if len(platforms) == 0 {
		return m, nil, fmt.Errorf("it names no platforms")
	}
	return m, platforms, nil
}
