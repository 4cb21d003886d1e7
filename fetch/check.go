package fetch

import (
	"fmt"
	"os"
)

// Check reports what is wrong with the values of c, in one line that names the
// key. It looks at nothing else.
func (c Config) Check() error {
	_, err := newSettings(c)
	return err
}

// CheckFiles is Check that also reads the files which c names, as [New] does. It
// connects to nothing.
func (c Config) CheckFiles() error {
	if c.TempDir != "" {
		if info, err := os.Stat(c.TempDir); err != nil {
			return fmt.Errorf("fetch.temp_dir: %w", err)
		} else if !info.IsDir() {
			return fmt.Errorf("fetch.temp_dir: %s is no folder", c.TempDir)
		}
	}
	_, err := assemble(c, options{version: "devel", observe: func(Event) {}}, func() map[string]pastHealth { return nil })
	return err
}
