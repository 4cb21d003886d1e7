package julia

import (
	"fmt"
	"io"
	"os"

	"github.com/offmirror/offmirror/ecosystems/julia/manifest"
	"github.com/offmirror/offmirror/ecosystems/julia/resolve"
)

// maxManifest is far beyond the manifest of any project, in bytes.
const maxManifest = 16 << 20

// lockFile is a manifest of the configuration.
type lockFile struct {
	data []byte
	resolve.Lock
}

func readManifests(paths []string) ([]lockFile, error) {
	var locks []lockFile
	for _, path := range paths {
		data, err := readCapped(path, maxManifest)
		if err != nil {
			return nil, fmt.Errorf("julia.manifests: %w", err)
		}
		m, err := manifest.Parse(path, data)
		if err != nil {
			return nil, fmt.Errorf("julia.manifests: %w", err)
		}
		locks = append(locks, lockFile{data, resolve.Lock{File: path, Manifest: m}})
	}
	return locks, nil
}

// readCapped reads a file that may be anything.
func readCapped(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(data)) > limit:
		return nil, fmt.Errorf("%s is larger than %d bytes", path, limit)
	}
	return data, nil
}
