package localserver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/offmirror/offmirror/ecosystems/gitrepo"
	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/fetch"
	"github.com/offmirror/offmirror/fetch/digest"
)

// privateArtifacts is what the packages of the registries in git say about artifacts. It is read from
// git when an artifact is asked for: each version once, of the packages that have been cloned.
type privateArtifacts struct {
	mu     sync.Mutex
	read   map[treehash.Hash]bool // trees of packages
	files  map[string]bool        // blobs
	places map[treehash.Hash][]artifacts.Download
	at     *extent // how far all has been read
}

const (
	maxArtifactsFile = 16 << 20 // bytes
	maxPlaces        = 16       // of one artifact
)

// privateArtifact gets an artifact from the places that private packages name for it. It is absent
// if none of them does.
func (s *Server) privateArtifact(ctx context.Context, tree treehash.Hash, f fetch.Follower) (fetch.Object, error) {
	places, err := s.artifacts.of(ctx, s, tree)
	if err != nil {
		return fetch.Object{}, err
	}
	if len(places) == 0 {
		return fetch.Object{}, fmt.Errorf("%w: no package names it", fetch.ErrAbsent)
	}
	failed := &fetch.Error{URL: "artifact " + tree.String()}
	proof := treehash.Proof(tree, treehash.Artifact...)
	for _, d := range places {
		o, err := s.fetchTarball(ctx, fetch.Request{
			URL: d.URL, Size: d.Size, Want: []digest.Digest{d.SHA256}, Proof: proof, Fresh: s.failures.suspicious("artifact/" + tree.String()),
		}, tree, f)
		if err == nil || ctx.Err() != nil || fetch.IsLocal(err) {
			return o, err
		}
		failed.Attempts = append(failed.Attempts, fetch.Attempt{URL: fetch.Redact(d.URL), Err: err})
	}
	return fetch.Object{}, failed
}

// of returns where an artifact can be had, reading what has not been read if need be.
func (p *privateArtifacts) of(ctx context.Context, s *Server, tree treehash.Hash) ([]artifacts.Download, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if places := p.places[tree]; len(places) > 0 {
		return places, nil
	}
	if p.read == nil {
		p.read, p.files, p.places = map[treehash.Hash]bool{}, map[string]bool{}, map[treehash.Hash][]artifacts.Download{}
	}
	now := s.extent()
	if p.at != nil && *p.at == now {
		return nil, nil
	}
	for _, g := range s.registries {
		r, _ := g.current()
		if r == nil {
			continue
		}
		for _, pkg := range r.Packages() {
			if err := p.readPackage(ctx, s, pkg); err != nil {
				return nil, err
			}
		}
	}
	p.at = &now
	return p.places[tree], nil
}

// readPackage reads the versions of a package that its clone has. What is wrong with the package is no error.
func (p *privateArtifacts) readPackage(ctx context.Context, s *Server, pkg *registry.Package) error {
	releases, err := pkg.Releases()
	info, err2 := pkg.Info()
	if err != nil || err2 != nil || info.Repo == "" {
		return nil
	}
	var unread []treehash.Hash
	for _, r := range releases {
		if !p.read[r.Tree] {
			unread = append(unread, r.Tree)
		}
	}
	if len(unread) == 0 {
		return nil
	}
	repo, err := s.repos.Open(info.Repo)
	if err != nil {
		return nil // not cloned: then no client has it from here
	}
	blobs, err := p.find(ctx, repo, unread)
	if err == nil && len(blobs) > 0 {
		err = p.readBlobs(ctx, repo, pkg.Name, blobs)
	}
	if err != nil && ctx.Err() == nil {
		s.log.Warn("the artifacts of a package cannot be read", "package", pkg.Name, "error", err)
		return nil
	}
	return ctx.Err()
}

// find returns the blobs of the files about artifacts in trees.
func (p *privateArtifacts) find(ctx context.Context, repo *gitrepo.Repo, trees []treehash.Hash) ([]string, error) {
	var ask bytes.Buffer
	for _, tree := range trees {
		fmt.Fprintf(&ask, "%s\n", tree)
		for _, name := range artifacts.Names {
			fmt.Fprintf(&ask, "%s:%s\n", tree, name)
		}
	}
	out, err := repo.Run(ctx, &ask, "cat-file", "--batch-check=%(objecttype) %(objectname)")
	if err != nil {
		return nil, err
	}
	var blobs []string
	lines := bufio.NewScanner(bytes.NewReader(out))
	for _, tree := range trees {
		taken := false
		for i := range 1 + len(artifacts.Names) {
			if !lines.Scan() {
				return nil, errors.New("git answered less than it was asked")
			}
			kind, id, _ := strings.Cut(lines.Text(), " ")
			switch {
			case i == 0 && kind == "tree":
				p.read[tree] = true
			case i > 0 && kind == "blob" && !taken: // of several the first counts
				taken = true
				if !p.files[id] {
					p.files[id] = true
					blobs = append(blobs, id)
				}
			}
		}
	}
	return blobs, nil
}

// readBlobs reads files about artifacts.
func (p *privateArtifacts) readBlobs(ctx context.Context, repo *gitrepo.Repo, name string, blobs []string) error {
	objects, err := repo.Objects(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = objects.Close() }()
	for _, id := range blobs {
		_, size, content, err := objects.Object(id)
		if err != nil {
			return err
		}
		if size > maxArtifactsFile {
			continue
		}
		data, err := io.ReadAll(content)
		if err != nil {
			return err
		}
		file, err := artifacts.Parse(name+"/Artifacts.toml", data)
		if err != nil {
			continue // no client can read it either
		}
		for _, a := range file.Artifacts {
			p.learn(a)
		}
	}
	return nil
}

func (p *privateArtifacts) learn(a artifacts.Artifact) {
	for _, d := range a.Downloads {
		if len(p.places[a.Tree]) < maxPlaces {
			p.places[a.Tree] = append(p.places[a.Tree], d)
		}
	}
}
