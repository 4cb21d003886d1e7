//go:build !(linux || darwin || freebsd)

package store

import (
	"errors"
	"os"
)

func link(*folder, string, *os.File, string) error { return errors.ErrUnsupported }
