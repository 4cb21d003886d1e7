package pkgclient_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/offmirror/offmirror/ecosystems/julia/juliatest/pkgclient"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/uuid"
)

// Packages of the registry that tests install from.
var (
	general = uuid.MustParse("23338594-aafe-5451-b93e-139f81909106")
	night   = uuid.MustParse("22222222-aaaa-4bbb-8ccc-000000000000")
	lantern = uuid.MustParse("11111111-aaaa-4bbb-8ccc-000000000001")
	wick    = uuid.MustParse("11111111-aaaa-4bbb-8ccc-000000000002")
	oil     = uuid.MustParse("11111111-aaaa-4bbb-8ccc-000000000003")
	moth    = uuid.MustParse("11111111-aaaa-4bbb-8ccc-000000000004")
	dates   = uuid.MustParse("ade2ca70-3891-5945-98fb-dc099432e06a")
)

// profiles are the versions that differ.
var profiles = []string{"1.4.2", "1.5.3", "1.6.7", "1.7.3", "1.8.5", "1.9.4", "1.12.6", "1.13.0"}

// tree is the content of a package, an artifact or a registry: a "*" behind a name makes the
// file executable, a "/" makes it a folder, a "@" a link.
type tree map[string]string

func (t tree) with(more tree) tree {
	all := maps.Clone(t)
	maps.Copy(all, more)
	return all
}

// tar writes the tree with a prefix before each name.
func (t tree) tar(prefix string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(t)) {
		h := &tar.Header{Name: prefix + strings.TrimRight(name, "*@"), Mode: 0o644, Typeflag: tar.TypeReg, Size: int64(len(t[name]))}
		switch name[len(name)-1] {
		case '*':
			h.Mode = 0o755
		case '/':
			h.Typeflag, h.Mode = tar.TypeDir, 0o755
		case '@':
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, t[name], 0
		}
		must(w.WriteHeader(h))
		if h.Size > 0 {
			_, err := w.Write([]byte(t[name]))
			must(err)
		}
	}
	must(w.Close())
	return b.Bytes()
}

func (t tree) sums() treehash.Sums {
	sums, err := treehash.Sum(bytes.NewReader(t.tar("")), treehash.Limits{})
	must(err)
	return sums
}

// hash is by the rule for packages and artifacts.
func (t tree) hash() treehash.Hash { return t.sums().GitTools }

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(b)
	must(err)
	must(w.Close())
	return out.Bytes()
}

