package gitrepo

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Pin is a commit that clients look up by the short name of a branch or a tag: they fetch
// that, and then want to find the commit.
type Pin struct {
	Branch string `json:"branch"`
	Commit string `json:"commit"`
}

// CheckBranch returns what is wrong with the short name of a branch or tag.
func CheckBranch(name string) error {
	if !validRef("refs/heads/" + name) {
		return fmt.Errorf("%.100q can be no name of a branch or tag", name)
	}
	return nil
}

// TreeRef is the ref that stands for a tree in what [Repo.ExportPinned] returns.
func TreeRef(tree string) string { return "refs/offmirror/tree/" + tree }

// ExportPinned is [Repo.Export] for clients that look commits up by branches. In what it returns,
// refs/heads/BRANCH or refs/tags/BRANCH reaches each pinned commit; the repository itself, and
// its refs, stay as upstream has them. Where upstream's refs do not reach a commit any more,
// because they were rewritten, moved, deleted, or never had that name,
//
//   - refs/heads/BRANCH stands for the commit, if that has all that the branch has;
//   - or else for a merge of the branch and the commits, with the tree of the
//     branch, which is part of a pack of its own. It depends on nothing but what it merges;
//   - where another ref is in the way of refs/heads/BRANCH, refs/tags/BRANCH does.
//
// Each of trees gets a ref, [TreeRef], that stands for a commit with that tree.
//
// A pin or tree that is not here is [ErrLacks].
func (r *Repo) ExportPinned(ctx context.Context, pins []Pin, trees ...string) ([]File, error) {
	return r.exportWith(ctx, func(refs []peeledRef) ([]peeledRef, []File, error) {
		p := &pinning{r: r, ids: map[string]string{}, refs: map[string]peeledRef{}}
		for _, ref := range refs {
			p.refs[ref.Name], p.ids[ref.Name] = ref, ref.ID
		}
		if err := p.check(ctx, pins, trees); err != nil {
			return nil, nil, err
		}
		if err := p.pin(ctx, pins); err != nil {
			return nil, nil, err
		}
		p.keepTrees(trees)
		files, err := p.pack()
		refs = slices.SortedFunc(maps.Values(p.refs), func(a, b peeledRef) int { return cmp.Compare(a.Name, b.Name) })
		return refs, files, err
	})
}

