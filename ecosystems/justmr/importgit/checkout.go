package importgit

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/justmr/repos"
)

// Checkout is a commit whose files can be read.
type Checkout struct {
	Commit string

	repo  *gitrepo.Repo
	close func()
}

// Close removes what the Checkout needed.
func (c *Checkout) Close() {
	if c.close != nil {
		c.close()
	}
}

// maxLinks bounds how many symbolic links may lead to each other.
const maxLinks = 40

// ReadFile returns the content of a file, of at most [repos.MaxSize] bytes. Symbolic links
// are followed within the repository. The error is [fs.ErrNotExist] if there is no file.
func (c *Checkout) ReadFile(ctx context.Context, name string) ([]byte, error) {
	data, err := c.read(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("%.200q in commit %s: %w", name, c.Commit, err)
	}
	return data, nil
}

func (c *Checkout) read(ctx context.Context, name string) ([]byte, error) {
	rest := strings.Split(name, "/")
	var at []string
	for links := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch {
		case part == "" || part == ".":
			continue
		case part == ".." && len(at) == 0:
			return nil, errOut
		case part == "..":
			at = at[:len(at)-1]
			continue
		}
		mode, id, err := c.entry(ctx, path.Join(path.Join(at...), part))
		switch {
		case err != nil:
			return nil, err
		case mode == "120000":
			if links++; links > maxLinks {
				return nil, fmt.Errorf("more than %d symbolic links", maxLinks)
			}
			target, err := c.blob(ctx, id, 4096)
			if err != nil {
				return nil, err
			}
			if strings.HasPrefix(string(target), "/") {
				return nil, errOut
			}
			rest = slices.Concat(strings.Split(string(target), "/"), rest)
		case mode == "040000":
			at = append(at, part)
		case strings.HasPrefix(mode, "100") && len(rest) == 0:
			return c.blob(ctx, id, repos.MaxSize)
		default:
			return nil, fs.ErrNotExist
		}
	}
	return nil, fs.ErrNotExist
}

var errOut = fmt.Errorf("it leads out of the repository")

// entry returns mode and id of what has a path without links.
func (c *Checkout) entry(ctx context.Context, name string) (mode, id string, err error) {
	out, err := c.repo.Run(ctx, nil, "--literal-pathspecs", "ls-tree", "-z", c.Commit, "--", name)
	if err != nil {
		return "", "", err
	}
	for line := range strings.SplitSeq(string(out), "\x00") {
		about, found, _ := strings.Cut(line, "\t")
		if fields := strings.Fields(about); found == name && len(fields) == 3 {
			return fields[0], fields[2], nil
		}
	}
	return "", "", fs.ErrNotExist
}

func (c *Checkout) blob(ctx context.Context, id string, limit int64) ([]byte, error) {
	objects, err := c.repo.Objects(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = objects.Close() }()
	_, size, content, err := objects.Object(id)
	if err != nil {
		return nil, err
	}
	if size > limit {
		return nil, fmt.Errorf("larger than %d bytes", limit)
	}
	return io.ReadAll(content)
}