func zstded(b []byte) []byte {
	w, err := zstd.NewWriter(nil)
	must(err)
	return w.EncodeAll(b, nil)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// Content.
func source(name, version string) tree {
	return tree{"Project.toml": fmt.Sprintf("name = %q\nversion = %q\n", name, version), "src/" + name + ".jl": "module " + name + "\nend\n", "deps/build.sh*": "#!/bin/sh\n"}
}

var (
	oilLinux   = tree{"bin/oil*": "ELF", "lib/liboil.so@": "liboil.so.1", "lib/liboil.so.1": "so"}
	oilWindows = tree{"bin/oil.exe*": "MZ"}
	oilCUDA    = tree{"bin/oil*": "ELF for GPUs"}
	perfume    = tree{"scent.bin": "rose"}
)

func oilSource() tree {
	return source("Oil_jll", "1.2.3+0").with(tree{"Artifacts.toml": fmt.Sprintf(`
[[Oil]]
arch = "x86_64"
git-tree-sha1 = "%s"
libc = "glibc"
os = "linux"

    [[Oil.download]]
    sha256 = "%064d"
    url = "https://far.example/Oil.v1.2.3.x86_64-linux-gnu.tar.gz"

[[Oil]]
arch = "x86_64"
git-tree-sha1 = "%s"
os = "windows"

    [[Oil.download]]
    sha256 = "%064d"
    url = "https://far.example/Oil.v1.2.3.x86_64-w64-mingw32.tar.gz"

[[Oil]]
arch = "x86_64"
cuda = "12.1"
git-tree-sha1 = "%s"
libc = "glibc"
os = "linux"

    [[Oil.download]]
    sha256 = "%064d"
    url = "https://far.example/Oil.v1.2.3.x86_64-linux-gnu-cuda+12.1.tar.gz"

[Perfume]
git-tree-sha1 = "%s"
lazy = true

    [[Perfume.download]]
    sha256 = "%064d"
    url = "https://far.example/perfume.tar.gz"
`, oilLinux.hash(), 1, oilWindows.hash(), 2, oilCUDA.hash(), 3, perfume.hash(), 4)})
}

// registryTree is a registry in the form of General.
func registryTree() tree {
	versions := func(name string, list ...string) string {
		var b strings.Builder
		for _, v := range list {
			v, yanked := strings.CutSuffix(v, "!")
			hash := source(name, v).hash()
			if name == "Oil_jll" {
				hash = oilSource().hash()
			}
			fmt.Fprintf(&b, "[%q]\ngit-tree-sha1 = \"%s\"\n", v, hash)
			if yanked {
				b.WriteString("yanked = true\n")
			}
		}
		return b.String()
	}
	about := func(name string, id uuid.UUID) string {
		return fmt.Sprintf("name = %q\nuuid = \"%s\"\nrepo = \"https://github.com/night/%s.jl.git\"\n", name, id, name)
	}
	return tree{
		"Registry.toml": fmt.Sprintf(`name = "General"
uuid = "%s"
repo = "https://github.com/JuliaRegistries/General.git"

[packages]
%s = { name = "Lantern", path = "L/Lantern" }
%s = { name = "Wick", path = "W/Wick" }
%s = { name = "Oil_jll", path = "jll/O/Oil_jll" }
%s = { name = "Moth", path = "M/Moth" }
`, general, lantern, wick, oil, moth),
		"L/Lantern/Package.toml":  about("Lantern", lantern),
		"L/Lantern/Versions.toml": versions("Lantern", "0.9.0", "1.0.0", "1.1.0", "1.2.0!"),
		"L/Lantern/Deps.toml": fmt.Sprintf("[0]\nWick = \"%s\"\n\n[\"0-1\"]\nDates = \"%s\"\n\n[1]\nOil_jll = \"%s\"\nWick = \"%s\"\n",
			wick, dates, oil, wick),
		"L/Lantern/Compat.toml":       "[0]\njulia = \"1\"\n\n[\"1.0\"]\nWick = \"0.3\"\njulia = \"1\"\n\n[\"1.1-1\"]\nOil_jll = \"1.2\"\nWick = [\"0.3\", \"1\"]\njulia = \"1.6.0-1\"\n",
		"L/Lantern/WeakDeps.toml":     fmt.Sprintf("[\"1.1-1\"]\nMoth = \"%s\"\n", moth),
		"L/Lantern/WeakCompat.toml":   "[\"1.1-1\"]\nMoth = \"1\"\n",
		"W/Wick/Package.toml":         about("Wick", wick),
		"W/Wick/Versions.toml":        versions("Wick", "0.3.0", "0.3.1", "1.0.0", "2.0.0"),
		"jll/O/Oil_jll/Package.toml":  about("Oil_jll", oil),
		"jll/O/Oil_jll/Versions.toml": versions("Oil_jll", "1.2.3+0"),
		"M/Moth/Package.toml":         about("Moth", moth),
		"M/Moth/Versions.toml":        versions("Moth", "1.0.0", "2.0.0"),
		".ci/":                        "",
	}
}

// server is a package server of files.
type server struct {
	*httptest.Server

	mu      sync.Mutex
	files   map[string][]byte
	asked   []*http.Request
	respond func(w http.ResponseWriter, r *http.Request) bool // answers instead, if it returns true
}

func newServer(t *testing.T) *server {
	s := &server{files: maps.Clone(worldFiles())}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// worldFiles are made once, since every test begins with them.
var worldFiles = sync.OnceValue(func() map[string][]byte {
	s := &server{files: map[string][]byte{}}
	s.registry(general, registryTree())
	for _, v := range []string{"0.9.0", "1.0.0", "1.1.0", "1.2.0"} {
		s.source(lantern, source("Lantern", v))
	}
	for _, v := range []string{"0.3.0", "0.3.1", "1.0.0", "2.0.0"} {
		s.source(wick, source("Wick", v))
	}
	s.source(moth, source("Moth", "1.0.0"))
	s.source(moth, source("Moth", "2.0.0"))
	s.source(oil, oilSource())
	for _, a := range []tree{oilLinux, oilWindows, oilCUDA, perfume} {
		s.put("/artifact/"+a.hash().String(), gzipped(a.tar("")))
	}
	return s.files
})

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r)
	body, ok := s.files[r.URL.Path]
	respond := s.respond
	s.mu.Unlock()
	if respond != nil && respond(w, r) {
		return
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write(body)
}

func (s *server) put(path string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[path] = body
}

func (s *server) remove(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, path)
}

// source offers a package and returns its path.
func (s *server) source(id uuid.UUID, t tree) string {
	path := fmt.Sprintf("/package/%s/%s", id, t.hash())
	s.put(path, gzipped(t.tar("")))
	return path
}

// registry offers a registry in the place of the one with the UUID and returns its path.
func (s *server) registry(id uuid.UUID, t tree) string {
	path := fmt.Sprintf("/registry/%s/%s", id, t.sums().Full)
	s.put(path, gzipped(t.tar("")))
	s.list(id, path)
	return path
}

// list makes path the one line about a registry; "" removes it.
func (s *server) list(id uuid.UUID, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines []string
	for line := range strings.Lines(string(s.files["/registries"])) {
		if !strings.Contains(line, id.String()) {
			lines = append(lines, line)
		}
	}
	if path != "" {
		lines = append(lines, path+"\n")
	}
	slices.Sort(lines)
	s.files["/registries"] = []byte(strings.Join(lines, ""))
}

func (s *server) client(t *testing.T, version string) *pkgclient.Client {
	return pkgclient.New(pkgclient.Julia(version), s.URL, t.TempDir())
}

// classes replaces hashes by nothing, so that sequences can be written down.
func classes(paths []string) string {
	list := make([]string, len(paths))
	for i, p := range paths {
		list[i] = strings.SplitN(p, "/", 3)[1]
	}
	return strings.Join(list, " ")
}
