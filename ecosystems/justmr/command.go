package justmr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/justmr/repos"
)

// What a command may cost.
const (
	commandTime   = 30 * time.Minute
	commandOutput = 64 << 10 // that is kept for the message; what is more is not read by anybody
)

// runCommand runs the command of a git tree in an empty folder, as just-mr does: with the variables
// that the configuration sets, and those of this process that it names, and no others.
// As with just-mr, only a command that cannot be run is an error; what counts is what it leaves. The
// caller removes the folder.
func runCommand(ctx context.Context, t repos.Tree) (folder string, remove func(), err error) {
	folder, err = os.MkdirTemp("", "offmirror-tree-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = os.RemoveAll(folder) }
	if len(t.Command) == 0 {
		return folder, remove, nil
	}
	timed, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	// env finds the program with the PATH that the command is to have, as just-mr's launcher does.
	cmd := exec.CommandContext(timed, "/usr/bin/env", append([]string{"--"}, t.Command...)...) //nolint:gosec // running it is what the user asked for
	cmd.Dir, cmd.Env = folder, commandEnvironment(t)
	cmd.WaitDelay = 5 * time.Second
	gitrepo.OwnGroup(cmd)
	said := &firstBytes{limit: commandOutput}
	cmd.Stdout, cmd.Stderr = said, said
	err = cmd.Run()
	exit, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case timed.Err() != nil:
		err = fmt.Errorf("command %q: ended after %s", t.Command, commandTime)
	case ended && exit.ExitCode() >= 126: // env could not run it
		err = fmt.Errorf("command %q: %s", t.Command, said)
	case ended:
		err = nil
	}
	if err != nil {
		remove()
		return "", nil, err
	}
	return folder, remove, nil
}

func commandEnvironment(t repos.Tree) []string {
	env := maps.Clone(t.Env)
	if env == nil {
		env = map[string]string{}
	}
	for _, name := range t.InheritEnv {
		if value, ok := os.LookupEnv(name); ok {
			env[name] = value
		}
	}
	list := []string{}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}

// firstBytes keeps the beginning of what is written to it.
type firstBytes struct {
	limit int
	buf   bytes.Buffer
}

func (b *firstBytes) Write(p []byte) (int, error) {
	b.buf.Write(p[:min(len(p), b.limit-b.buf.Len())])
	return len(p), nil
}

// String returns one line.
func (b *firstBytes) String() string {
	text := strings.Join(strings.Fields(b.buf.String()), " ")
	return strings.ToValidUTF8(text[:min(len(text), 300)], "")
}
