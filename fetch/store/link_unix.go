//go:build linux || darwin || freebsd

package store

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

func link(from *folder, name string, dir *os.File, newName string) error {
	for {
		err := unix.Linkat(int(from.dir.Fd()), name, int(dir.Fd()), newName, 0)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
