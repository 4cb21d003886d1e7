package juliatest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
)

// shelf knows how to make what [Upstream.PublishBulk] has published. It does not
// change once it is there.
type shelf struct {
	bulk      Bulk
	url       string // below which artifacts come from, without a slash at the end
	projects  []*Project
	versions  map[treehash.Hash]place
	artifacts map[treehash.Hash]place
}

// place says which version of which package, and which of its artifacts.
type place struct{ project, version, artifact int32 }

const bulkOrigin = "origin/bulk/"

// resource returns what is at a path, or nil.
func (s *shelf) resource(path string) *resource {
	if s == nil {
		return nil
	}
	if name, ok := strings.CutPrefix(path, bulkOrigin); ok {
		var at place
		if n, err := fmt.Sscanf(name, "%d-%d-%d.tar.gz", &at.project, &at.version, &at.artifact); n != 3 || err != nil || !s.has(at) || path != at.origin() {
			return nil
		}
		return &resource{data: func() []byte { return s.origin(at) }, kind: "application/octet-stream"}
	}
	object, err := pkgserver.ParsePath(path)
	if err != nil {
		return nil
	}
	var at place
	var ok bool
	tree := func() *node { return s.artifact(at) }
	switch object.Kind {
	case "artifact":
		at, ok = s.artifacts[object.Tree]
	case "package":
		at, ok = s.versions[object.Tree]
		ok = ok && s.projects[at.project].about.UUID == object.UUID
		tree = func() *node { return s.tree(at) }
	}
	if !ok {
		return nil
	}
	return &resource{tree: tree, stored: true}
}

func (s *shelf) has(at place) bool {
	p, v := int(at.project), int(at.version)
	return at.artifact >= 0 && p >= 0 && p < len(s.projects) && v >= 0 && v < s.bulk.each() &&
		int(at.artifact) < s.bulk.artifacts(p, v)
}

func (at place) origin() string {
	return fmt.Sprintf("%s%d-%d-%d.tar.gz", bulkOrigin, at.project, at.version, at.artifact)
}

// artifact returns the tree of an artifact.
func (s *shelf) artifact(at place) *node {
	root := newDir()
	text := fmt.Sprintf("artifact %d of %s, version %d\n", at.artifact, s.projects[at.project].about.Name, at.version)
	if n := s.filler(at); n > 0 {
		text += string(noise(text, n))
	}
	root.put("lib/lib.so", &node{mode: modeExec, text: text})
	return root
}

// filler returns how many bytes that do not compress an artifact has. Sizes have a long tail: most
// are small, few are many times larger.
func (s *shelf) filler(at place) int {
	if s.bulk.Bytes == 0 {
		return 0
	}
	const spread = 1.1
	random := rand.New(rand.NewPCG(uint64(at.project)<<32|uint64(at.version), uint64(at.artifact)))
	mean := float64(s.bulk.Bytes) / float64(s.bulk.Artifacts)
	return int(mean * math.Exp(spread*random.NormFloat64()-spread*spread/2))
}

// origin returns the file at an artifact's download URL.
func (s *shelf) origin(at place) []byte { return storedGzip(s.artifact(at).tar()) }

// tree returns the tree of a version.
func (s *shelf) tree(at place) *node {
	p := s.projects[at.project]
	v := s.bulk.version(p, int(at.project), int(at.version))
	root := newDir()
	from := Version{}
	if n := s.bulk.artifacts(int(at.project), int(at.version)); n > 0 {
		from.ArtifactsFile = "Artifacts.toml"
		var text strings.Builder
		for k := range n {
			s.entry(place{at.project, at.version, int32(k)}).write(&text)
		}
		root.put(from.ArtifactsFile, &node{mode: modeFile, text: text.String()})
	}
	p.generate(root, v, from)
	return root
}

// entry returns what Artifacts.toml says of an artifact.
func (s *shelf) entry(at place) entry {
	origin := s.origin(at)
	e := entry{tags: map[string]string{}, urls: []string{s.url + "/" + at.origin()}}
	e.Name = "lib"
	Artifact{Platform: bulkPlatform(int(at.artifact))}.tagsOf(e.tags)
	e.Tree = s.artifact(at).hash(treehash.GitTools)
	e.SHA256, e.size = sha256Hex(origin), len(origin)
	return e
}
