package layout

import (
	"errors"
	"os"
	"syscall"
	"testing"
)

// Who makes room on a full disk, gc for instance, needs the lock.
func TestLockOnAFullDisk(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	must(t, err)
	defer full.Close()
	l := &RootLock{file: full}
	if err := l.write([]byte("x")); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("want no space, not %v", err)
	}
	if err := l.announce(); err != nil {
		t.Error(err)
	}
	must(t, l.write(nil)) // what Unlock does
}
