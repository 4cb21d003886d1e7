//go:build e2e

package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// A juliaSite is where mirrors of a world are filled from: its package server and
// its git server.
type juliaSite struct {
	*juliaWorld
	up  *upstream
	git string // URL
}

func newJuliaSite(t testing.TB, w *juliaWorld) juliaSite {
	t.Helper()
	return juliaSite{w, newUpstream(t, w.served), newGitServer(t, w.gits)}
}

// privateRegistry is the part of a configuration that adds the registry that is
// in git.
const privateRegistry = "\n[[julia.registry]]\nname = \"Corp\"\nurl = \"" + corpURL + "Corp.git\"\n"

// mirror makes an empty mirror with a configuration of its own, in which the given
// lines follow on [julia].
func (s juliaSite) mirror(t testing.TB, lines ...string) mirror {
	t.Helper()
	m := mirror{t: t, root: filepath.Join(newFolder(t), "mirror"), ecosystem: "julia"}
	config := filepath.Join(filepath.Dir(m.root), "offmirror.toml")
	m.sync = []string{"--config", config}
	writeFile(t, config, fmt.Sprintf("[fetch.local_mirrors]\n%q = [%q]\n%q = [%q]\n%q = [%q]\n%q = [%q]\n\n[julia]\nupstream = %q\n%s\n",
		releasesURL, s.up.URL+"/", originURL, s.up.URL+"/", gitURL, s.git+"/", corpURL, s.git+"/", s.up.URL, strings.Join(lines, "\n")))
	return m
}

// juliaMirrored returns a mirror of all that the shared world has, with the
// private registry and variants in zstd, made once for all tests: they only read it.
func juliaMirrored(t testing.TB) (mirror, *juliaWorld) {
	t.Helper()
	w := juliaPublished(t)
	sharedJuliaMirror.Lock()
	defer sharedJuliaMirror.Unlock()
	if sharedJuliaMirror.root == "" {
		sharedJuliaMirror.mirror = newJuliaSite(t, w).mirror(t, `zstd = true`, privateRegistry).synced()
	}
	return sharedJuliaMirror.with(t), w
}

var sharedJuliaMirror struct {
	sync.Mutex
	mirror
}
