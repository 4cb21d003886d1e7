package julia

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/layout"
)

// classicSource is what is remembered of a repository.
type classicSource struct {
	Path  string `json:"path"` // of the bare copy, below classicRoot
	URL   string `json:"url"`
	Local bool   `json:"local,omitempty"` // the configuration names it
	Refs  string `json:"refs"`            // digest of all refs
	Tree  string `json:"tree"`            // of HEAD; empty if there are no commits
}

// classicRepo is a repository of the layout, brought up to date once in a run.
type classicRepo struct {
	classicSource
	repo    *gitrepo.Repo // nil: there is none here
	err     error         // why it is not what upstream has
	late    bool          // it is only known after the first sync
	carried bool          // there is none here, but the current snapshot has it
}

// errNotYet stands for what a plan does not fetch.
var errNotYet = errors.New("not known before the first sync")

// bring brings a repository up to date. What upstream says is in the result; the error is
// one of this machine.
//
// If upstream has lost the repository, or a partial run is wanted, the copy that
// is here already goes on being shown.
func (c *classicPart) bring(src classicSource) (*classicRepo, error) {
	key := src.Path + "\n" + src.URL
	if r := c.repos[key]; r != nil {
		return r, nil
	}
	r := &classicRepo{classicSource: src}
	if err := c.update(r); err != nil {
		return nil, err
	}
	if r.repo != nil {
		if err := c.describe(r); err != nil {
			return nil, err
		}
	}
	c.repos[key] = r
	return r, nil
}

func (c *classicPart) update(r *classicRepo) error {
	if repo := c.ofRegistry(r.URL); repo != nil {
		r.repo = repo
		return nil
	}
	repos, err := c.git()
	if err != nil {
		return err
	}
	if err := c.p.adoptRepo(repos, r.URL, r.Path); err != nil {
		return err
	}
	here, openErr := repos.Open(r.URL)
	if c.p.in.Planning && openErr != nil {
		r.err, r.late = errNotYet, true
		return nil
	}
	why, before := c.p.absentBefore(classicRoot + r.Path)
	if before {
		r.err = why
	} else {
		strategy, _ := parseStrategy(c.p.options.CloneStrategy) // checked with the settings
		r.repo, _, r.err = repos.Update(c.p.ctx, gitrepo.Source{URL: r.URL, Strategy: strategy, Local: r.Local, Refs: isPublished})
	}
	switch {
	case r.err == nil:
		return nil
	case c.p.ctx.Err() != nil:
		return c.p.ctx.Err()
	case fetch.IsLocal(r.err):
		return r.err
	}
	r.repo = nil
	if isAbsent(r.err) {
		r.err = fmt.Errorf("%w: %w", fetch.ErrAbsent, r.err)
	}
	if !errors.Is(r.err, fetch.ErrAbsent) && !c.p.in.Selection.AllowPartial {
		return nil
	}
	old := c.old.source(r.Path)
	_, shown := c.before(r.Path + "/HEAD")
	switch {
	case openErr == nil:
		r.repo = here
	case shown && old.URL == r.URL:
		r.carried, r.classicSource = true, old
	default:
		return nil
	}
	c.p.notice(ecosystems.KeptOld, classicRoot+r.Path, "%s is kept as it was: %v", r.Path, r.err)
	r.err = nil
	return nil
}

// isPublished reports whether a ref is what a repository publishes, rather than what others
// proposed to it. Of these, General has hundreds of thousands.
func isPublished(ref string) bool {
	for _, proposals := range []string{"refs/pull/", "refs/merge-requests/", "refs/changes/"} {
		if strings.HasPrefix(ref, proposals) {
			return false
		}
	}
	return true
}

// ofRegistry returns the repository of a registry that the configuration gets from git,
// which is up to date already.
func (c *classicPart) ofRegistry(url string) *gitrepo.Repo {
	for _, s := range c.p.shelves {
		if g, ok := s.origin.(*gitOrigin); ok && g.from.URL == url {
			return g.repo
		}
	}
	return nil
}

// describe notes in which state the repository is.
func (c *classicPart) describe(r *classicRepo) error {
	refs, err := r.repo.Refs(c.p.ctx)
	if err != nil {
		return err
	}
	h := sha256.New()
	for _, ref := range refs {
		fmt.Fprintf(h, "%s %s\n", ref.ID, ref.Name)
	}
	r.Tree = ""
	head, err := r.repo.Head(c.p.ctx)
	if err == nil {
		fmt.Fprintf(h, "HEAD %s\n", head.Name)
		r.Tree, err = r.repo.Resolve(c.p.ctx, "HEAD^{tree}")
	}
	if err != nil && !errors.Is(err, gitrepo.ErrNotFound) {
		return err
	}
	r.Refs = hex.EncodeToString(h.Sum(nil))
	return nil
}

