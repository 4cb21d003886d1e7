package registry

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode"

	"github.com/offmirror/offmirror/ecosystems/julia/tomlfile"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// General is the registry that every client has, or asks for.
var General = uuid.MustParse("23338594-aafe-5451-b93e-139f81909106")

// Registry is a set of packages. It does not change and may be used by several
// goroutines.
type Registry struct {
	Name        string
	UUID        uuid.UUID
	Repo        string // URL of its git repository; often there is none
	Description string

	packages []*Package // by UUID
	byUUID   map[uuid.UUID]*Package
	byName   map[string][]*Package
	problems []error
	passed   []string // folders of packages that were passed over
	files    files
	tree     *treehash.Tree // nil if it was not read from a tarball
}

// Options say how a tarball is read. The zero Options are fine.
type Options struct {
	// Limits bound what the tarball may cost. Collect, the memory for files, is
	// 512 MiB by default; General is a tenth of that.
	Limits treehash.Limits

	// Spool, if not nil, is written the decompressed tarball and files are read
	// from it, so that they take no memory. It must remain as long as the
	// Registry is used, and must allow reading from several goroutines, as an
	// os.File does.
	Spool Spool
}

// Spool keeps decompressed bytes aside.
type Spool interface {
	io.Writer
	io.ReaderAt
}

// Read reads the tarball of a registry to its end, in any compression that package treehash
// knows.
//
// Errors are those of [treehash.Read], and a [*FileError] if Registry.toml is missing or
// of no use.
func Read(tarball io.Reader, o Options) (*Registry, error) {
	o.Limits.Collect = cmp.Or(o.Limits.Collect, 512<<20)
	options := treehash.Options{Limits: o.Limits}
	if o.Spool != nil {
		options.Spool = o.Spool
	} else {
		options.Collect = func(string, int64) bool { return true }
	}
	tree, err := treehash.Read(tarball, options)
	if err != nil {
		return nil, err
	}
	return open(&treeFiles{tree, o.Spool}, tree)
}

// ReadFS reads a registry from a directory, which must not change as long as the Registry
// is used. It has no hash and cannot be pruned.
func ReadFS(dir fs.FS) (*Registry, error) {
	return open(dirFiles{dir}, nil)
}

const registryFile = "Registry.toml"

func open(f files, tree *treehash.Tree) (*Registry, error) {
	content, ok, err := f.read(registryFile)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, &FileError{File: registryFile, Reason: "is missing: this is no registry"}
	}
	d, err := parseDocument(registryFile, content)
	if err != nil {
		return nil, err
	}
	r := &Registry{files: f, tree: tree}
	if err := r.readHead(d); err != nil {
		return nil, err
	}
	for _, s := range d.tables() {
		if s.name == "packages" {
			r.readPackages(d, s.entries)
		}
	}
	return r, nil
}

func (r *Registry) readHead(d *document) error {
	top := d.top().entries
	var err error
	if r.Name, err = d.needText(top, "name", 0); err != nil {
		return err
	}
	if !validName(r.Name) {
		return d.fail(0, "%s cannot be the name of a registry", tomlfile.Short(r.Name))
	}
	id, err := d.needText(top, "uuid", 0)
	if err != nil {
		return err
	}
	if r.UUID, err = uuid.Parse(id); err != nil {
		e, _ := get(top, "uuid")
		return d.fail(e.line, "uuid %v", err)
	}
	if r.Repo, err = d.text(top, "repo"); err != nil {
		return err
	}
	r.Description, err = d.text(top, "description")
	return err
}

