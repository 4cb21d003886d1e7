package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Command is one program to be run and measured.
type Command struct {
	Args []string // program and arguments
	Dir  string   // working directory
	Env  []string // NAME=VALUE, added to our own
}

// shell runs script with sh; it ends with the first command that fails.
func shell(dir, script string) Command {
	return Command{Args: []string{"sh", "-ec", script}, Dir: dir}
}

// quote makes s one word of a shell script.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// messageLimit is how many bytes of a failed program's output are shown.
const messageLimit = 400

// Run starts the command, waits for it and its children, and reports what they
// used. An error names the program and shows the end of what it printed.
//
// On Linux a program's peak memory cannot read lower than the memory of the
// process that started it, which is why this process keeps nothing big.
func (c Command) Run(ctx context.Context) (Measurement, error) {
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Dir, cmd.Env = c.Dir, append(cmd.Environ(), c.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // the children too
	var output tail
	cmd.Stdout, cmd.Stderr = &output, &output
	start := time.Now()
	err := cmd.Run()
	m := Measurement{Wall: time.Since(start)}
	if err != nil {
		return m, fmt.Errorf("%s: %w: %s", c.Args[0], err, output.String())
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	m.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	m.PeakRSS = peakRSS(usage)
	return m, nil
}

// tail keeps the last bytes that were written to it.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if n := len(t.kept) - messageLimit; n > 0 {
		t.kept = append(t.kept[:0], t.kept[n:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	return strings.Join(strings.Fields(string(bytes.ToValidUTF8(t.kept, []byte("?")))), " ")
}
