package systemd

import "golang.org/x/sys/unix"

// monotonic is CLOCK_MONOTONIC in microseconds, by which the manager orders notes.
func monotonic() int64 {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return 0
	}
	return now.Nano() / 1000
}
