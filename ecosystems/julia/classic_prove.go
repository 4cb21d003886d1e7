package julia

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// proveClassic yields what is wrong with the classic layout in a snapshot, as
// [ecosystems.Prover] says:
//
//   - tarballs hold, in one folder, the tree that their names tell, and the checksums beside
//     them are theirs;
//   - links lead to what is here, those with versions to a tarball of the same package;
//   - packs and their indexes are whole and belong together, repositories have all that git
//     asks for, git finds every object right and none missing, and list.txt names registries that are here;
//   - releases are those below bin/, which [driver.proveReleases] proves.
func (d *driver) proveClassic(ctx context.Context, view layout.View) iter.Seq2[string, error] {
	v := &classicProof{view: view, julia: map[string][]store.ID{}}
	for e := range view.All("bin/") {
		base := path.Base(e.Path)
		v.julia[base] = append(v.julia[base], e.Object)
	}
	return inOrder(ctx, view.All(classicRoot), v.entry)
}

// classicProof proves entries one by one, several at once.
type classicProof struct {
	view  layout.View
	julia map[string][]store.ID // files below bin/, by their base names
	noGit sync.Once
}

func (v *classicProof) entry(ctx context.Context, e layout.Entry) error {
	rest := e.Path[len(classicRoot):]
	if e.IsLink() {
		return v.link(e, rest)
	}
	if f, ok := classic.ParsePackageFile(rest); ok {
		if _, summed := v.view.Lookup(e.Path + classic.SumSuffix); !summed {
			return errors.New("its checksum is missing")
		}
		return v.tarball(ctx, e, f)
	}
	folder, file, _ := strings.Cut(rest, "/")
	at := strings.Index(e.Path, gitrepo.Suffix+"/")
	switch {
	case rest == classic.ListPath:
		return v.list(e)
	case folder == "packages" && strings.HasSuffix(file, classic.SumSuffix):
		return v.sum(e)
	case folder == "releases" && rest != classic.ReleaseInfoPath:
		return v.release(e)
	case at >= 0:
		at += len(gitrepo.Suffix + "/")
		return v.repository(ctx, e, e.Path[:at], e.Path[at:])
	}
	return nil
}

func (v *classicProof) tarball(ctx context.Context, e layout.Entry, f classic.PackageFile) error {
	if !ecosystems.InSample(v.view, e) {
		return nil
	}
	body, err := v.view.Open(e)
	if err != nil {
		return err
	}
	defer body.Close()
	if f.Tree.IsZero() {
		return classic.ProveLatest(cancellable{ctx, body}, e.Size)
	}
	return classic.Proof(f.Tree)(cancellable{ctx, body}, e.Size)
}

// sum proves a checksum: the id of an object is its SHA-256.
func (v *classicProof) sum(e layout.Entry) error {
	of, ok := v.view.Lookup(strings.TrimSuffix(e.Path, classic.SumSuffix))
	if !ok {
		return errors.New("what it is the checksum of is missing")
	}
	text, err := v.text(e)
	if err != nil {
		return err
	}
	if want := of.Object.String() + "\n"; text != want {
		return fmt.Errorf("it says %.80q of a file whose SHA-256 is %s", text, of.Object)
	}
	return nil
}

// maxText is far beyond lists and checksums, in bytes.
const maxText = 16 << 20

func (v *classicProof) text(e layout.Entry) (string, error) {
	if e.Size > maxText {
		return "", fmt.Errorf("it has %d bytes, which is more than %d", e.Size, maxText)
	}
	f, err := v.view.Open(e)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	return string(data), err
}

func (v *classicProof) link(e layout.Entry, rest string) error {
	target := path.Join(path.Dir(e.Path), e.Link)
	end, isFile := layout.Follow(v.view, e.Path)
	parts := strings.Split(rest, "/")
	if parts[0] == "packages" && len(parts) == 4 && strings.HasPrefix(parts[3], parts[1]+"-") {
		to, ok := classic.ParsePackageFile(strings.TrimSuffix(end.Path, classic.SumSuffix)[min(len(classicRoot), len(end.Path)):])
		if !isFile || !ok || to.Package != parts[1] || to.Registry != parts[2] || to.Tree.IsZero() ||
			strings.HasSuffix(rest, classic.SumSuffix) != strings.HasSuffix(end.Path, classic.SumSuffix) {
			return fmt.Errorf("it leads to %s, which is no tarball of the package", e.Link)
		}
		return nil
	}
	if !isFile && !v.isFolder(target) {
		return fmt.Errorf("it leads to %s, which is not here", e.Link)
	}
	return nil
}

func (v *classicProof) isFolder(path string) bool {
	for range v.view.All(path + "/") {
		return true
	}
	return false
}

