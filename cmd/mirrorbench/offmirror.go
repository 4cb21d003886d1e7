package main

import (
	"fmt"
	"os"
	"strings"
)

// syncCommand returns the command that syncs all that the upstream has into folder/mirror.
func (b *Bench) syncCommand(u *Upstream, folder string) (Command, error) {
	return b.command(u, folder, "sync")
}

// command writes a configuration into folder and returns the command that does what a verb
// says, sync or plan, with all that the upstream has and a mirror in folder/mirror. Everything
// that offmirror does by default is on; only the number of requests is set.
func (b *Bench) command(u *Upstream, folder, verb string) (Command, error) {
	if b.Profile != "" {
		b.profiles++
		return b.profiledCommand(u, folder, verb, fmt.Sprintf("%s-%02d", verb, b.profiles))
	}
	file := folder + "/offmirror.toml"
	config := offmirrorConfig(u, folder+"/mirror", b.Concurrency)
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		return Command{}, err
	}
	return Command{Args: []string{b.Offmirror, verb, u.ecosystem(), "--quiet", "--config", file}, Dir: folder}, nil
}

func offmirrorConfig(u *Upstream, root string, concurrency int) string {
	lines := []string{
		fmt.Sprintf("root = %q", root),
		"[fetch]",
		fmt.Sprintf("concurrency = %d", concurrency),
		fmt.Sprintf("per_host = %d", concurrency),
		"[" + u.ecosystem() + "]",
		fmt.Sprintf("upstream = %q", u.URL),
	}
	if !u.Julia {
		lines = append(lines,
			fmt.Sprintf("public_key = %q", u.Folder+"/"+keyFile),
			`installs = "none"`, // the generated upstream has tarballs and indexes only
		)
	}
	return strings.Join(lines, "\n") + "\n"
}

// ecosystem returns what offmirror calls it.
func (s UpstreamSpec) ecosystem() string {
	if s.Julia {
		return "julia"
	}
	return "hex"
}
