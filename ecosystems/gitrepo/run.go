package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// call is one run of git.
type call struct {
	dir     string // the repository; empty: none
	args    []string
	stdin   io.Reader
	limit   int64  // of the output in bytes; default 64 MiB
	allow   string // protocols; default: none
	config  []setting
	secrets []string
	timeout time.Duration // default 10 minutes: nothing local takes longer, but a huge fsck
	each    func(line []byte) error
}

const (
	defaultOutput  = 64 << 20
	defaultTimeout = 10 * time.Minute
	errorTail      = 8 << 10
)

// command prepares the process of a call.
func (g *Git) command(ctx context.Context, c *call) *exec.Cmd {
	args := c.args
	if c.dir != "" {
		args = append([]string{"--git-dir=" + c.dir}, args...)
	}
	cmd := exec.CommandContext(ctx, g.program, args...) //nolint:gosec // the program is the user's choice, the arguments are ours
	allow := c.allow
	if allow == "" {
		allow = "none"
	}
	cmd.Env = g.environ(allow, c.config)
	cmd.Stdin = c.stdin
	cmd.WaitDelay = 5 * time.Second
	OwnGroup(cmd)
	return cmd
}

// run runs git to its end and returns what it wrote, or nothing if c.each was
// given the lines.
func (g *Git) run(ctx context.Context, c call) ([]byte, error) {
	if c.timeout == 0 {
		c.timeout = defaultTimeout
	}
	if c.limit == 0 {
		c.limit = defaultOutput
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, ErrTimeout)
	defer cancel()
	cmd := g.command(ctx, &c)
	out := &capped{limit: c.limit, stop: cancel, each: c.each}
	var complaint tail
	cmd.Stdout, cmd.Stderr = out, &complaint
	err := cmd.Run()
	if out.err == nil && c.each != nil && err == nil {
		out.flush()
	}
	switch {
	case out.err != nil:
		return nil, out.err
	case err == nil:
		return out.buf.Bytes(), nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("git %s: %w", c.args[0], context.Cause(ctx))
	}
	return nil, g.failure(c.args[0], err, complaint.String(), c.secrets)
}

// capped keeps output up to a limit, or hands out its lines.
// Its buffer is no embedded one: that has a ReadFrom, which would pass Write by.
type capped struct {
	buf   bytes.Buffer
	limit int64
	seen  int64
	stop  func()
	each  func([]byte) error
	err   error
}

func (c *capped) Write(p []byte) (int, error) {
	if c.seen += int64(len(p)); c.seen > c.limit {
		c.err = fmt.Errorf("%w: more than %d bytes of output", ErrLimit, c.limit)
	}
	if c.err == nil {
		c.buf.Write(p)
		for c.each != nil && c.err == nil {
			i := bytes.IndexByte(c.buf.Bytes(), '\n')
			if i < 0 {
				break
			}
			c.err = c.each(c.buf.Next(i + 1)[:i])
		}
	}
	if c.err != nil {
		c.stop()
		return 0, c.err
	}
	return len(p), nil
}

func (c *capped) flush() {
	if c.buf.Len() > 0 {
		c.err = c.each(c.buf.Bytes())
	}
}

// tail keeps the end of what git complains of.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.b = append(t.b, p...)
	if n := len(t.b) - errorTail; n > 0 {
		t.b = append(t.b[:0], t.b[n:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.b) }

// exitCode returns the status that git ended with, or -1.
func exitCode(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	return -1
}

// lines yields a text as input, line by line.
func lines(list []string) io.Reader { return strings.NewReader(strings.Join(list, "\n") + "\n") }
