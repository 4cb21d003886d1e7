//go:build e2e

package e2e

import (
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// releasesURL is where Julia itself is to be had, as its list of releases says.
const releasesURL = "https://julialang-s3.julialang.org/"

// offerJulia puts versions of Julia itself into what the world's server hands out. The
// program in an archive is a script that starts Debian's.
func (w *juliaWorld) offerJulia(versions ...string) {
	w.t.Helper()
	var list []string
	for _, v := range versions {
		w.write("julia/"+v+"/julia-"+v+"/bin/julia", "#!/bin/sh\nexec /usr/bin/julia \"$@\"\n")
		w.write("julia/"+v+"/julia-"+v+"/VERSION", v)
		if err := os.Chmod(filepath.Join(w.dir, "julia", v, "julia-"+v, "bin/julia"), 0o755); err != nil {
			w.t.Fatal(err)
		}
		series := v[:strings.LastIndexByte(v, '.')]
		archive := "bin/linux/x64/" + series + "/julia-" + v + "-linux-x86_64.tar.gz"
		w.pack("julia/"+v, archive)
		const signature = "-----BEGIN PGP SIGNATURE-----\n\nnone\n-----END PGP SIGNATURE-----\n"
		w.write("served/"+archive+".asc", signature)
		content := w.read("served/" + archive)
		sum := fmt.Sprintf("%x", sha256.Sum256([]byte(content)))
		for kind, sum := range map[string]string{"sha256": sum, "md5": fmt.Sprintf("%x", md5.Sum([]byte(content)))} {
			w.write("served/bin/checksums/julia-"+v+"."+kind, fmt.Sprintf("%s  julia-%s-linux-x86_64.tar.gz\n%s  julia-%s-win64.zip\n", sum, v, strings.Repeat("0", len(sum)), v))
		}
		list = append(list, fmt.Sprintf(`%q: {"stable": true, "files": [{"triplet": "x86_64-linux-gnu", "os": "linux", "arch": "x86_64",
  "version": %q, "kind": "archive", "extension": "tar.gz", "sha256": %q, "size": %d, "url": %q, "asc": %q}]}`,
			v, v, sum, len(content), releasesURL+archive, signature))
	}
	w.write("served/bin/versions.json", "{"+strings.Join(list, ",\n")+"}\n")
}

// Julia itself, fetched, checked and started by hand as `offmirror clients` says.
func testJuliaByHand(t *testing.T) {
	t.Parallel()
	w := juliaPublished(t).copied(t)
	w.offerJulia("1.5.2", "1.5.3", "1.6.0")
	m := newJuliaSite(t, w).mirror(t, `packages = ["Leaf"]`, `releases = ["1.5.3"]`, `platforms = ["x86_64-linux-gnu"]`).synced()
	served := newTap(t, m.start())
	script := paste(t, instructions(t, m, "--config", m.sync[1], "--url", served.URL), "Julia itself", func(string) bool { return true })
	h := newHome(t, bullseye)
	h.run(".", nil, "sh", "-ec", script).ok("julia-1.5.3-linux-x86_64.tar.gz: OK", "julia version 1.5.3").saysNothingOf("1.5.2", "1.6.0")
	served.missesOnly()
	m.offmirror("verify").ok()

	archive := "bin/linux/x64/1.5/julia-1.5.3-linux-x86_64.tar.gz"
	m.tamper(archive)
	m.refuses(archive)
	plain := newHome(t, bullseye)
	plain.write("julia-1.5.3-linux-x86_64.tar.gz", readFile(t, m.file(archive))) // got from another server
	check := regexp.MustCompile(`(?m)^.*sha256sum.*$`).FindString(script)
	plain.run(".", nil, "sh", "-ec", "version=1.5.3\n"+check).fails("julia-1.5.3-linux-x86_64.tar.gz: FAILED")
	m.offmirror("verify").exits(4, archive)
}
