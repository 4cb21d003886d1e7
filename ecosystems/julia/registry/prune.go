package registry

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/offmirror/offmirror/ecosystems/julia/tomlfile"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/treetar"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Keep tells whether a version of a package stays in a pruned registry.
type Keep func(*Package, Release) bool

// Pruning is what has to change in a registry.
type Pruning struct {
	// Files are the new contents of the files that change, by their path.
	Files map[string]string

	Packages int // that have versions left
	Versions int // that are left
	Dropped  int // versions that are not

	// Problems are packages whose Versions.toml no client could read. They have no
	// versions any more.
	Problems []error
}

// Prune works out what changes when only some versions are kept. Files in which
// nothing is dropped do not change; others keep the bytes of all that stays. Packages
// that [Registry.Problems] speaks of lose their versions. The error is one of reading.
func (r *Registry) Prune(keep Keep) (*Pruning, error) {
	result := &Pruning{Files: map[string]string{}}
	for _, folder := range r.passed {
		// Some client may read what Read passed over.
		content, ok, err := r.files.read(folder + "/" + versionsFile)
		if err != nil && !errors.Is(err, ErrTooLarge) {
			return nil, err
		}
		if err != nil || ok && content != "" {
			result.Files[folder+"/"+versionsFile] = ""
		}
	}
	for _, p := range r.packages {
		if err := result.prune(p, keep); err != nil {
			return nil, err
		}
	}
	return result, nil
}

func (result *Pruning) prune(p *Package, keep Keep) error {
	path := p.Path + "/" + versionsFile
	content, ok, err := p.registry.files.read(path)
	if errors.Is(err, ErrTooLarge) {
		result.Problems = append(result.Problems, err)
		result.Files[path] = ""
		return nil
	}
	if !ok || err != nil {
		return err
	}
	d, err := parseDocument(path, content)
	var all []Release
	if err == nil {
		all, err = releases(d)
	}
	if err != nil {
		result.Problems = append(result.Problems, err)
		result.Files[path] = ""
		return nil
	}
	var kept []Release
	for _, r := range all {
		if keep(p, r) {
			kept = append(kept, r)
		}
	}
	if len(kept) > 0 {
		result.Packages++
		result.Versions += len(kept)
	}
	if len(kept) == len(all) {
		return nil
	}
	result.Dropped += len(all) - len(kept)
	result.Files[path], err = edit(d, content, kept)
	return err
}

// edit returns content without the tables of versions that are not kept.
func edit(d *document, content string, kept []Release) (string, error) {
	var edited string
	if d.plain {
		edited = cutSections(d, content, kept)
	} else {
		var err error
		if edited, err = encodeSections(content, kept); err != nil {
			return "", d.fail(0, "cannot be written anew: %s", tomlfile.Short(err.Error()))
		}
	}
	// What clients will read must be what was meant.
	back, err := parseDocument(d.file, edited)
	if err != nil {
		return "", err
	}
	if left, err := releases(back); err != nil || !slices.Equal(left, kept) {
		return "", d.fail(0, "cannot be edited: %d versions would become %d", len(kept), len(left))
	}
	return edited, nil
}

// isKept reports whether the table of a name is that of a version that is kept. They are in
// ascending order.
func isKept(name string, kept []Release) bool {
	v, err := version.Parse(name)
	if err != nil {
		return false
	}
	i, _ := slices.BinarySearchFunc(kept, v, func(r Release, v version.Version) int { return r.Version.Compare(v) })
	for ; i < len(kept) && kept[i].Version.Compare(v) == 0; i++ {
		if kept[i].Version == v {
			return true
		}
	}
	return false
}

func cutSections(d *document, content string, kept []Release) string {
	var b strings.Builder
	b.WriteString(content[:d.top().end])
	for _, s := range d.tables() {
		if isKept(s.name, kept) {
			b.WriteString(content[s.start:s.end])
		}
	}
	edited := b.String()
	if strings.HasSuffix(edited, "\n\n") && !strings.HasSuffix(content, "\n\n") {
		edited = strings.TrimRight(edited, "\n") + "\n"
	}
	if strings.TrimSpace(edited) == "" {
		return ""
	}
	return edited
}

// encodeSections is for files in another form than that of the registries' tools.
func encodeSections(content string, kept []Release) (string, error) {
	var m map[string]any
	if err := toml.Unmarshal([]byte(content), &m); err != nil {
		return "", err
	}
	for name := range m {
		if !isKept(name, kept) {
			delete(m, name)
		}
	}
	var b strings.Builder
	e := toml.NewEncoder(&b)
	e.Indent = ""
	err := e.Encode(m)
	return b.String(), err
}

// WritePruned writes a registry with the changes of [Registry.Prune] as a gzipped
// tarball in normal form and returns the hash by which clients shall ask for it. With no
// changes it writes all that there is, under the hash that the registry has.
//
// The tarball is read back as it is written: an error if it contains anything but
// what it should. The registry must be from [Read], or the error is [ErrNotTarball].
func (r *Registry) WritePruned(dst io.Writer, changes *Pruning) (treehash.Hash, error) {
	if r.tree == nil {
		return treehash.Hash{}, ErrNotTarball
	}
	check := treehash.NewSummer(treehash.Full, treehash.Options{})
	defer func() { _ = check.Close() }()
	z := treetar.Gzip(io.MultiWriter(dst, check))
	w := treetar.NewWriter(z)
	var spool io.ReaderAt
	if f := r.files.(*treeFiles); f.spool != nil {
		spool = f.spool
	}
	if err := treetar.WriteTree(w, r.tree, spool, changes.Files); err != nil {
		return treehash.Hash{}, err
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		return treehash.Hash{}, err
	}
	tree, err := check.Tree()
	if err != nil {
		return treehash.Hash{}, fmt.Errorf("read back the pruned registry %s: %w", r.Name, err)
	}
	if err := r.compare(tree, changes.Files); err != nil {
		return treehash.Hash{}, err
	}
	return tree.Hash(treehash.Full), nil
}

// PrunedHash returns the hash that [Registry.WritePruned] would return, and writes nothing. The
// registry must be from [Read], or the error is [ErrNotTarball].
func (r *Registry) PrunedHash(changes *Pruning) (treehash.Hash, error) {
	if r.tree == nil {
		return treehash.Hash{}, ErrNotTarball
	}
	ids := make(map[string]treehash.Hash, len(changes.Files))
	for path, content := range changes.Files {
		ids[path] = treehash.HashOfFile(content)
	}
	return r.tree.HashReplaced(ids)
}

// compare proves that tree is that of r but for the changes.
func (r *Registry) compare(tree *treehash.Tree, changes map[string]string) error {
	next, stop := iter.Pull(tree.Entries())
	defer stop()
	for want := range r.tree.Entries() {
		if content, ok := changes[want.Path]; ok {
			want.ID, want.Size = treehash.HashOfFile(content), int64(len(content))
		}
		got, ok := next()
		got.Offset = want.Offset
		if !ok || got != want {
			return fmt.Errorf("the pruned registry %s does not have %s as it should be", r.Name, tomlfile.OneLine(want.Path))
		}
	}
	if more, ok := next(); ok {
		return fmt.Errorf("the pruned registry %s has %s, which should not be there", r.Name, tomlfile.OneLine(more.Path))
	}
	if !tree.PlainNames() {
		return fmt.Errorf("the pruned registry %s has names that clients do not find", r.Name)
	}
	return nil
}
