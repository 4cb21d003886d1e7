package registrytest_test

import (
	"bytes"
	"testing"

	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/registry/registrytest"
)

func TestShape(t *testing.T) {
	s := registrytest.Shape{Packages: 200, Versions: 2000}
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := s.WriteTarball(b); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the registry is not always the same")
	}
	r, err := registry.Read(&first, registry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Len() != s.Packages || len(r.Problems()) > 0 || r.UUID != registrytest.UUID {
		t.Errorf("%s has %d packages, and the problems %v", r, r.Len(), r.Problems())
	}
	versions, yanked, deps, weak, builds, bounded := 0, 0, 0, 0, 0, 0
	for _, p := range r.Packages() {
		if _, err := p.Info(); err != nil {
			t.Error(err)
		}
		releases, err := p.Releases()
		if err != nil {
			t.Error(err)
		}
		d, err := p.Dependencies()
		if err != nil {
			t.Error(err)
		}
		versions += len(releases)
		for _, release := range releases {
			if release.Yanked {
				yanked++
			}
			if release.Version.Build() != "" {
				builds++
			}
			if release.Tree.String() != registrytest.Tree(p.Name, release.Version.String()) {
				t.Errorf("%s %s has the tree %s", p.Name, release.Version, release.Tree)
			}
			if !d.Julia(release.Version).IsAny() {
				bounded++
			}
			for _, need := range d.At(release.Version) {
				if deps++; need.Weak {
					weak++
				}
			}
		}
	}
	if versions != s.Versions || yanked == 0 || builds == 0 || weak == 0 || deps < 3*versions || deps > 12*versions || bounded < versions*9/10 {
		t.Errorf("%d versions, %d yanked, %d with a build, %d with bounds on Julia, %d dependencies, %d weak", versions, yanked, builds, bounded, deps, weak)
	}
}
