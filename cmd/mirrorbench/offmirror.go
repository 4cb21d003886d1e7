package main

import (
	"fmt"
	"os"
	"strings"
)

// syncCommand writes a configuration into folder and returns the command that
// syncs the upstream's whole repository into folder/mirror. Everything that
// offmirror does by default is on; only the number of requests is set.
func (b *Bench) syncCommand(u *Upstream, folder string) (Command, error) {
	if b.Profile != "" {
		b.profiles++
		return b.profiledCommand(u, folder, fmt.Sprintf("sync-%02d", b.profiles))
	}
	file := folder + "/offmirror.toml"
	config := offmirrorConfig(u, folder+"/mirror", b.Concurrency)
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		return Command{}, err
	}
	return Command{Args: []string{b.Offmirror, "sync", "hex", "--quiet", "--config", file}, Dir: folder}, nil
}

func offmirrorConfig(u *Upstream, root string, concurrency int) string {
	return strings.Join([]string{
		fmt.Sprintf("root = %q", root),
		"[fetch]",
		fmt.Sprintf("concurrency = %d", concurrency),
		fmt.Sprintf("per_host = %d", concurrency),
		"[hex]",
		fmt.Sprintf("upstream = %q", u.URL),
		fmt.Sprintf("public_key = %q", u.Folder+"/"+keyFile),
		`installs = "none"`, // the generated upstream has tarballs and indexes only
		"",
	}, "\n")
}