func (r *Registry) readPackages(d *document, entries []entry) {
	r.packages = make([]*Package, 0, len(entries))
	r.byUUID = make(map[uuid.UUID]*Package, len(entries))
	r.byName = make(map[string][]*Package, len(entries))
	paths := make(map[string]*Package, len(entries))
	for _, e := range entries {
		p, err := r.readPackage(d, e)
		if err == nil && r.byUUID[p.UUID] != nil {
			err = d.fail(e.line, "%s and %s have the same UUID %s; only the first counts", r.byUUID[p.UUID].Name, p.Name, p.UUID)
		}
		if err == nil && paths[p.Path] != nil {
			err = d.fail(e.line, "%s and %s are both in %s; only the first counts", paths[p.Path].UUID, p.UUID, tomlfile.OneLine(p.Path))
		}
		if err != nil {
			r.problems = append(r.problems, err)
			if p != nil {
				r.passed = append(r.passed, p.Path)
			}
			continue
		}
		r.packages = append(r.packages, p)
		r.byUUID[p.UUID], paths[p.Path] = p, p
	}
	r.passed = slices.DeleteFunc(r.passed, func(path string) bool { return paths[path] != nil })
	slices.SortFunc(r.packages, func(a, b *Package) int { return a.UUID.Compare(b.UUID) })
	for _, p := range r.packages {
		r.byName[p.Name] = append(r.byName[p.Name], p)
	}
}

// readPackage returns a package also with an error, if its folder is known.
func (r *Registry) readPackage(d *document, e entry) (*Package, error) {
	id, err := uuid.Parse(e.key)
	if err != nil {
		return nil, d.fail(e.line, "a package has the UUID %v", err)
	}
	if e.value.kind != table {
		return nil, d.fail(e.line, "package %s is not a table with name and path", id)
	}
	path, err := d.needText(e.value.table, "path", e.line)
	if err != nil {
		return nil, err
	}
	if !fs.ValidPath(path) || path == "." || len(path) > maxPath || strings.Contains(path, "\\") {
		return nil, d.fail(e.line, "package %s cannot be in the folder %s", id, tomlfile.Short(path))
	}
	p := &Package{UUID: id, Path: path, registry: r}
	if p.Name, err = d.needText(e.value.table, "name", e.line); err != nil {
		return p, err
	}
	if !validName(p.Name) {
		return p, d.fail(e.line, "package %s cannot have the name %s", id, tomlfile.Short(p.Name))
	}
	return p, nil
}

const (
	maxName = 255
	maxPath = 1024
)

// validName admits what can be part of a message and of a path.
func validName(s string) bool {
	return s != "" && len(s) <= maxName && s[0] != '.' && !strings.ContainsFunc(s, func(c rune) bool {
		return c == ' ' || c == unicode.ReplacementChar || !unicode.IsPrint(c) || strings.ContainsRune(`/\:*?"<>|`, c)
	})
}

// Packages returns all packages, ordered by UUID.
func (r *Registry) Packages() []*Package { return slices.Clone(r.packages) }

// Len returns the number of packages.
func (r *Registry) Len() int { return len(r.packages) }

// Package returns the package with a UUID.
func (r *Registry) Package(id uuid.UUID) (*Package, bool) {
	p, ok := r.byUUID[id]
	return p, ok
}

// Named returns all packages with a name, ordered by UUID.
func (r *Registry) Named(name string) []*Package { return slices.Clone(r.byName[name]) }

// Problems returns what was passed over in Registry.toml, in its order.
func (r *Registry) Problems() []error { return slices.Clone(r.problems) }

// Hash returns the git tree hash by which clients know the registry's state: that of all
// it contains, empty directories too. It is zero if the registry was not read from a
// tarball.
func (r *Registry) Hash() treehash.Hash {
	if r.tree == nil {
		return treehash.Hash{}
	}
	return r.tree.Hash(treehash.Full)
}

// PlainNames tells whether clients that read registries without unpacking them
// can read this tarball, see [treehash.Tree.PlainNames].
func (r *Registry) PlainNames() bool { return r.tree != nil && r.tree.PlainNames() }

// String returns name and UUID.
func (r *Registry) String() string { return fmt.Sprintf("%s (%s)", r.Name, r.UUID) }
