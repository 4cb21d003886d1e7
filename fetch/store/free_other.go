//go:build !(linux || darwin || freebsd)

package store

import "os"

// FreeSpace would say how many bytes may still be written; here that is not known.
func FreeSpace(*os.Root) (bytes int64, known bool) { return 0, false }
