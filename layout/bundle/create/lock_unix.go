//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package create

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockedByOther takes the lock of an open folder, until it is closed, and reports whether somebody
// else has it. The kernel keeps such locks itself, so FAT and exFAT have them too.
func lockedByOther(dir *os.File) bool {
	for {
		err := unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			return errors.Is(err, unix.EWOULDBLOCK)
		}
	}
}
