package apply

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// reserve is left free, so that snapshots, trees and the rest of the machine go on working.
const reserve = 64 << 20

// checkRoom refuses what does not fit before it is written.
func (a *application) checkRoom() error {
	need := a.plan.bytes
	if a.Budget > 0 && need > a.Budget {
		return &RoomError{Need: need, Limit: a.Budget, Budget: true}
	}
	if need == 0 {
		return nil
	}
	free := a.Free
	if free == nil {
		free = func() (int64, error) { return freeSpace(a.root) }
	}
	bytes, err := free()
	if err != nil {
		return err
	}
	if bytes = max(0, bytes-reserve); need > bytes {
		return &RoomError{Need: need, Limit: bytes}
	}
	return nil
}

func freeSpace(root *os.Root) (int64, error) {
	dir, err := root.Open(".")
	if err != nil {
		return 0, err
	}
	defer dir.Close()
	var s unix.Statfs_t
	if err := unix.Fstatfs(int(dir.Fd()), &s); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", root.Name(), err)
	}
	return int64(s.Bavail) * int64(s.Bsize), nil //nolint:unconvert // Bsize has 32 bits elsewhere
}
