//go:build !linux

package main

import (
	"os"
	"syscall"
)

// syncFileSystem makes everything durable that was written anywhere.
func syncFileSystem(*os.File) error { return syscall.Sync() }
