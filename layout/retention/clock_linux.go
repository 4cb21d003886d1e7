package retention

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// SystemClock looks at the clocks of this machine.
func SystemClock() Clock {
	c := Clock{Now: time.Now()}
	var t unix.Timespec
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err == nil && unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) == nil {
		c.Boot, c.Uptime = strings.TrimSpace(string(boot)), time.Duration(t.Nano())
	}
	return c
}
