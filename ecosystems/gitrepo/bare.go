package gitrepo

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"regexp"
	"strings"

	"github.com/offmirror/offmirror/layout"
)

const (
	maxHead  = 1 << 10
	maxPacks = 1000 // of a repository that is served; Compact keeps to far fewer
)

// headText is what HEAD may hold: a ref, or an object.
var headText = regexp.MustCompile(`^(?:ref: refs/[^\x00-\x20\x7f]+|[0-9a-f]{40}|[0-9a-f]{64})\n?$`)

// located is a view whose objects are files of this machine.
type located interface {
	Locate(layout.Entry) (string, error)
}

// layOut makes a repository that git can read from a folder of a snapshot, at dir/name.
// What is large is a symbolic link to the object, or a copy where that is impossible.
// What could make git do something, or look elsewhere, is left out.
func layOut(view layout.View, folder, dir, name string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, sub := range []string{"objects/pack", "refs"} {
		if err := root.MkdirAll(path.Join(name, sub), 0o700); err != nil {
			return err
		}
	}
	b := &bare{view: view, root: root, name: name}
	b.locate, _ = view.(located)
	head, err := b.read(folder+"/HEAD", maxHead)
	if err != nil {
		return err
	}
	if !headText.Match(head) {
		return fmt.Errorf("%s/HEAD: %w: it is %.80q", folder, ErrDamaged, head)
	}
	isSHA256, err := b.refs(folder + "/packed-refs")
	if err != nil {
		return err
	}
	if err := b.write("HEAD", head); err != nil {
		return err
	}
	if err := b.write("config", []byte(bareConfig(isSHA256))); err != nil {
		return err
	}
	return b.packs(folder + "/objects/pack/")
}

type bare struct {
	view   layout.View
	locate located // nil: objects can only be copied
	root   *os.Root
	name   string // of the repository, below root
}

// refs takes packed-refs, and returns whether its ids are of SHA-256. There may be none.
func (b *bare) refs(from string) (isSHA256 bool, err error) {
	e, ok := layout.Follow(b.view, from)
	if !ok {
		return false, nil
	}
	f, err := b.view.Open(e)
	if err != nil {
		return false, err
	}
	defer f.Close()
	begin := make([]byte, 4096)
	n, err := f.ReadAt(begin, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	for line := range strings.Lines(string(begin[:n])) {
		if id, _, _ := strings.Cut(line, " "); line[0] != '#' {
			isSHA256 = len(id) == 64
			break
		}
	}
	return isSHA256, b.place(e, "packed-refs")
}

// packs takes the files of packs.
func (b *bare) packs(folder string) error {
	n := 0
	for e := range b.view.All(folder) {
		base := strings.TrimPrefix(e.Path, folder)
		if !packFile.MatchString(base) {
			continue
		}
		if n++; n > 4*maxPacks {
			return fmt.Errorf("%s: %w: more than %d packs", folder, ErrLimit, maxPacks)
		}
		file, ok := layout.Follow(b.view, e.Path)
		if !ok {
			return fmt.Errorf("%s: %w: it leads to nothing", e.Path, ErrDamaged)
		}
		if err := b.place(file, "objects/pack/"+base); err != nil {
			return err
		}
	}
	return nil
}

func (b *bare) read(p string, limit int64) ([]byte, error) {
	e, ok := layout.Follow(b.view, p)
	if !ok || e.Size > limit {
		return nil, fmt.Errorf("%s: %w: missing, or more than %d bytes", p, ErrDamaged, limit)
	}
	f, err := b.view.Open(e)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

func (b *bare) write(name string, content []byte) error {
	return b.root.WriteFile(path.Join(b.name, name), content, 0o600)
}

// place puts an object at a name of the repository.
func (b *bare) place(e layout.Entry, name string) error {
	f, err := b.view.Open(e) // so that what is damaged is noticed here
	if err != nil {
		return err
	}
	defer f.Close()
	if b.locate != nil {
		if at, err := b.locate.Locate(e); err == nil && b.root.Symlink(at, path.Join(b.name, name)) == nil {
			return nil
		}
	}
	to, err := b.root.OpenFile(path.Join(b.name, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, f)
	return errors.Join(err, to.Close())
}
