package artifacts

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/offmirror/offmirror/ecosystems/julia/tomlfile"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch/digest"
)

// Names are the names of the file at the root of a package; the first that exists
// is read.
var Names = []string{"JuliaArtifacts.toml", "Artifacts.toml"}

// Hook is the script by which a package adds tags to the client's platform.
const Hook = ".pkg/select_artifacts.jl"

// Caps on what is read.
const (
	maxSize      = 16 << 20 // bytes
	maxEntries   = 50_000
	maxDownloads = 64
	maxProblems  = 100
	maxURL       = 4096 // bytes

	// What a package says of sizes is not known, rather than believed, beyond what could be proven:
	// nobody's disk is too small for a lie. Julia itself does not look at sizes.
	maxDownload = 64 << 30 // bytes
)

// File is what an Artifacts.toml says.
type File struct {
	Artifacts []Artifact // by name; within a name in the order of the file
	Problems  []error    // entries that no client would use
}

// Artifact is an entry.
type Artifact struct {
	Name      string
	Tree      treehash.Hash // by one of the rules of package treehash
	Lazy      bool
	Downloads []Download // the same content; each may be packed in another way
	Platform  Platform   // zero: any
}

// Download is a place where the artifact comes from.
type Download struct {
	URL    string
	SHA256 digest.Digest // of the file
	Size   int64         // in bytes; 0 if it is not known
}

// Parse reads the file, whose name is for messages. An error, always a [*tomlfile.Error], means that
// no client can read it either.
func Parse(name string, content []byte) (*File, error) {
	p := parser{file: name, result: &File{}}
	if len(content) > maxSize {
		return nil, tomlfile.TooLarge(name, int64(len(content)), maxSize, nil)
	}
	top, _, err := tomlfile.Decode(name, string(content))
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(top)) {
		if err := p.name(name, top[name]); err != nil {
			return nil, err
		}
	}
	return p.result, nil
}

type parser struct {
	file    string
	entries int
	result  *File
}

func (p *parser) fail(format string, args ...any) error {
	return tomlfile.Fail(p.file, 0, format, args...)
}

func (p *parser) problem(format string, args ...any) {
	if len(p.result.Problems) < maxProblems {
		p.result.Problems = append(p.result.Problems, p.fail(format, args...))
	}
}

func (p *parser) name(name string, v any) error {
	if !validName(name) {
		p.problem("an artifact cannot be called %s", tomlfile.Short(name))
		return nil
	}
	one, independent := v.(map[string]any)
	list, ok := tomlfile.Tables(v)
	if !independent && !ok {
		p.problem("%s is neither a table nor a list of tables", name)
		return nil
	}
	if independent {
		list = []map[string]any{one}
	}
	for i, t := range list {
		if p.entries++; p.entries > maxEntries {
			return p.fail("it has more than %d entries", maxEntries)
		}
		what := name
		if len(list) > 1 {
			what = fmt.Sprintf("%s (entry %d)", name, i+1)
		}
		a := Artifact{Name: name}
		if reason := a.read(p, what, t, !independent); reason != "" {
			p.problem("%s: %s", what, reason)
			continue
		}
		p.result.Artifacts = append(p.result.Artifacts, a)
	}
	return nil
}

// read reads an entry; reason is why it is of no use.
func (a *Artifact) read(p *parser, what string, t map[string]any, specific bool) (reason string) {
	hash, _ := t["git-tree-sha1"].(string)
	var err error
	if a.Tree, err = treehash.ParseHash(strings.ToLower(hash)); err != nil {
		if hash == "" {
			return "git-tree-sha1 is missing"
		}
		return err.Error()
	}
	if lazy, there := t["lazy"]; there {
		var ok bool
		if a.Lazy, ok = lazy.(bool); !ok {
			return "lazy is neither true nor false"
		}
	}
	if specific {
		if a.Platform, err = platformOf(t); err != nil {
			return err.Error()
		}
	}
	downloads, ok := tomlfile.Tables(t["download"])
	if single, isTable := t["download"].(map[string]any); isTable {
		downloads, ok = []map[string]any{single}, true
	}
	if !ok && t["download"] != nil {
		return "download is not a list of tables"
	}
	if len(downloads) > maxDownloads {
		return fmt.Sprintf("it has more than %d downloads", maxDownloads)
	}
	for _, d := range downloads {
		download, reason := readDownload(d)
		if reason != "" {
			p.problem("%s: download: %s", what, reason)
			continue
		}
		a.Downloads = append(a.Downloads, download)
	}
	return ""
}

func readDownload(t map[string]any) (d Download, reason string) {
	d.URL, _ = t["url"].(string)
	if reason := refuseURL(d.URL); reason != "" {
		return d, reason
	}
	sum, _ := t["sha256"].(string)
	if sum == "" {
		return d, "sha256 is missing"
	}
	var err error
	if d.SHA256, err = digest.New(digest.SHA256, strings.ToLower(sum)); err != nil {
		return d, "sha256: " + err.Error()
	}
	size, there := t["size"]
	if d.Size, _ = size.(int64); there && d.Size <= 0 {
		return d, "size is not a number of bytes"
	}
	if d.Size > maxDownload {
		d.Size = 0
	}
	return d, ""
}

func refuseURL(s string) string {
	if s == "" {
		return "url is missing"
	}
	u, err := url.Parse(s)
	switch {
	case len(s) > maxURL:
		return fmt.Sprintf("url is longer than %d bytes", maxURL)
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Sprintf("url %s is not one of http or https", tomlfile.Short(s))
	}
	return ""
}

func validName(s string) bool {
	return s != "" && len(s) <= 255 && !strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) })
}
