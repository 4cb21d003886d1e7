//go:build !linux

package layout

import (
	"errors"
	"os"
)

func cloneFile(to, from *os.File) error { return errors.ErrUnsupported }