// Unreached returns the pins that neither refs/heads/BRANCH nor refs/tags/BRANCH reaches, in
// their order.
func (r *Repo) Unreached(ctx context.Context, pins []Pin) ([]Pin, error) {
	refs, err := r.peeledRefs(ctx)
	if err != nil {
		return nil, r.wrap(err)
	}
	p := &pinning{r: r, refs: map[string]peeledRef{}}
	for _, ref := range refs {
		p.refs[ref.Name] = ref
	}
	lost := map[Pin]bool{}
	for branch, commits := range byBranch(pins) {
		missing, err := p.unreached(ctx, branch, commits)
		if err != nil {
			return nil, r.wrap(err)
		}
		for _, id := range missing {
			lost[Pin{branch, id}] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(pins), func(p Pin) bool { return !lost[p] }), nil
}

// pinning is the refs of an export in the making.
type pinning struct {
	r    *Repo
	refs map[string]peeledRef
	ids  map[string]string // of refs

	made     map[string][]byte // commits that are not in the repository, by id
	isSHA256 bool
}

// check reports pins that make no sense, or that are not here.
func (p *pinning) check(ctx context.Context, pins []Pin, trees []string) error {
	var commits []string
	for _, pin := range pins {
		if err := CheckBranch(pin.Branch); err != nil {
			return err
		}
		commits = append(commits, pin.Commit)
	}
	kinds, err := p.r.git.kinds(ctx, p.r.dir, append(commits, trees...))
	if err != nil {
		return err
	}
	for _, id := range commits {
		if kinds[id].kind != "commit" {
			return fmt.Errorf("%w: %s", ErrLacks, id)
		}
	}
	for _, id := range trees {
		if kinds[id].kind != "tree" {
			return fmt.Errorf("%w: %s", ErrLacks, id)
		}
	}
	for _, id := range p.ids {
		p.isSHA256 = len(id) == 64
	}
	return nil
}

// pin makes branches reach the commits.
func (p *pinning) pin(ctx context.Context, pins []Pin) error {
	wanted := byBranch(pins)
	for _, branch := range slices.Sorted(maps.Keys(wanted)) {
		lost, err := p.unreached(ctx, branch, wanted[branch])
		if err != nil {
			return err
		}
		if len(lost) == 0 {
			continue
		}
		id, err := p.join(ctx, branch, lost)
		if err == nil {
			err = p.place(branch, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func byBranch(pins []Pin) map[string][]string {
	commits := map[string][]string{}
	for _, pin := range pins {
		if !slices.Contains(commits[pin.Branch], pin.Commit) {
			commits[pin.Branch] = append(commits[pin.Branch], pin.Commit)
		}
	}
	return commits
}

// commit returns what a ref names in the end, or "" if there is no such ref.
func (p *pinning) commit(name string) string {
	ref := p.refs[name]
	return cmp.Or(ref.peeled, ref.ID)
}

// unreached returns those of the commits that a client does not get with the branch, sorted.
func (p *pinning) unreached(ctx context.Context, branch string, commits []string) ([]string, error) {
	tips := map[string]string{}
	for _, name := range []string{"refs/heads/" + branch, "refs/tags/" + branch} {
		if id := p.commit(name); id != "" {
			tips[name] = id
		}
	}
	u := &update{g: p.r.git, dir: p.r.dir}
	return u.unreachable(ctx, slices.Clone(commits), tips)
}

// join returns a commit that reaches the branch and the lost commits.
func (p *pinning) join(ctx context.Context, branch string, lost []string) (string, error) {
	tip := p.commit("refs/heads/" + branch)
	if tip != "" {
		kinds, err := p.r.git.kinds(ctx, p.r.dir, []string{tip})
		if err != nil {
			return "", err
		}
		if kinds[tip].kind != "commit" {
			tip = "" // nobody can have built on it
		}
	}
	all := lost
	if tip != "" {
		all = append([]string{tip}, lost...)
	}
	tops, err := p.independent(ctx, all)
	if err != nil || len(tops) == 1 {
		return tops[0], err
	}
	tree, err := p.r.Resolve(ctx, all[0]+"^{tree}")
	if err != nil {
		return "", err
	}
	date, err := p.latest(ctx, tops)
	if err != nil {
		return "", err
	}
	return p.make(tree, tops, date, "Pinned commits of "+branch+"\n\nUpstream's branch does not lead to all of them.\n"), nil
}

// independent drops what others of the commits reach, and keeps the order.
func (p *pinning) independent(ctx context.Context, commits []string) ([]string, error) {
	if len(commits) == 1 {
		return commits, nil
	}
	out, err := p.r.git.run(ctx, call{dir: p.r.dir, args: append([]string{"merge-base", "--independent"}, commits...)})
	if err != nil {
		return []string{""}, err
	}
	left := strings.Fields(string(out))
	tops := slices.DeleteFunc(slices.Clone(commits), func(id string) bool { return !slices.Contains(left, id) })
	if len(tops) == 0 {
		return []string{""}, fmt.Errorf("%w: none of %v is independent", ErrBadAnswer, commits)
	}
	return tops, nil
}

// lastDate is the year 2100. Dates of commits are whatever their authors say.
const lastDate = 4102444800

// latest returns the latest date of commits, so that a merge of them is not older than they are,
// which would mislead walks through history.
func (p *pinning) latest(ctx context.Context, commits []string) (int64, error) {
	var date int64
	_, err := p.r.git.run(ctx, call{
		dir: p.r.dir, args: []string{"rev-list", "--no-walk", "--format=%ct", "--stdin"}, stdin: lines(commits),
		each: func(line []byte) error {
			if n, err := strconv.ParseInt(string(line), 10, 64); err == nil {
				date = max(date, min(n, lastDate))
			}
			return nil
		},
	})
	return date, err
}

// make notes a commit, and returns its id.
func (p *pinning) make(tree string, parents []string, date int64, message string) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "tree %s\n", tree)
	for _, id := range parents {
		fmt.Fprintf(&b, "parent %s\n", id)
	}
	for _, who := range []string{"author", "committer"} {
		fmt.Fprintf(&b, "%s offmirror <offmirror@localhost> %d +0000\n", who, date)
	}
	b.WriteString("\n" + message)
	id := objectID(kindCommit, b.Bytes(), p.isSHA256)
	if p.made == nil {
		p.made = map[string][]byte{}
	}
	p.made[id] = b.Bytes()
	return id
}

// place makes a ref for a branch stand for a commit.
func (p *pinning) place(branch, id string) error {
	for _, prefix := range []string{"refs/heads/", "refs/tags/"} {
		name := prefix + branch
		if _, taken := p.refs[name]; taken && prefix == "refs/tags/" || len(inTheWay(p.ids, name)) > 0 {
			continue
		}
		p.set(name, id)
		return nil
	}
	return fmt.Errorf("branch %q: upstream has other refs in the place of refs/heads/%s and refs/tags/%s", branch, branch, branch)
}

func (p *pinning) set(name, id string) {
	p.refs[name], p.ids[name] = peeledRef{Ref: Ref{Name: name, ID: id}}, id
}

// keepTrees gives trees their refs.
func (p *pinning) keepTrees(trees []string) {
	for _, tree := range trees {
		p.set(TreeRef(tree), p.make(tree, nil, 0, "Tree "+tree+"\n"))
	}
}

// pack returns a pack of the commits that were made. What it is depends on nothing else: the
// content is not compressed, as compressors may change.
func (p *pinning) pack() ([]File, error) {
	if len(p.made) == 0 {
		return nil, nil
	}
	var out bytes.Buffer
	w, err := newPackWriter(&out, len(p.made), zlib.NoCompression, p.isSHA256)
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(p.made)) {
		if _, err := w.add(kindCommit, int64(len(p.made[id])), bytes.NewReader(p.made[id])); err != nil {
			return nil, err
		}
	}
	sum, index, err := w.finish()
	if err != nil {
		return nil, err
	}
	stem := "objects/pack/pack-" + sum
	return []File{made(stem+".idx", string(index)), made(stem+".pack", out.String())}, nil
}

// objectID is the id of an object.
func objectID(kind byte, content []byte, isSHA256 bool) string {
	sum := sha1.New()
	if isSHA256 {
		sum = sha256.New()
	}
	fmt.Fprintf(sum, "%s %d\x00", kindNames[kind], len(content))
	sum.Write(content)
	return hex.EncodeToString(sum.Sum(nil))
}