// remembered returns what is remembered of a repository's place.
func (m *classicMemory) source(path string) classicSource {
	if m != nil {
		for _, s := range m.Sources {
			if s.Path == path {
				return s
			}
		}
	}
	return classicSource{}
}

// askRepos brings the repositories of the current snapshot up to date.
func (c *classicPart) askRepos() (bool, error) {
	same := true
	for _, src := range c.old.Sources {
		r, err := c.bring(classicSource{Path: src.Path, URL: src.URL, Local: src.Local})
		if err != nil {
			return false, err
		}
		if r.err == nil || src.Refs != "" || !errors.Is(r.err, fetch.ErrAbsent) {
			same = same && r.err == nil && r.Refs == src.Refs && r.Tree == src.Tree
		}
	}
	return same, nil
}

// emitRepo yields a repository, bare and as the files of its HEAD if tree is not empty. It
// reports whether it is here.
func (c *classicPart) emitRepo(src classicSource, title, tree string) (*classicRepo, error) {
	r, err := c.bring(src)
	if err != nil {
		return nil, err
	}
	switch {
	case r.late:
		c.p.notice("unknown-yet", classicRoot+r.Path, "%s is not known before it is fetched, so it is not in these sums", title)
		return r, nil
	case r.carried:
		c.next.Sources = append(c.next.Sources, r.classicSource)
		err := c.carryAll(r.Path)
		if err == nil && tree != "" {
			err = c.carryAll(tree)
		}
		return r, err
	case r.repo == nil:
		c.next.Sources = append(c.next.Sources, classicSource{Path: src.Path, URL: src.URL, Local: src.Local})
		return r, nil
	}
	c.next.Sources = append(c.next.Sources, r.classicSource)
	if err := c.emitBare(r); err != nil {
		return nil, err
	}
	if tree != "" {
		err = c.emitTree(r, tree)
	}
	return r, err
}

func (c *classicPart) emitClient() error {
	src := classicSource{Path: "PkgMirrors.jl.git", URL: c.p.options.ClassicSources.Client, Local: true}
	return c.emitSingle("client", src, "")
}

func (c *classicPart) emitMetadata() error {
	src := classicSource{Path: "metadata/METADATA.jl.git", URL: c.p.options.ClassicSources.Metadata, Local: true}
	return c.emitSingle("metadata", src, "metadata/METADATA.jl")
}

// emitSingle yields a section that is one repository.
func (c *classicPart) emitSingle(section string, src classicSource, tree string) error {
	r, err := c.emitRepo(src, src.Path, tree)
	if err != nil {
		return err
	}
	if r.err != nil && !r.late {
		if err := c.fail(src.Path, src.Path, r.err); err != nil {
			return err
		}
	}
	c.section(section, r.err != nil, r.Refs)
	return nil
}

// emitBare yields a repository as git has it, so that any web server can hand it out. Its
// packs are called by their checksums.
func (c *classicPart) emitBare(r *classicRepo) error {
	if !c.p.in.Planning {
		if err := r.repo.Compact(c.p.ctx); err != nil {
			return err
		}
	}
	files, err := r.repo.Export(c.p.ctx)
	if errors.Is(err, gitrepo.ErrNotFound) {
		c.p.notice("empty-repository", classicRoot+r.Path, "%s has no commits, so it is not part of the mirror", fetch.Redact(r.URL))
		return nil
	}
	if err != nil {
		return err
	}
	if err := c.expectPacks(files); err != nil {
		return err
	}
	for _, f := range files {
		it := ecosystems.Item{Path: r.Path + "/" + f.Name, Stage: layout.Content, Size: f.Size, Reason: "repository " + r.Path}
		if text, ok := f.Text(); ok {
			it.Source, it.Stage = ecosystems.Made{Bytes: text}, layout.Index
		} else {
			it.Source = ecosystems.Prepared{Make: func(ctx context.Context, w ecosystems.Workshop) (fetch.Object, error) {
				return w.Write(ctx, f.Key(), func(dst io.Writer) error {
					_, err := f.WriteTo(dst)
					return err
				})
			}}
		}
		if _, err := c.put(it); err != nil {
			return err
		}
	}
	return nil
}

// expectPacks says how much of a repository is not in the store yet.
func (c *classicPart) expectPacks(files []gitrepo.File) error {
	if c.p.in.Planning {
		return nil
	}
	e := ecosystems.Expectation{Instead: "classic without that part"}
	for _, f := range files {
		if f.Key() == "" {
			continue
		}
		if _, held := c.p.in.Workshop.Held(fetch.Request{Key: f.Key()}); !held {
			e.Files++
			e.Bytes += f.Size
		}
	}
	if e.Files == 0 {
		return nil
	}
	return c.p.in.Expect(e)
}
