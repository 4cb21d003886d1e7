package julia

import (
	"fmt"

	"github.com/offmirror/offmirror/ecosystems"
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
		data, err := ecosystems.ReadFile(path, maxManifest)
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
