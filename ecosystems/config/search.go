package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// FileName is the name of the configuration file in every folder that is searched.
const FileName = "offmirror.toml"

// Search says where a configuration may be. Empty members are passed over.
type Search struct {
	Explicit    string // --config
	Environment string // $OFFMIRROR_CONFIG
	Folder      string // the current folder
	Root        string // the mirror root, if it is known without a configuration
	System      string // /etc/offmirror
}

// Find returns the configuration file to use, or "" if there is none. A file
// that is named outright (by Explicit or Environment) must exist; the folders
// are merely looked into.
func (s Search) Find() (string, error) {
	for _, named := range []struct{ by, file string }{{"--config", s.Explicit}, {"$OFFMIRROR_CONFIG", s.Environment}} {
		if named.file == "" {
			continue
		}
		if err := regular(named.file); err != nil {
			return "", fmt.Errorf("%s %s: %w", named.by, named.file, plain(err))
		}
		return named.file, nil
	}
	for _, folder := range []string{s.Folder, s.Root, s.System} {
		if folder == "" {
			continue
		}
		file := filepath.Join(folder, FileName)
		switch err := regular(file); {
		case err == nil:
			return file, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", fmt.Errorf("%s: %w", file, plain(err))
		}
	}
	return "", nil
}

func regular(file string) error {
	info, err := os.Stat(file)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is not a file")
	}
	return err
}

// plain takes the operation and path out of an error whose message names the file anyway.
func plain(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
