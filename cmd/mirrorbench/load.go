package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// load is what a server came to.
type load struct {
	Measurement
	rate float64 // answers, or bytes, a second
}

// load starts a server, loads it with wrk for a while, and ends it.
func (b *Bench) load(ctx context.Context, u *Upstream, s server, d demand) (load, error) {
	root, err := d.root(ctx, b)
	if err != nil {
		return load{}, err
	}
	paths, err := d.paths(u)
	if err != nil {
		return load{}, err
	}
	folder, err := b.fresh()
	if err != nil {
		return load{}, err
	}
	port, err := freePort(ctx)
	if err != nil {
		return load{}, err
	}
	c, url, err := s.start(b, root, folder, port)
	if err != nil {
		return load{}, err
	}
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Dir, cmd.SysProcAttr = c.Dir, &syscall.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return load{}, err
	}
	if err := cmd.Start(); err != nil {
		return load{}, err
	}
	defer func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }()
	if url == "" {
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			return load{}, fmt.Errorf("the first line should be the URL: %w", err)
		}
		url = strings.TrimRight(strings.TrimSpace(line), "/") + "/hex"
	}
	if err := awaitAnswer(ctx, url+paths[0]); err != nil {
		return load{}, err
	}
	script, err := d.script(ctx, folder, url, paths)
	if err != nil {
		return load{}, err
	}
	if d.warm {
		for range 2 { // which is enough for each of them, if the server is not a slow one
			if _, _, err := b.wrk(ctx, script, url); err != nil {
				return load{}, err
			}
		}
	}
	idle := groupCPU(cmd.Process.Pid)
	rate, moved, err := b.wrk(ctx, script, url)
	if err != nil {
		return load{}, err
	}
	l := load{rate: rate}
	if d.bytes {
		l.rate = moved
	}
	l.CPU = groupCPU(cmd.Process.Pid) - idle
	if err := syscall.Kill(cmd.Process.Pid, syscall.SIGTERM); err != nil {
		return load{}, err
	}
	_ = cmd.Wait() // some call SIGTERM a failure
	if cmd.ProcessState != nil {
		l.PeakRSS = peakRSS(cmd.ProcessState.SysUsage().(*syscall.Rusage))
	}
	return l, nil
}

// awaitAnswer waits until a server that was just started answers.
func awaitAnswer(ctx context.Context, url string) error {
	var last error
	for range 200 {
		if last = discard(ctx, http.DefaultClient, url); last == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(25 * time.Millisecond):
		}
	}
	return fmt.Errorf("the server does not answer: %w", last)
}
