package main

import (
	"runtime"
	"syscall"
	"time"
)

// peakRSS returns the largest resident size in bytes: Linux counts in KiB,
// Darwin in bytes.
func peakRSS(usage *syscall.Rusage) int64 {
	if runtime.GOOS == "darwin" {
		return usage.Maxrss
	}
	return usage.Maxrss * 1024
}

// ownCPU returns the user and system time that this process has used so far.
func ownCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
