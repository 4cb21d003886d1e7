package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// settle gives the next contender the same conditions as every other: nothing
// waits to be written, and, with drop, no file is cached.
func settle(ctx context.Context, drop bool) error {
	syscall.Sync()
	if drop {
		if err := os.WriteFile("/proc/sys/vm/drop_caches", []byte("3\n"), 0); err != nil {
			return fmt.Errorf("--drop-caches: %w; only root can", err)
		}
	}
	return ctx.Err()
}

// empty gives back the room that the files below folder take, and leaves them
// there without content until everything is removed. Removing them here would
// change what comes next: ext4 without a journal, which many virtual machines
// have, looks through all inodes that were freed in the last minutes whenever a
// file is made.
func empty(folder string) error {
	root, err := os.OpenRoot(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if err := root.Chmod(path, 0o600); err != nil { // objects are read-only
			return err
		}
		f, err := root.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
		if err != nil {
			return err
		}
		return f.Close()
	})
}
