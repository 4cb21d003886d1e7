package juliatest

import (
	"archive/zip"
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/releases"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// JuliaPlatforms are what Julia itself is built for.
var JuliaPlatforms = []string{
	"x86_64-linux-gnu", "i686-linux-gnu", "aarch64-linux-gnu", "x86_64-linux-musl",
	"x86_64-apple-darwin14", "aarch64-apple-darwin14", "x86_64-w64-mingw32", "i686-w64-mingw32", "x86_64-unknown-freebsd11.1",
}

// Julia is a version of Julia itself, before it is published.
type Julia struct {
	Version   string   // "1.10.4", "1.13.0-rc1"
	Platforms []string // triplets; empty: JuliaPlatforms
	Size      int      // bytes that do not compress, in addition to those of a small script
}

// juliaFile is a file of versions.json.
type juliaFile struct {
	URL       string `json:"url"`
	Triplet   string `json:"triplet"`
	OS        string `json:"os"`
	Arch      string `json:"arch"`
	Version   string `json:"version"`
	Kind      string `json:"kind"`
	Extension string `json:"extension"`
	SHA256    string `json:"sha256"`
	Size      int    `json:"size"`
	Signature string `json:"asc,omitempty"`
	Tree      string `json:"git-tree-sha1,omitempty"`

	path string
	md5  string
}

// PublishJulia publishes a version of Julia: archives and installers below bin/, their signatures and
// checksums, and bin/versions.json. The archives unpack to a julia that says its version and
// does nothing else. juliaup learns of it by [Upstream.PublishJuliaup]. Publishing a version
// again replaces its files, as it has happened.
func (u *Upstream) PublishJulia(j Julia) {
	v := version.MustParse(j.Version)
	if len(j.Platforms) == 0 {
		j.Platforms = JuliaPlatforms
	}
	var files []juliaFile
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, triplet := range j.Platforms {
		p := platform(triplet)
		root := julia(v, triplet, j.Size)
		for _, extension := range extensions(p) {
			at, err := releases.Path(v, p, extension)
			if err != nil {
				panic("juliatest: " + err.Error())
			}
			data := archive(root, extension)
			f := juliaFile{
				URL: u.releasesURL + "/" + at, Triplet: triplet, OS: system(p), Arch: p.Tag("arch"), Version: v.String(),
				Kind: "archive", Extension: extension, SHA256: sha256Hex(data), Size: len(data), path: at, md5: md5Hex(data),
			}
			if signed(f.OS) {
				f.Signature = signature(f.SHA256)
				u.put(at+".asc", []byte(f.Signature))
			}
			switch extension {
			case "tar.gz":
				f.Tree = root.hash(treehash.Full).String()
			case "exe", "dmg":
				f.Kind = "installer"
			}
			u.put(at, data)
			files = append(files, f)
		}
	}
	if u.julias == nil {
		u.julias = map[version.Version][]juliaFile{}
	}
	u.julias[v] = files
	var sums, md5s strings.Builder
	for _, f := range files {
		fmt.Fprintf(&sums, "%s  %s\n", f.SHA256, path.Base(f.path))
		fmt.Fprintf(&md5s, "%s  %s\n", f.md5, path.Base(f.path))
	}
	u.put("bin/checksums/julia-"+v.String()+".sha256", []byte(sums.String()))
	u.put("bin/checksums/julia-"+v.String()+".md5", []byte(md5s.String()))
	u.put(releases.VersionsPath, u.versions())
}

// versions returns versions.json.
func (u *Upstream) versions() []byte {
	type release struct {
		Files  []juliaFile `json:"files"`
		Stable bool        `json:"stable"`
	}
	all := map[string]release{}
	for v, files := range u.julias {
		all[v.String()] = release{files, !v.IsPre()}
	}
	return encode(all)
}

func encode(v any) []byte {
	data, err := json.MarshalIndent(v, "", "    ")
	if err != nil {
		panic("juliatest: " + err.Error())
	}
	return data
}

func platform(triplet string) artifacts.Platform {
	p, err := artifacts.ParsePlatform(triplet)
	if err != nil {
		panic("juliatest: " + err.Error())
	}
	return p
}

// system is how Julia's lists call an operating system.
func system(p artifacts.Platform) string {
	switch os := p.Tag("os"); os {
	case "macos":
		return "mac"
	case "windows":
		return "winnt"
	default:
		return os
	}
}

// signed reports whether archives for a system are signed by a file beside them.
func signed(system string) bool { return system == "linux" || system == "freebsd" }

// extensions are the forms in which there is Julia for a platform.
func extensions(p artifacts.Platform) []string {
	switch p.Tag("os") {
	case "macos":
		return []string{"dmg", "tar.gz"}
	case "windows":
		return []string{"exe", "tar.gz", "zip"}
	}
	return []string{"tar.gz"}
}

// julia is a tree with a folder of the version, and in it a program that tells it.
func julia(v version.Version, note string, size int) *node {
	dir := "julia-" + v.String() + "/"
	files := map[string]string{
		dir + "LICENSE.md":          "Do as you please.\n",
		dir + "share/julia/BUILD":   note + "\n",
		dir + "share/julia/VERSION": v.String() + "\n",
	}
	if size > 0 {
		files[dir+"lib/julia/sys.so"] = string(noise(note+v.String(), size))
	}
	return Tree{
		Files:       files,
		Executables: map[string]string{dir + "bin/julia": "#!/bin/sh\necho julia version " + v.String() + "\n"},
		Symlinks:    map[string]string{dir + "lib/libjulia.so": "libjulia.so.1"},
	}.node()
}

// noise is bytes that do not compress and belong to a text.
func noise(text string, size int) []byte {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8(sha256.Sum256([]byte(text))).Read(data)
	return data
}

// archive packs a tree. Installers are nothing but the tree behind a few other bytes.
func archive(root *node, extension string) []byte {
	switch extension {
	case "tar.gz":
		return Gzip.packTree(root)
	case "zip":
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		root.zip(w, "")
		if err := w.Close(); err != nil {
			panic("juliatest: " + err.Error())
		}
		return b.Bytes()
	case "exe":
		return append([]byte("MZ"), root.tar()...)
	}
	return append([]byte("koly"), root.tar()...)
}

func (n *node) zip(w *zip.Writer, prefix string) {
	for _, name := range slices.Sorted(maps.Keys(n.children)) {
		child := n.children[name]
		if child.children != nil {
			child.zip(w, prefix+name+"/")
			continue
		}
		f, err := w.Create(prefix + name)
		if err == nil {
			_, err = f.Write([]byte(child.text))
		}
		if err != nil {
			panic("juliatest: " + err.Error())
		}
	}
}

// signature has the form of one; nobody's key has made it.
func signature(sum string) string {
	raw, err := hex.DecodeString(sum)
	if err != nil {
		panic("juliatest: " + err.Error())
	}
	return "-----BEGIN PGP SIGNATURE-----\n\n" + base64.StdEncoding.EncodeToString(raw) + "\n-----END PGP SIGNATURE-----\n"
}

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func md5Hex(data []byte) string {
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:])
}

// newestJulia returns the newest version for which f is true.
func (u *Upstream) newestJulia(f func(version.Version) bool) (newest version.Version, ok bool) {
	for v := range u.julias {
		if f(v) && (!ok || v.Compare(newest) > 0) {
			newest, ok = v, true
		}
	}
	return newest, ok
}
