//go:build !linux

package retention

import "time"

// SystemClock looks at the clock of this machine.
func SystemClock() Clock { return Clock{Now: time.Now()} }
