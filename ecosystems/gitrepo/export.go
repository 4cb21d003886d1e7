package gitrepo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/layout"
)

// packFile is a file of a pack. Beside the pack itself and its index there may be two
// more, which only make serving faster.
var packFile = regexp.MustCompile(`^pack-(?:[0-9a-f]{40}|[0-9a-f]{64})\.(?:pack|idx|rev|bitmap)$`)

// Export returns the repository as a list of plain files, sorted by name, which any static
// web server can hand out to git ("dumb HTTP"), git can clone from as a folder, and [Serve] serves as
// it would the repository itself: HEAD, config, description, packed-refs, info/refs,
// objects/info/packs, the packs with their indexes, and one ref as a file of its own, since git
// wants a folder refs. All refs are there, also those below refs/keep.
//
// The list depends only on what the repository holds. Packs are those that it has, so
// as long as it does not change, every byte stays the same, and an update adds a pack; see
// [Repo.Compact]. The files can be read until the next Update or Compact.
//
// The error is [ErrNotFound] for a repository without commits.
func (r *Repo) Export(ctx context.Context) ([]File, error) {
	return r.exportWith(ctx, func(refs []peeledRef) ([]peeledRef, []File, error) { return refs, nil, nil })
}

// exportWith exports with other refs than the repository has, and files that go with them.
func (r *Repo) exportWith(ctx context.Context, change func([]peeledRef) ([]peeledRef, []File, error)) ([]File, error) {
	files, err := r.export(ctx, change)
	if err != nil {
		return nil, r.wrap(err)
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return files, nil
}

func (r *Repo) export(ctx context.Context, change func([]peeledRef) ([]peeledRef, []File, error)) ([]File, error) {
	refs, err := r.peeledRefs(ctx)
	if err != nil {
		return nil, err
	}
	refs, further, err := change(refs)
	if err != nil {
		return nil, err
	}
	if len(refs) == 0 {
		return nil, fmt.Errorf("nothing to export: %w", ErrNotFound)
	}
	head, err := r.git.headOf(ctx, r.dir)
	if err != nil {
		return nil, err
	}
	if !validRef(head) {
		return nil, fmt.Errorf("%w: HEAD stands for %.80q", ErrBadAnswer, head)
	}
	loose, err := looseRef(refs, head)
	if err != nil {
		return nil, err
	}
	if err := r.packLoose(ctx); err != nil {
		return nil, err
	}
	files, err := r.packFiles()
	if err != nil {
		return nil, err
	}
	files = append(files, further...)
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return append(files,
		made("HEAD", "ref: "+head+"\n"),
		made("config", bareConfig(len(refs[0].ID) == 64)),
		made("description", "mirror of "+strings.TrimSuffix(r.name, Suffix)+"\n"),
		made("packed-refs", packedRefs(refs)),
		made("info/refs", infoRefs(refs)),
		made("objects/info/packs", infoPacks(files)),
		made(loose.Name, loose.ID+"\n"),
	), nil
}

// peeledRef is a ref, and for an annotated tag what it is about in the end.
type peeledRef struct {
	Ref
	peeled string
}

// peeledRefs lists all refs by name.
func (r *Repo) peeledRefs(ctx context.Context) ([]peeledRef, error) {
	var refs []peeledRef
	_, err := r.git.run(ctx, call{
		dir: r.dir, args: []string{"show-ref", "--dereference"}, limit: 8 * int64(r.git.o.MaxRefs) * 256,
		each: func(line []byte) error {
			id, name, ok := strings.Cut(string(line), " ")
			tag, isPeeled := strings.CutSuffix(name, "^{}")
			last := len(refs) - 1
			switch {
			case !ok || !validID(id):
				return fmt.Errorf("%w: %.100q as a ref", ErrBadAnswer, line)
			case strings.HasPrefix(name, incomingPrefix):
			case isPeeled && (last < 0 || refs[last].Name != tag):
				return fmt.Errorf("%w: %.100q without its tag", ErrBadAnswer, line)
			case isPeeled:
				refs[last].peeled = id
			case validRef(name):
				refs = append(refs, peeledRef{Ref: Ref{Name: name, ID: id}})
			}
			return nil
		},
	})
	var said *gitError
	if errors.As(err, &said) && said.code == 1 && len(refs) == 0 {
		err = nil // there are none
	}
	slices.SortFunc(refs, func(a, b peeledRef) int { return cmp.Compare(a.Name, b.Name) })
	return refs, err
}

// looseRef chooses the ref that becomes a file: the one of HEAD if there is such and its name can
// be a path, or else the first that can.
func looseRef(refs []peeledRef, head string) (Ref, error) {
	at, ok := slices.BinarySearchFunc(refs, head, func(r peeledRef, name string) int { return cmp.Compare(r.Name, name) })
	if ok && layout.CheckPath(head) == nil {
		return refs[at].Ref, nil
	}
	for _, r := range refs {
		if layout.CheckPath(r.Name) == nil {
			return r.Ref, nil
		}
	}
	return Ref{}, errors.New("none of its refs has a name that can be a path")
}

// packLoose packs objects that lie about singly, as a program other than this may have left them.
func (r *Repo) packLoose(ctx context.Context) error {
	out, err := r.git.run(ctx, call{dir: r.dir, args: []string{"count-objects", "-v"}})
	if err != nil || bytes.HasPrefix(out, []byte("count: 0\n")) {
		return err
	}
	_, err = r.git.run(ctx, call{dir: r.dir, args: []string{"repack", "-d", "--quiet"}, timeout: r.git.o.Timeout})
	return err
}

// packFiles lists the packs that are whole.
func (r *Repo) packFiles() ([]File, error) {
	root, err := os.OpenRoot(r.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), "objects/pack")
	if err != nil {
		return nil, err
	}
	sizes := map[string]int64{}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && packFile.MatchString(e.Name()) {
			sizes[e.Name()] = info.Size()
		}
	}
	var files []File
	for name, size := range sizes {
		stem := strings.TrimSuffix(name, filepath.Ext(name))
		_, pack := sizes[stem+".pack"]
		_, index := sizes[stem+".idx"]
		if pack && index {
			files = append(files, File{Name: path.Join("objects/pack", name), Size: size, dir: r.dir, sha256: len(stem) == len("pack-")+64})
		}
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return files, nil
}

func packedRefs(refs []peeledRef) string {
	var b strings.Builder
	b.WriteString("# pack-refs with: peeled fully-peeled sorted \n")
	for _, r := range refs {
		fmt.Fprintf(&b, "%s %s\n", r.ID, r.Name)
		if r.peeled != "" {
			fmt.Fprintf(&b, "^%s\n", r.peeled)
		}
	}
	return b.String()
}

// infoRefs is what "git update-server-info" writes for dumb clients.
func infoRefs(refs []peeledRef) string {
	var b strings.Builder
	for _, r := range refs {
		fmt.Fprintf(&b, "%s\t%s\n", r.ID, r.Name)
		if r.peeled != "" {
			fmt.Fprintf(&b, "%s\t%s^{}\n", r.peeled, r.Name)
		}
	}
	return b.String()
}

func infoPacks(files []File) string {
	var b strings.Builder
	for _, f := range files {
		if strings.HasSuffix(f.Name, ".pack") {
			fmt.Fprintf(&b, "P %s\n", path.Base(f.Name))
		}
	}
	return b.String() + "\n"
}

func bareConfig(sha256 bool) string {
	if sha256 {
		return "[core]\n\trepositoryformatversion = 1\n\tfilemode = true\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n"
	}
	return "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n"
}
