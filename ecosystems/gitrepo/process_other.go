//go:build !unix

package gitrepo

import "os/exec"

// OwnGroup leaves it to the operating system what becomes of the programs that a command starts.
func OwnGroup(*exec.Cmd) {}
