package juliatest

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/ecosystems/julia/version"
)

// Artifact is an entry of an Artifacts.toml, with what it stands for.
type Artifact struct {
	Name     string
	Platform string            // triplet, "x86_64-linux-gnu-libgfortran5-cxx11"; empty: any
	Tags     map[string]string // further ones: cuda, mpi, sanitize, …
	Lazy     bool

	// Content is the tree. If it is empty, it is a library that tells its name, version and platform.
	Content Tree

	// Rule makes the hash; zero is GitTools, as Julia's own functions have it. It matters for trees
	// with empty directories or .git.
	Rule treehash.Rule

	NoDownload bool    // no download at all: for builds only
	Missing    bool    // not on the server
	Dead       bool    // the download URL answers 404
	Wrong      bool    // the file at the download URL is not the one of the sha256
	Packing    Packing // of the file at the download URL; empty: Gzip
	Size       bool    // tell the size of that file

	// Also are URLs for the same file, after the one of this server.
	Also []string
}

// Binary is a published artifact.
type Binary struct {
	Name     string
	Platform string // as [artifacts.Platform.String] has it
	Tree     treehash.Hash
	Path     string // on the server, "artifact/HASH"
	Origin   string // path of the file at the download URL, below this server; empty: none
	SHA256   string // of that file
	Lazy     bool
}

// binaries publishes artifacts and returns the Artifacts.toml. The caller holds the lock.
func (u *Upstream) binaries(pkg string, v version.Version, list []Artifact, out *[]Binary) string {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Artifact) int { return cmp.Compare(a.Name, b.Name) })
	var text strings.Builder
	for i, a := range list {
		if i > 0 && list[i-1].Name == a.Name && (a.Platform == "" || list[i-1].Platform == "") {
			panic(fmt.Sprintf("juliatest: artifact %s of %s is there for any platform and for others", a.Name, pkg))
		}
		e := u.binary(pkg, v, a)
		*out = append(*out, e.Binary)
		if i > 0 && (list[i-1].Name != a.Name || len(e.urls) == 0) {
			text.WriteByte('\n')
		}
		e.write(&text)
	}
	return text.String()
}

// entry is what is written about an artifact.
type entry struct {
	Binary
	tags map[string]string
	any  bool
	urls []string
	size int
}

func (u *Upstream) binary(pkg string, v version.Version, a Artifact) entry {
	e := entry{any: a.Platform == "", tags: maps.Clone(a.Tags)}
	if e.tags == nil {
		e.tags = map[string]string{}
	}
	e.Name, e.Platform, e.Lazy = a.Name, "any", a.Lazy
	if !e.any {
		e.Platform = a.tagsOf(e.tags)
	}
	root := a.tree(pkg, v, e.Platform)
	e.Tree = root.hash(cmp.Or(a.Rule, treehash.GitTools))
	e.Path = pkgserver.ArtifactPath(e.Tree)
	if !a.Missing && u.resources[e.Path] == nil {
		u.resources[e.Path] = &resource{tree: func() *node { return root }, keep: true}
	}
	if a.NoDownload {
		return e
	}
	packing := cmp.Or(a.Packing, Gzip)
	data := packing.pack(root.foreignTar())
	e.SHA256, e.size = sha256Hex(data), len(data)
	if !a.Size {
		e.size = 0
	}
	short := strings.TrimSuffix(pkg, "_jll")
	e.Origin = fmt.Sprintf("origin/%s.jl/releases/download/%s-v%s/%s.v%s.%s.%s", pkg, short, v, a.Name, v.Release(), e.Platform, packing)
	if u.resources[e.Origin] != nil { // a package of the same name
		e.Origin = strings.Replace(e.Origin, "origin/", "origin/"+e.Tree.String()[:8]+"/", 1)
	}
	if a.Wrong {
		data = slices.Clone(data)
		data[len(data)/2] ^= 1
	}
	if !a.Dead {
		u.put(e.Origin, data)
	}
	escaped := (&url.URL{Path: "/" + e.Origin}).EscapedPath()
	e.urls = append([]string{u.base + escaped}, a.Also...)
	return e
}

// tree returns the content.
func (a Artifact) tree(pkg string, v version.Version, platform string) *node {
	root := a.Content.node()
	if len(root.children) == 0 {
		text := fmt.Sprintf("%s of %s %s for %s\n", a.Name, pkg, v, platform)
		Tree{
			Files:       map[string]string{"share/licenses/" + a.Name + "/LICENSE.md": "Do as you please.\n"},
			Executables: map[string]string{"lib/lib" + a.Name + ".so.1": text},
			Symlinks:    map[string]string{"lib/lib" + a.Name + ".so": "lib" + a.Name + ".so.1"},
		}.addTo(root)
	}
	return root
}

// tagsOf adds the tags of the triplet and returns how Julia writes the platform.
func (a Artifact) tagsOf(tags map[string]string) string {
	p, err := artifacts.ParsePlatform(a.Platform)
	if err != nil {
		panic("juliatest: " + err.Error())
	}
	for _, key := range []string{
		"os", "arch", "libc", "call_abi", "os_version", "libgfortran_version", "cxxstring_abi", "libstdcxx_version", "julia_version",
	} {
		if value := p.Tag(key); value != "" {
			tags[key] = value
		}
	}
	parts := []string{p.String()}
	for _, key := range slices.Sorted(maps.Keys(a.Tags)) {
		parts = append(parts, key+"+"+a.Tags[key])
	}
	return strings.Join(parts, "-")
}

// write writes the entry as Pkg does: keys sorted, downloads indented.
func (e entry) write(b *strings.Builder) {
	values := map[string]string{"git-tree-sha1": quote(e.Tree.String())}
	for key, value := range e.tags {
		values[key] = quote(value)
	}
	if e.Lazy {
		values["lazy"] = "true"
	}
	if e.any {
		b.WriteString("[" + key(e.Name) + "]\n")
	} else {
		b.WriteString("[[" + key(e.Name) + "]]\n")
	}
	writeKeys(b, values)
	for _, u := range e.urls {
		fmt.Fprintf(b, "\n    [[%s.download]]\n    sha256 = %s\n", key(e.Name), quote(e.SHA256))
		if e.size > 0 {
			fmt.Fprintf(b, "    size = %d\n", e.size)
		}
		fmt.Fprintf(b, "    url = %s\n", quote(u))
	}
}
