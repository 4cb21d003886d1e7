//go:build !linux

package create

import "os"

// startWriteBack is a hint that only Linux takes.
func startWriteBack(*os.File, int64, int64) {}

// setDirect reports that writes go through the page cache.
func setDirect(*os.File, bool) bool { return false }

func refusesDirect(error) bool { return false }
