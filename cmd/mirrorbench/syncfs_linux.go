package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncFileSystem makes everything durable that was written to f's file system.
func syncFileSystem(f *os.File) error { return unix.Syncfs(int(f.Fd())) }
