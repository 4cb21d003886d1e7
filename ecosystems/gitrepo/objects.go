package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
)

// Objects reads objects of a repository, one after the other, from one running
// "git cat-file --batch". It is for one goroutine, and must be closed.
type Objects struct {
	repo   *Repo
	cmd    *exec.Cmd
	cancel context.CancelFunc
	in     io.WriteCloser
	out    *bufio.Reader
	stderr tail
	rest   io.LimitedReader // of the object that was asked for last, with the line feed behind it
	err    error
	close  func() error
}

// Objects starts to read. The process ends with ctx, or by Close.
func (r *Repo) Objects(ctx context.Context) (*Objects, error) {
	ctx, cancel := context.WithCancel(ctx)
	o := &Objects{repo: r, cancel: cancel}
	o.cmd = r.git.command(ctx, &call{dir: r.dir, args: []string{"cat-file", "--batch"}})
	o.cmd.Stderr = &o.stderr
	in, err := o.cmd.StdinPipe()
	if err != nil {
		cancel()
		return nil, r.wrap(err)
	}
	out, err := o.cmd.StdoutPipe()
	if err == nil {
		err = o.cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, r.wrap(err)
	}
	o.in, o.out = in, bufio.NewReaderSize(out, 64<<10)
	o.rest.R = o.out
	o.close = sync.OnceValue(func() error {
		o.in.Close()
		cancel() // it may be in the middle of a large object
		_ = o.cmd.Wait()
		return nil
	})
	return o, nil
}

// Object returns type, size and content of an object. The content is valid until the next
// call and need not be read. Git does not prove here that the bytes belong to the id.
//
// An object that is not there is [ErrNotFound]; after any other error the Objects is of no more use.
func (o *Objects) Object(id string) (kind string, size int64, content io.Reader, err error) {
	if o.err != nil {
		return "", 0, nil, o.err
	}
	if !validID(id) {
		return "", 0, nil, fmt.Errorf("%s: %.80q is no object id", o.repo.name, id)
	}
	if _, err := io.Copy(io.Discard, &o.rest); err != nil || o.rest.N > 0 {
		return "", 0, nil, o.fail(err)
	}
	if _, err := io.WriteString(o.in, id+"\n"); err != nil {
		return "", 0, nil, o.fail(err)
	}
	line, err := o.out.ReadSlice('\n')
	if err != nil {
		return "", 0, nil, o.fail(err)
	}
	got, i, err := parseInfo(strings.TrimSuffix(string(line), "\n"))
	switch {
	case err != nil:
		return "", 0, nil, o.fail(err)
	case i.kind == "":
		return "", 0, nil, fmt.Errorf("%s: %s: %w", o.repo.name, id, ErrNotFound)
	case got != id:
		return "", 0, nil, o.fail(fmt.Errorf("%w: %s instead of %s", ErrBadAnswer, got, id))
	}
	o.rest.N = i.size + 1
	return i.kind, i.size, &body{o: o, left: i.size}, nil
}

// fail ends the use of a process that does not do as it should.
func (o *Objects) fail(err error) error {
	_ = o.Close()
	if said := strings.TrimSpace(o.stderr.String()); said != "" {
		err = o.repo.git.failure("cat-file", io.ErrUnexpectedEOF, said, nil)
	} else if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	o.err = fmt.Errorf("%s: cat-file: %w", o.repo.name, err)
	return o.err
}

// Close ends the process.
func (o *Objects) Close() error { return o.close() }

// body is the content of one object.
type body struct {
	o    *Objects
	left int64
}

func (b *body) Read(p []byte) (int, error) {
	if b.left <= 0 || b.o.rest.N <= 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.o.rest.Read(p)
	b.left -= int64(n)
	if errors.Is(err, io.EOF) && b.left > 0 {
		err = b.o.fail(io.ErrUnexpectedEOF)
	}
	return n, err
}
