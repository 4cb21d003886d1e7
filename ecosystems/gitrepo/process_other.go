//go:build !unix

package gitrepo

import "os/exec"

// ownGroup leaves it to the operating system what becomes of git's helpers.
func ownGroup(*exec.Cmd) {}
