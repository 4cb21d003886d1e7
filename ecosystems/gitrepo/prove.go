package gitrepo

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/offmirror/offmirror/layout"
)

// Lay makes a repository that is part of a snapshot, at folder, readable by git, in a temporary
// folder that remove takes away again. The error is [ErrNoGit] where there is no git.
func Lay(ctx context.Context, view layout.View, folder string) (r *Repo, remove func(), err error) {
	git, err := New(ctx, Options{})
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "offmirror-git-")
	if err != nil {
		return nil, nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	const name = "repository" + Suffix
	if err := layOut(view, folder, dir, name); err != nil {
		remove()
		return nil, nil, err
	}
	return &Repo{git: git, name: folder, dir: filepath.Join(dir, name)}, remove, nil
}

// CheckPacks proves the files of packs of a repository that is part of a snapshot by the checksums
// that they end in, without git. It returns what is wrong, by path; whole is false if
// a pack is missing of those that the repository lists.
func CheckPacks(view layout.View, folder string) (bad map[string]error, whole bool, err error) {
	b := &bare{view: view}
	list, err := b.read(folder+"/objects/info/packs", maxPacks*100)
	if err != nil {
		return nil, false, nil //nolint:nilerr // the file is missing: whoever gave the view knows why
	}
	bad, whole = map[string]error{}, true
	for line := range strings.Lines(string(list)) {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "P ")
		if !ok {
			continue
		}
		for _, suffix := range []string{".pack", ".idx"} {
			p := path.Join(folder, "objects/pack", strings.TrimSuffix(name, ".pack")+suffix)
			e, ok := layout.Follow(view, p)
			if !ok {
				whole = false
				continue
			}
			if err := checkPack(view, e, len(name) > 60); err != nil {
				bad[p] = err
			}
		}
	}
	return bad, whole, nil
}

func checkPack(view layout.View, e layout.Entry, isSHA256 bool) error {
	f, err := view.Open(e)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := &trailing{sum: sha1.New()}
	if isSHA256 {
		sum.sum = sha256.New()
	}
	if _, err := io.CopyBuffer(sum, struct{ io.Reader }{f}, make([]byte, 256<<10)); err != nil {
		return err
	}
	if !sum.holds() {
		return fmt.Errorf("%w: its checksum is another", ErrDamaged)
	}
	return nil
}
