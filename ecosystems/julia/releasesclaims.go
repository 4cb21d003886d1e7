package julia

import (
	"fmt"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/layout"
)

// claims is which paths of Julia itself are given away. Lists of others say where files
// are, and may say anything: what they claim must not end a run, lie where something
// else belongs, or differ from another only on some file systems.
type claims struct {
	files map[string]bool // by [layout.FoldKey]
	dirs  map[string]bool
}

func newClaims() claims {
	c := claims{files: map[string]bool{}, dirs: map[string]bool{}}
	for _, path := range []string{releases.VersionsPath, localVersionsPath, nightliesPath} {
		_ = c.claim(path) // they are the first
	}
	return c
}

// release claims the path of a file of a release, and that of its signature. It is
// that of a file deep in a folder for a system: bin/linux/x64/1.10/julia-….tar.gz.
func (c claims) release(path string) error {
	if strings.Count(path, "/") < 3 || strings.HasPrefix(layout.FoldKey(path), layout.FoldKey(checksumsDir)) || strings.HasSuffix(path, signatureSuffix) {
		return fmt.Errorf("%.200q is no path of a release", path)
	}
	if err := c.claim(path); err != nil {
		return err
	}
	return c.claim(path + signatureSuffix)
}

// claim takes a path, unless it is impossible beside what is taken.
func (c claims) claim(path string) error {
	if err := layout.CheckPath(path); err != nil {
		return err
	}
	key := layout.FoldKey(path)
	taken := c.files[key] || c.dirs[key]
	for i := range key {
		taken = taken || key[i] == '/' && c.files[key[:i]]
	}
	if taken {
		return fmt.Errorf("%.200q is where another file belongs", path)
	}
	c.files[key] = true
	for i := range key {
		if key[i] == '/' {
			c.dirs[key[:i]] = true
		}
	}
	return nil
}
