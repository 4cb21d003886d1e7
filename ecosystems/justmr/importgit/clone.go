package importgit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/fetch"
)

// cloneTimeout bounds a clone, in which the user may have been asked for a password.
const cloneTimeout = time.Hour

// maxComplaint bounds what is shown of git's own messages, in bytes.
const maxComplaint = 64 << 10

// Clone returns the Source that asks the URL itself, with the git program of the PATH in the
// environment that is given. git may ask the user for a password on the
// terminal. What it says is written to remarks, without credentials.
func Clone(environment []string, remarks io.Writer) Source {
	return func(ctx context.Context, url, branch string) (*Checkout, error) {
		return clone(ctx, url, url, branch, environment, remarks)
	}
}

// clone gets the repository of a URL from a place.
func clone(ctx context.Context, url, place, branch string, environment []string, remarks io.Writer) (_ *Checkout, err error) {
	if place == "" || strings.HasPrefix(place, "-") {
		return nil, fmt.Errorf("%.200q is no URL of a git repository", place)
	}
	git, err := gitrepo.New(ctx, gitrepo.Options{})
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "offmirror-import-")
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	remove := func() {
		_ = root.Close()
		_ = os.RemoveAll(folder)
	}
	defer func() {
		if err != nil {
			remove()
		}
	}()
	if err := root.Mkdir("localhost", 0o700); err != nil {
		return nil, err
	}
	store, err := gitrepo.NewStore(git, root)
	if err != nil {
		return nil, err
	}
	for depth := 1; ; depth++ {
		if err := runClone(ctx, folder, place, branch, depth, environment, remarks); err != nil {
			return nil, fmt.Errorf("git clone of branch %.200q of %s failed: %w", branch, fetch.Redact(url), err)
		}
		repo, err := store.Open("/src.git")
		if err != nil {
			return nil, err
		}
		tip, err := repo.Resolve(ctx, "HEAD^{commit}")
		if err != nil {
			return nil, err
		}
		commit, err := ofUpstream(ctx, repo, tip)
		if err != nil {
			return nil, err
		}
		if commit == tip || depth > 1 {
			return &Checkout{Commit: commit, repo: repo, close: remove}, nil
		}
		// A mirror's own merge: its parent is wanted, which a clone of one commit lacks.
		if err := root.RemoveAll("localhost/src.git"); err != nil {
			return nil, err
		}
	}
}

// ofRepositories are variables that make git work on another repository than it is told to, as
// they are set where a hook runs.
var ofRepositories = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX",
}

// runClone runs git in the user's own group of processes, so that it can use the terminal, and
// with the user's environment. Nothing of the repository is executed, since it is not checked out.
func runClone(ctx context.Context, folder, place, branch string, depth int, environment []string, remarks io.Writer) error {
	ctx, cancel := context.WithTimeoutCause(ctx, cloneTimeout, gitrepo.ErrTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "git", //nolint:gosec // the URL is the user's, and no option
		"-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "fetch.recurseSubmodules=false",
		"-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "advice.detachedHead=false",
		"clone", "--bare", "--template=", "--depth="+strconv.Itoa(depth), "--branch="+branch, "--", place, "src.git")
	cmd.Dir = filepath.Join(folder, "localhost")
	cmd.Env = slices.DeleteFunc(slices.Clone(environment), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(ofRepositories, name)
	})
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it takes its helpers with it
	cmd.WaitDelay = 5 * time.Second
	var said complaint
	cmd.Stderr = &said
	err := cmd.Run()
	if len(said) > 0 {
		fmt.Fprintln(remarks, strings.TrimRight(strings.ReplaceAll(string(said), place, fetch.Redact(place)), "\n"))
	}
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// complaint is the beginning of what git says.
type complaint []byte

func (c *complaint) Write(p []byte) (int, error) {
	*c = append(*c, p[:min(len(p), maxComplaint-len(*c))]...)
	return len(p), nil
}
