package justmrtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// gitPrefix is the path below which a host has its repositories.
const gitPrefix = "/git/"

// Repository is a bare git repository of a host. Its methods are for one goroutine at a time.
type Repository struct {
	host *Host
	name string // with ".git"
	dir  string
	made int // commits
}

// Repository makes an empty repository, at URL/git/NAME.git.
func (h *Host) Repository(ctx context.Context, name string) (*Repository, error) {
	r := &Repository{host: h, name: name + ".git", dir: h.gitDir(name + ".git")}
	if _, err := os.Stat(r.dir); !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("repository %s exists", name)
	}
	if err := os.MkdirAll(filepath.Dir(r.dir), 0o750); err != nil {
		return nil, err
	}
	_, err := git(ctx, nil, "init", "--quiet", "--bare", "--initial-branch=master", r.dir)
	return r, err
}

// URL returns where the repository is served, ending in ".git".
func (r *Repository) URL() string { return r.host.url + gitPrefix + r.name }

// Path returns the folder of the repository.
func (r *Repository) Path() string { return r.dir }

// Commit adds a commit to a branch, which is made if there is none, and returns its id. It consists
// of exactly these files. Dates are fixed, so the same history has the same ids.
func (r *Repository) Commit(ctx context.Context, branch string, files ...File) (string, error) {
	parent, err := r.Tip(ctx, "refs/heads/"+branch)
	if err != nil {
		return "", err
	}
	return r.commit(ctx, "refs/heads/"+branch, parent, files)
}

// ForcePush replaces a branch by one commit without any history, and returns its id. What the
// branch was is gone: nobody can fetch it any more.
func (r *Repository) ForcePush(ctx context.Context, branch string, files ...File) (string, error) {
	id, err := r.commit(ctx, "refs/heads/"+branch, "", files)
	if err != nil {
		return "", err
	}
	return id, r.forget(ctx)
}

// Tag sets a tag, which may exist, to a commit.
func (r *Repository) Tag(ctx context.Context, name, commit string) error {
	_, err := git(ctx, nil, "--git-dir="+r.dir, "update-ref", "refs/tags/"+name, commit)
	return err
}

// AnnotatedTag sets a tag, which may exist, to a tag object of a commit.
func (r *Repository) AnnotatedTag(ctx context.Context, name, commit string) error {
	stream := fmt.Sprintf("tag %s\nfrom %s\ntagger %s\ndata %d\n%s\n", name, commit, r.person(), len(name), name)
	_, err := git(ctx, []byte(stream), "--git-dir="+r.dir, "fast-import", "--quiet", "--force")
	return err
}

// DeleteBranch deletes a branch, and what only it reached.
func (r *Repository) DeleteBranch(ctx context.Context, branch string) error {
	if _, err := git(ctx, nil, "--git-dir="+r.dir, "update-ref", "-d", "refs/heads/"+branch); err != nil {
		return err
	}
	return r.forget(ctx)
}

// DeleteTag deletes a tag, and what only it reached.
func (r *Repository) DeleteTag(ctx context.Context, name string) error {
	if _, err := git(ctx, nil, "--git-dir="+r.dir, "update-ref", "-d", "refs/tags/"+name); err != nil {
		return err
	}
	return r.forget(ctx)
}

// Tree returns the id of the tree of a commit, or of a folder of it.
func (r *Repository) Tree(ctx context.Context, commit, folder string) (string, error) {
	return git(ctx, nil, "--git-dir="+r.dir, "rev-parse", "--verify", commit+":"+folder)
}

// Tip returns the commit of a full ref, or "" if there is no such ref.
func (r *Repository) Tip(ctx context.Context, ref string) (string, error) {
	return git(ctx, nil, "--git-dir="+r.dir, "for-each-ref", "--format=%(objectname)", ref)
}

// Remove removes the repository; its URL is answered by 404.
func (r *Repository) Remove() error { return os.RemoveAll(r.dir) }

func (r *Repository) commit(ctx context.Context, ref, parent string, files []File) (string, error) {
	message := fmt.Sprintf("Commit %d", r.made+1)
	var b bytes.Buffer
	fmt.Fprintf(&b, "reset %s\n\ncommit %s\nmark :1\ncommitter %s\ndata %d\n%s\n", ref, ref, r.person(), len(message), message)
	if parent != "" {
		fmt.Fprintf(&b, "from %s\ndeleteall\n", parent)
	}
	for _, f := range files {
		fmt.Fprintf(&b, "M 100644 inline %s\ndata %d\n%s\n", f.Name, len(f.Text), f.Text)
	}
	b.WriteString("\n")
	r.made++
	if _, err := git(ctx, b.Bytes(), "--git-dir="+r.dir, "fast-import", "--quiet", "--force"); err != nil {
		return "", err
	}
	return r.Tip(ctx, ref)
}

// person is who made the next commit, and when.
func (r *Repository) person() string {
	return fmt.Sprintf("Just Test <test@justmrtest.invalid> %d +0000", epoch.Add(time.Duration(r.made)*time.Hour).Unix())
}

// forget removes what no ref reaches.
func (r *Repository) forget(ctx context.Context) error {
	_, err := git(ctx, nil, "--git-dir="+r.dir, "gc", "--quiet", "--prune=now")
	return err
}

// git runs git without anybody's configuration and returns what it says.
func git(ctx context.Context, stdin []byte, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_TEMPLATE_DIR=", "GIT_DIR=")
	cmd.Stdin = bytes.NewReader(stdin)
	var said, complained bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &complained
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(complained.Bytes()))
	}
	return strings.TrimSpace(said.String()), nil
}
