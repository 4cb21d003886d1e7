package releases

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
	"github.com/offmirror/offmirror/fetch/digest"
)

// Places of Julia's files.
const (
	Server        = "https://julialang-s3.julialang.org"
	NightlyServer = "https://julialangnightlies-s3.julialang.org"
	VersionsPath  = "bin/versions.json"
)

// Caps on what is read.
const (
	maxSize     = 64 << 20 // bytes
	maxFiles    = 200_000
	maxText     = 4096 // bytes of a URL
	maxProblems = 100
)

// Index is versions.json.
type Index struct {
	Releases []Release // ascending
	Problems []error   // entries that were passed over, one line each
}

// Release is a version of Julia.
type Release struct {
	Version version.Version
	Stable  bool
	Files   []File // in the order of the list

	key string
	raw map[string]json.RawMessage
}

// File is one form of a release for one platform.
type File struct {
	Path      string // below the server: "bin/linux/x64/1.10/julia-1.10.5-linux-x86_64.tar.gz"
	URL       string
	Triplet   string // "x86_64-linux-gnu"
	Kind      string // "archive" or "installer"
	Extension string // "tar.gz", "zip", "exe", "dmg"
	SHA256    digest.Digest
	Size      int64  // in bytes; 0 if it is not known
	Signature string // text of the file at Path + ".asc"; "" if there is none

	raw map[string]json.RawMessage
}

// Parse reads versions.json. Entries that are of no use are passed over and reported in
// Problems; an error means that the whole is none.
func Parse(data []byte) (*Index, error) {
	if len(data) > maxSize {
		return nil, fmt.Errorf("versions.json has %d bytes, and %d are allowed", len(data), maxSize)
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(data, &top); err != nil {
		return nil, fmt.Errorf("versions.json is not an object of JSON: %s", short(err.Error()))
	}
	p := parser{index: &Index{}, paths: map[string]bool{}, versions: map[version.Version]bool{}}
	for _, key := range slices.Sorted(maps.Keys(top)) {
		p.release(key, top[key])
		if p.files > maxFiles {
			return nil, fmt.Errorf("versions.json has more than %d files", maxFiles)
		}
	}
	slices.SortFunc(p.index.Releases, func(a, b Release) int { return a.Version.Compare(b.Version) })
	return p.index, nil
}

type parser struct {
	index    *Index
	files    int
	paths    map[string]bool
	versions map[version.Version]bool
}

func (p *parser) problem(format string, args ...any) {
	if len(p.index.Problems) < maxProblems {
		p.index.Problems = append(p.index.Problems, fmt.Errorf("versions.json: "+format, args...))
	}
}

func (p *parser) release(key string, data json.RawMessage) {
	v, err := version.Parse(key)
	if err != nil {
		p.problem("%v", err)
		return
	}
	r := Release{Version: v, key: key}
	var files []json.RawMessage
	if err := json.Unmarshal(data, &r.raw); err != nil || !get(r.raw, "stable", &r.Stable) || !get(r.raw, "files", &files) {
		p.problem("%s is not an object with stable and files", v)
		return
	}
	if p.versions[v] {
		p.problem("%s is there twice", v)
		return
	}
	p.versions[v] = true
	for i, data := range files {
		p.files++
		f, reason := readFile(data)
		if reason == "" && p.paths[f.Path] {
			reason = "its path is that of another file: " + f.Path
		}
		if reason != "" {
			p.problem("%s, file %d: %s", v, i+1, reason)
			continue
		}
		p.paths[f.Path] = true
		r.Files = append(r.Files, f)
	}
	p.index.Releases = append(p.index.Releases, r)
}

// get decodes a key into v and reports whether it is there and of v's type. Keys of the
// list are exact, unlike those of package json.
func get(object map[string]json.RawMessage, key string, v any) bool {
	data, ok := object[key]
	return ok && string(data) != "null" && json.Unmarshal(data, v) == nil
}

func readFile(data json.RawMessage) (f File, reason string) {
	if err := json.Unmarshal(data, &f.raw); err != nil || f.raw == nil {
		return f, "it is not an object"
	}
	var sum string
	for _, need := range []struct {
		key string
		to  *string
	}{{"url", &f.URL}, {"sha256", &sum}, {"triplet", &f.Triplet}, {"kind", &f.Kind}, {"extension", &f.Extension}} {
		if !get(f.raw, need.key, need.to) || *need.to == "" || len(*need.to) > maxText {
			return f, "it has no " + need.key
		}
	}
	var err error
	if f.SHA256, err = digest.New(digest.SHA256, strings.ToLower(sum)); err != nil {
		return f, "sha256: " + err.Error()
	}
	if _, there := f.raw["size"]; there && (!get(f.raw, "size", &f.Size) || f.Size < 0) {
		return f, "size is not a number of bytes"
	}
	if _, there := f.raw["asc"]; there && !get(f.raw, "asc", &f.Signature) {
		return f, "asc is not a text"
	}
	if f.Path, reason = pathOf(f.URL); reason != "" {
		return f, reason
	}
	return f, ""
}

// pathOf returns the part of a URL that names the file on any server, from bin/ on.
func pathOf(text string) (path, reason string) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" {
		return "", fmt.Sprintf("url %s is not one of http or https without a query", short(text))
	}
	i := strings.Index(u.Path, "/bin/")
	if i < 0 {
		return "", fmt.Sprintf("url %s is not below bin/", short(text))
	}
	path = u.Path[i+1:]
	if !fs.ValidPath(path) || strings.Count(path, "/") > 8 || strings.ContainsFunc(path, unusual) || path == VersionsPath {
		return "", fmt.Sprintf("url %s is not that of a release", short(text))
	}
	return path, ""
}

// unusual characters are not in the names of releases, nor of all file systems.
func unusual(c rune) bool {
	return c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("/._+-", c)
}

// For reports whether the file is for one of the platforms, of which none stand for
// all. Architecture, system and libc decide.
func (f File) For(platforms []artifacts.Platform) bool {
	if len(platforms) == 0 {
		return true
	}
	own, err := artifacts.ParsePlatform(f.Triplet)
	return err == nil && slices.ContainsFunc(platforms, func(p artifacts.Platform) bool { return samePlatform(own, p) })
}

func samePlatform(a, b artifacts.Platform) bool {
	for _, key := range []string{"arch", "os", "libc"} {
		if a.Tag(key) != b.Tag(key) {
			return false
		}
	}
	return true
}

// Checksums returns the paths of the files with the checksums of all files of a
// release, which are not in versions.json.
func (r Release) Checksums() []string {
	return []string{"bin/checksums/julia-" + r.Version.String() + ".sha256", "bin/checksums/julia-" + r.Version.String() + ".md5"}
}

// short quotes foreign text, or the beginning of it.
func short(s string) string {
	const most = 80
	if len(s) > most {
		return fmt.Sprintf("%q…", s[:most])
	}
	return strconv.Quote(s)
}