func (v *classicProof) list(e layout.Entry) error {
	text, err := v.text(e)
	if err != nil {
		return err
	}
	for name := range strings.Lines(text) {
		name, whole := strings.CutSuffix(name, "\n")
		if !whole || layout.CheckPath(name) != nil {
			return fmt.Errorf("%.80q is no line with a name", name)
		}
		if _, here := v.view.Lookup(classicRoot + classic.RegistryPath(name) + gitrepo.Suffix + "/HEAD"); !here {
			return fmt.Errorf("it names %.80q, whose repository is not here", name)
		}
	}
	return nil
}

func (v *classicProof) release(e layout.Entry) error {
	if !slices.Contains(v.julia[path.Base(e.Path)], e.Object) {
		return errors.New("it is no file that is below bin/")
	}
	return nil
}

// repository proves a file of a bare repository.
func (v *classicProof) repository(ctx context.Context, e layout.Entry, repo, name string) error {
	switch ext := path.Ext(name); {
	case name == "HEAD":
		for _, other := range []string{"packed-refs", "info/refs", "objects/info/packs"} {
			if _, ok := v.view.Lookup(repo + other); !ok {
				return fmt.Errorf("%s is missing beside it", other)
			}
		}
		return v.fsck(ctx, strings.TrimSuffix(repo, "/"))
	case name == "objects/info/packs":
		return v.packs(e, repo)
	case strings.HasPrefix(name, "objects/pack/") && (ext == ".pack" || ext == ".idx"):
		if ecosystems.InSample(v.view, e) {
			return v.pack(ctx, e)
		}
	}
	return nil
}

// fsck has git prove a repository: every object by its id, and that all is there which refs reach. Where
// packs are damaged or missing, which they say themselves, there is nothing more to be said.
func (v *classicProof) fsck(ctx context.Context, folder string) error {
	sampled := false
	for e := range v.view.All(folder + "/objects/pack/") {
		sampled = sampled || ecosystems.InSample(v.view, e)
	}
	if !sampled {
		return nil
	}
	bad, whole, err := gitrepo.CheckPacks(v.view, folder)
	if err != nil || len(bad) > 0 || !whole {
		return err
	}
	r, remove, err := gitrepo.Lay(ctx, v.view, folder)
	if errors.Is(err, gitrepo.ErrNoGit) {
		v.noGit.Do(func() { slog.Warn("repositories are proven by the checksums of their packs only", "error", err) })
		return nil
	}
	if err != nil {
		return err
	}
	defer remove()
	return r.Verify(ctx, false)
}

// packs proves the list of packs, by which clients without a smart server find them.
func (v *classicProof) packs(e layout.Entry, repo string) error {
	text, err := v.text(e)
	if err != nil {
		return err
	}
	for line := range strings.Lines(text) {
		name, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "P ")
		if !ok {
			continue
		}
		for _, file := range []string{name, strings.TrimSuffix(name, ".pack") + ".idx"} {
			if _, here := v.view.Lookup(repo + "objects/pack/" + file); !here {
				return fmt.Errorf("it names %.100s, which is not here", file)
			}
		}
	}
	return nil
}

// pack proves a pack or index by the checksum at its end, and an index by that of the
// pack, which stands before. Packs are called by their object format's kind of checksum.
func (v *classicProof) pack(ctx context.Context, e layout.Entry) error {
	f, err := v.view.Open(e)
	if err != nil {
		return err
	}
	defer f.Close()
	stem, isIndex := strings.CutSuffix(e.Path, ".idx")
	h := sha1.New()
	if len(path.Base(strings.TrimSuffix(stem, ".pack"))) == len("pack-")+2*sha256.Size {
		h = sha256.New()
	}
	n := int64(h.Size())
	body := cancellable{ctx, f}
	last, err := tail(body, e.Size, 2*n)
	if err != nil {
		return err
	}
	if _, err := io.Copy(h, io.NewSectionReader(body, 0, e.Size-n)); err != nil {
		return err
	}
	if !bytes.Equal(h.Sum(nil), last[n:]) {
		return fmt.Errorf("%w: the checksum at its end is another", gitrepo.ErrDamaged)
	}
	if !isIndex {
		return nil
	}
	pack, ok := v.view.Lookup(stem + ".pack")
	if !ok {
		return errors.New("its pack is missing")
	}
	p, err := v.view.Open(pack)
	if err != nil {
		return err
	}
	defer p.Close()
	want, err := tail(p, pack.Size, n)
	if err == nil && !bytes.Equal(last[:n], want) {
		err = fmt.Errorf("%w: it is the index of another pack", gitrepo.ErrDamaged)
	}
	return err
}

// tail returns the last bytes of a file.
func tail(f io.ReaderAt, size, n int64) ([]byte, error) {
	b := make([]byte, n)
	if size < n {
		return nil, fmt.Errorf("%w: it has %d bytes", gitrepo.ErrDamaged, size)
	}
	if got, err := f.ReadAt(b, size-n); got < len(b) {
		return nil, err
	}
	return b, nil
}
