package gitrepo

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Options say how git is called. The zero Options are fine.
type Options struct {
	Program string            // name or path of git; default "git"
	Config  map[string]string // settings that hold for each call, such as "http.proxy"; they win over those of this package

	Timeout  time.Duration // that a call may take which transfers; default 1 hour
	MaxBytes int64         // that an update may add to a repository; default 32 GiB
	MaxRefs  int           // that a repository may have; default 1,000,000

	// Authorize returns the value of the Authorization header that an http or https
	// URL may be sent, or "". It is asked for each candidate.
	Authorize func(url string) string
}

// Git calls one git program with one configuration.
type Git struct {
	program string
	o       Options
	config  []setting
}

type setting struct{ key, value string }

// hardening holds for all calls, whatever the caller says besides.
var hardening = []setting{
	{"core.hooksPath", "/dev/null"},
	{"core.fsmonitor", "false"},
	{"core.fsync", "all"}, // data before reference
	{"core.askPass", ""},
	{"credential.helper", ""},
	{"credential.interactive", "false"},
	{"safe.directory", "*"}, // a mirror may belong to another user than the server
	{"gc.auto", "0"},
	{"maintenance.auto", "false"},
	{"fetch.unpackLimit", "1"}, // one pack an update, no loose objects
	{"fetch.recurseSubmodules", "false"},
	{"fetch.writeCommitGraph", "false"},
	{"submodule.recurse", "false"},
	{"http.lowSpeedLimit", "1000"},
	{"http.lowSpeedTime", "60"},
	{"advice.defaultBranchName", "false"},
	{"init.defaultBranch", "main"},
}

// New finds the program and checks its version.
func New(ctx context.Context, o Options) (*Git, error) {
	o.Program = cmp.Or(o.Program, "git")
	o.Timeout = cmp.Or(o.Timeout, time.Hour)
	o.MaxBytes = cmp.Or(o.MaxBytes, 32<<30)
	o.MaxRefs = cmp.Or(o.MaxRefs, 1_000_000)
	if o.Authorize == nil {
		o.Authorize = func(string) string { return "" }
	}
	path, err := exec.LookPath(o.Program)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", o.Program, ErrNoGit)
	}
	g := &Git{program: path, o: o, config: slices.Clone(hardening)}
	for _, key := range slices.Sorted(maps.Keys(o.Config)) {
		if err := checkKey(key); err != nil {
			return nil, err
		}
		g.config = append(g.config, setting{key, o.Config[key]})
	}
	out, err := g.run(ctx, call{args: []string{"version"}, limit: 1 << 10})
	if err != nil {
		return nil, fmt.Errorf("%q: %w: %w", o.Program, ErrNoGit, err)
	}
	if v, ok := parseVersion(string(out)); !ok || v < 2_031 {
		return nil, fmt.Errorf("%q says it is %.60q: %w", o.Program, strings.TrimSpace(string(out)), ErrNoGit)
	}
	return g, nil
}

// parseVersion reads "git version 2.39.5 (Apple Git-154)" as 2_039.
func parseVersion(text string) (int, bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "git version ")
	parts := strings.SplitN(rest, ".", 3)
	if !ok || len(parts) < 2 {
		return 0, false
	}
	major, err1 := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	return major*1000 + minor, err1 == nil && err2 == nil
}

// checkKey refuses what git would refuse in the middle of a run.
func checkKey(key string) error {
	section, rest, ok := strings.Cut(key, ".")
	name := rest[strings.LastIndexByte(rest, '.')+1:]
	plain := func(s string) bool {
		return s != "" && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
	}
	if !ok || !plain(section) || !plain(name) || name[0] == '-' || strings.ContainsAny(key, "\n\x00") {
		return fmt.Errorf("gitconfig key %.80q: want SECTION.NAME or SECTION.SUBSECTION.NAME", key)
	}
	return nil
}
