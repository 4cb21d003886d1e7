package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
)

// diskGroup is how many files are made durable together.
const diskGroup = 1024

// diskPatterns are the ways to write that the loopback section compares with.
// Each writes count files of size bytes below dir and returns when all of it is
// durable. Nothing is read, received, hashed or named afterwards: that is the
// disk's own rate.
var diskPatterns = map[string]func(dir *os.Root, count int, size int64) error{
	"sequential": writeSequential,
	"each":       writeEach,
	"grouped":    writeGrouped,
}

// writeSequential writes everything into one file and fsyncs it once.
func writeSequential(dir *os.Root, count int, size int64) error {
	f, err := dir.Create("all")
	if err != nil {
		return err
	}
	defer f.Close()
	data := noise(size)
	for range count {
		if _, err := f.Write(data); err != nil {
			return err
		}
	}
	return f.Sync()
}

// writeEach makes one file after the other durable, as tools do that fsync
// without a plan.
func writeEach(dir *os.Root, count int, size int64) error {
	if err := makeFolders(dir); err != nil {
		return err
	}
	data := noise(size)
	for i := range count {
		name := diskName(i)
		f, err := dir.Create(name)
		if err != nil {
			return err
		}
		_, err = f.Write(data)
		if err := errors.Join(err, f.Sync(), f.Close(), dir.Rename(name, folderOf(name)+"/"+name)); err != nil {
			return err
		}
	}
	return syncFolders(dir)
}

// writeGrouped makes many files durable with one call: the fastest way to many
// durable files that we know.
func writeGrouped(dir *os.Root, count int, size int64) error {
	if err := makeFolders(dir); err != nil {
		return err
	}
	top, err := dir.Open(".")
	if err != nil {
		return err
	}
	defer top.Close()
	data := noise(size)
	for first := 0; first < count; first += diskGroup {
		group := make([]string, 0, diskGroup)
		for i := first; i < min(first+diskGroup, count); i++ {
			group = append(group, diskName(i))
			if err := dir.WriteFile(diskName(i), data, 0o444); err != nil {
				return err
			}
		}
		if err := syncFileSystem(top); err != nil {
			return err
		}
		for _, name := range group {
			if err := dir.Rename(name, folderOf(name)+"/"+name); err != nil {
				return err
			}
		}
	}
	return syncFileSystem(top)
}

// diskFolders is how many folders the files are spread over.
const diskFolders = 256

func diskName(i int) string { return fmt.Sprintf("%02x-%07d", i%diskFolders, i) }

func folderOf(name string) string { return name[:2] }

func makeFolders(dir *os.Root) error {
	for i := range diskFolders {
		if err := dir.Mkdir(fmt.Sprintf("%02x", i), 0o755); err != nil {
			return err
		}
	}
	return nil
}

func syncFolders(dir *os.Root) error {
	for i := range diskFolders {
		f, err := dir.Open(fmt.Sprintf("%02x", i))
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// noise returns bytes that no disk can compress.
func noise(size int64) []byte {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data) // never fails
	return data
}
