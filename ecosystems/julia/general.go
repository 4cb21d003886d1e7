package julia

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
	"github.com/offmirror/offmirror/layout"
)

// A client without a registry wants General, whatever else a server lists, and where the
// server does not list it, clones it from GitHub. A General without packages, under
// General's UUID, keeps such clients from trying. All keys are there that some version of
// Julia insists on: 1.4 to 1.6 on repo too, all of them on the table of packages.
const emptyGeneral = `name = "General"
uuid = "23338594-aafe-5451-b93e-139f81909106"
repo = "https://github.com/JuliaRegistries/General.git"

description = """
An empty stand-in for General: this mirror has other registries only.
"""

[packages]
`

// addGeneral yields an empty General if the mirror has none and its options want one,
// and adds it to the lists. Otherwise it says what clients will do.
func (p *planner) addGeneral(lists map[pkgserver.Flavor][]pkgserver.Registry, record recorded, here map[string]bool) error {
	for _, s := range p.shelves {
		if s.uuid == registry.General {
			return nil
		}
	}
	if !p.options.EmptyGeneral && len(p.shelves) == 0 {
		return nil // a mirror of Julia itself
	}
	if !p.options.EmptyGeneral {
		p.notice("no-general", pkgserver.RegistriesPath, "no registry here is General, which clients without any registry look for and then clone from GitHub: "+
			"mirror it, or set empty_general = true, so that they find an empty one")
		return nil
	}
	var tarball bytes.Buffer
	tree, err := packEmptyGeneral(&tarball)
	if err != nil {
		return fmt.Errorf("registry General, empty: %w", err)
	}
	o, err := p.in.Workshop.Write(p.ctx, "", func(w io.Writer) error {
		_, err := w.Write(tarball.Bytes())
		return err
	})
	if err != nil {
		return err
	}
	r := pkgserver.Registry{UUID: registry.General, Tree: tree}
	for _, f := range p.flavors {
		lists[f] = append(lists[f], r)
	}
	record.Registries[r.UUID] = append(record.Registries[r.UUID], tree)
	here[r.Path()] = true
	return p.emitRegistry(ecosystems.Item{
		Path: r.Path(), Stage: layout.Index, Name: "registry General, empty", Reason: "clients look for it",
		Source: ecosystems.Have{Object: o},
	})
}

// packEmptyGeneral writes the tarball and returns its hash.
func packEmptyGeneral(tarball *bytes.Buffer) (treehash.Hash, error) {
	z := treetar.Gzip(tarball)
	w := treetar.NewWriter(z)
	err := w.File("Registry.toml", int64(len(emptyGeneral)), false, strings.NewReader(emptyGeneral))
	for _, end := range []func() error{w.Close, z.Close} {
		if err == nil {
			err = end()
		}
	}
	if err != nil {
		return treehash.Hash{}, err
	}
	r, err := registry.Read(bytes.NewReader(tarball.Bytes()), registry.Options{})
	if err != nil {
		return treehash.Hash{}, err
	}
	return r.Hash(), nil
}
