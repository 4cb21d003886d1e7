//go:build !linux

package store

import (
	"errors"
	"os"
	"runtime"
)

func startWriteBack(*os.File) {}

func awaitWriteBack(*os.File) error { return nil }

func syncFileSystem(*os.File) error { return errors.ErrUnsupported }

func syncsTogether(*os.File) bool { return false }

func rename(root *os.Root, from *folder, name string, to *folder, newName string) error {
	return root.Rename(from.path+"/"+name, to.path+"/"+newName)
}

// SyncFolder makes the names in an open folder durable. File systems and
// operating systems that cannot sync a folder are taken at their word.
func SyncFolder(dir *os.File) error {
	if err := dir.Sync(); err != nil && runtime.GOOS != "windows" {
		return err
	}
	return nil
}
