package juliatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// WriteGit writes registries and packages as bare git repositories below a folder: a registry at
// NAME.git, with a commit for each state; a package where its Repo is below [WithRepos], NAME.jl.git by
// default, with a commit and a tag for each version, in the order of their publication. Packages
// that share a Repo are its subdirectories, with tags such as NAME-v1.2.3. Packages whose Repo is
// elsewhere, and those of [Upstream.PublishBulk], are left out.
//
// Commits depend on nothing but what was published, so writing again adds what is new. The folder
// may be served by package gitrepo, or read as file:// URLs. It takes a git program.
func (u *Upstream) WriteGit(ctx context.Context, folder string) error {
	for name, h := range u.histories() {
		if err := h.write(ctx, filepath.Join(folder, filepath.FromSlash(name))); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}

// RewriteHistory writes a repository of [Upstream.WriteGit] anew, as after a force-push: all commits
// are others, and only those of some versions ("1.2.3") are there, all else is gone for good. What
// is written later by WriteGit comes back in its old form. The name is relative to the folder
// ("JSON.jl.git").
func (u *Upstream) RewriteHistory(ctx context.Context, folder, name string, versions ...string) error {
	h, ok := u.histories()[name]
	if !ok {
		return fmt.Errorf("there is no repository %s", name)
	}
	var kept history
	for _, c := range h {
		if slices.ContainsFunc(versions, func(v string) bool { return strings.HasSuffix("-"+c.tag, "-v"+v) }) {
			c.message += "\n\nRewritten."
			kept = append(kept, c)
		}
	}
	dir := filepath.Join(folder, filepath.FromSlash(name))
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return kept.write(ctx, dir)
}

// WriteRepository writes any bare git repository, with a commit for each tree. Like
// [Upstream.WriteGit] it adds what is new if the first trees are those that are there.
func WriteRepository(ctx context.Context, dir string, trees ...Tree) error {
	var h history
	for i, t := range trees {
		h = append(h, commit{message: fmt.Sprintf("Commit %d", i+1), root: t.node()})
	}
	return h.write(ctx, dir)
}

// history is the commits of a branch, the first one first.
type history []commit

type commit struct {
	message string
	tag     string // empty: none
	root    *node
}

// histories returns all repositories by their names.
func (u *Upstream) histories() map[string]history {
	u.mu.Lock()
	defer u.mu.Unlock()
	all := map[string]history{}
	type event struct {
		*released
		*Project
	}
	events := map[string][]event{}
	shared := map[string]bool{}
	for _, r := range u.registries {
		r.state()
		var h history
		for i, s := range r.history {
			h = append(h, commit{message: fmt.Sprintf("State %d", i+1), root: s.root})
		}
		all[r.name+".git"] = h
		for _, p := range r.projects {
			name, ok := strings.CutPrefix(p.about.Repo, u.repos+"/")
			if !ok || p.bulk {
				continue
			}
			shared[name] = shared[name] || p.about.Subdir != ""
			for _, v := range p.published {
				events[name] = append(events[name], event{v, p})
			}
			if len(p.published) == 0 && events[name] == nil {
				events[name] = []event{}
			}
		}
	}
	for name, list := range events {
		slices.SortFunc(list, func(a, b event) int { return a.serial - b.serial })
		var h history
		root := newDir()
		for _, e := range list {
			c := commit{message: e.about.Name + " " + e.number.String(), tag: "v" + e.number.String(), root: e.content()}
			if shared[name] {
				root = root.clone()
				if e.about.Subdir == "" {
					// What is at the root has the subdirectories of others in its tree, which
					// no package of General has.
					panic("juliatest: of several packages of " + name + " one is its root")
				}
				root.put(e.about.Subdir, c.root)
				c.root = root
				c.tag = e.about.Name + "-" + c.tag
			}
			h = append(h, c)
		}
		all[name] = h
	}
	return all
}

// firstCommit is when it all began; commits follow by the hour.
var firstCommit = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// write writes the history to a bare repository, which is made if it is not there.
func (h history) write(ctx context.Context, dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "HEAD")); errors.Is(err, os.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := git(ctx, nil, "init", "--quiet", "--bare", "--initial-branch=master", dir); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	if len(h) == 0 {
		return nil
	}
	return git(ctx, h.stream(), "--git-dir="+dir, "fast-import", "--quiet", "--force")
}

// stream is what git fast-import reads.
func (h history) stream() []byte {
	var b bytes.Buffer
	b.WriteString("reset refs/heads/master\n\n")
	for i, c := range h {
		fmt.Fprintf(&b, "commit refs/heads/master\nmark :%d\ncommitter Julia Test <test@juliatest.invalid> %d +0000\ndata %d\n%s\n",
			i+1, firstCommit.Add(time.Duration(i)*time.Hour).Unix(), len(c.message), c.message)
		if i > 0 {
			fmt.Fprintf(&b, "from :%d\n", i)
		}
		b.WriteString("deleteall\n")
		c.root.stream(&b, "")
		b.WriteByte('\n')
		if c.tag != "" {
			fmt.Fprintf(&b, "reset refs/tags/%s\nfrom :%d\n\n", c.tag, i+1)
		}
	}
	return b.Bytes()
}

func (n *node) stream(b *bytes.Buffer, path string) {
	switch n.mode {
	case modeTree:
		if path != "" {
			path += "/"
		}
		for _, name := range slices.Sorted(maps.Keys(n.children)) {
			n.children[name].stream(b, path+name)
		}
	case modeSubmodule:
		fmt.Fprintf(b, "M %s %s %s\n", n.mode, n.text, path)
	default:
		fmt.Fprintf(b, "M %s inline %s\ndata %d\n%s\n", n.mode, path, len(n.text), n.text)
	}
}

// git runs git without anybody's configuration.
func git(ctx context.Context, stdin []byte, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_TEMPLATE_DIR=", "GIT_DIR=")
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(out))
	}
	return nil
}
