package hexpm

import (
	"fmt"
	"io"
	"os"
)

// maxKeyFile is far beyond any PEM file with one key, in bytes.
const maxKeyFile = 64 << 10

// readKeyFile reads the file of a key. Its name may be one that a mirror from
// elsewhere records, so it may lead to anything, a pipe or /dev/zero too.
func readKeyFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err == nil && len(text) > maxKeyFile {
		err = fmt.Errorf("%s is larger than %d bytes; is it the file of a key?", name, maxKeyFile)
	}
	return text, err
}
