package julia_test

import (
	"bytes"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/classic"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/layout"
)

// newWholeOldWorld is a world with every part of the layout, published.
func newWholeOldWorld(t *testing.T) *oldWorld {
	t.Helper()
	o := newOldWorld(t, "all")
	o.options.ClassicLatest = true
	o.options.ReleasesUpstream, o.options.NightlyUpstream = o.url, o.url
	o.options.Platforms = []string{"x86_64-linux-gnu"}
	o.options.Releases = []string{"release", "nightly"}
	o.PublishJulia(juliatest.Julia{Version: "1.11.5"})
	o.PublishNightly("", "1.14.0-DEV.1", "1", "x86_64-linux-gnu")
	o.Publish("Example", juliatest.Version{Number: "0.5.3"})
	o.Publish("Example", juliatest.Version{Number: "0.5.4"})
	o.push()
	o.mustSync()
	return o
}

// damaged returns the paths that fail their proof.
func (o *oldWorld) damaged(view layout.View) []string {
	o.t.Helper()
	bad := map[string]bool{}
	for path := range o.driver().(ecosystems.Prover).Prove(context.Background(), view) {
		bad[path] = true
	}
	return slices.Sorted(maps.Keys(bad))
}

func (o *oldWorld) wantDamage(view layout.View, paths ...string) {
	o.t.Helper()
	got := o.damaged(view)
	for _, path := range paths {
		if !slices.Contains(got, path) {
			o.t.Errorf("%s is not found to be damaged, only %v", path, got)
		}
	}
}

func TestClassicProofOfWhatIsWhole(t *testing.T) {
	o := newWholeOldWorld(t)
	o.root.Current(func(view layout.View) {
		if bad := o.damaged(view); len(bad) > 0 {
			t.Errorf("found damaged: %v", bad)
		}
	})
}

func TestClassicProofFindsOtherBytes(t *testing.T) {
	o := newWholeOldWorld(t)
	release := o.release("Example", "0.5.3")
	tarball := "classic/" + classic.TarballPath("Example", "General", release.Tree)
	other := "classic/" + classic.TarballPath("Example", "General", o.release("Example", "0.5.4").Tree)
	latest := "classic/" + classic.VersionPath("Example", "General", classic.Latest)
	var pack, index string
	for _, path := range o.below("classic/registries/General.git/objects/pack/") {
		switch {
		case strings.HasSuffix(path, ".pack"):
			pack = path
		case strings.HasSuffix(path, ".idx"):
			index = path
		}
	}
	o.root.Current(func(view layout.View) {
		flipped := func(path string) []byte { return juliatest.FlipByte(bytes.Clone(o.read(view, path))) }
		for path, data := range map[string][]byte{
			tarball:                     o.read(view, other), // a tarball, but not that one
			other:                       o.read(view, release.Path),
			latest:                      flipped(latest),
			tarball + classic.SumSuffix: o.read(view, other+classic.SumSuffix),
			latest + classic.SumSuffix:  []byte("x"),
			pack:                        flipped(pack),
			index:                       flipped(index),
			"classic/registries/General.git/objects/info/packs": []byte("P pack-1.pack\n"),
			"classic/registries/list.txt":                       []byte("../General\n"),
			"classic/releases/v1.11/julia-1.11.5.sha256":        []byte("x"),
		} {
			o.wantDamage(altered{view, map[string][]byte{path: data}}, path)
		}
		// A pack and an index that are both whole, of which one belongs to another repository.
		for _, path := range o.below("classic/PkgMirrors.jl.git/objects/pack/") {
			if strings.HasSuffix(path, ".idx") {
				o.wantDamage(altered{view, map[string][]byte{index: o.read(view, path)}}, index)
			}
		}
	})
}

func TestClassicProofMissesWhatIsGone(t *testing.T) {
	o := newWholeOldWorld(t)
	tarball := "classic/" + classic.TarballPath("Example", "General", o.release("Example", "0.5.3").Tree)
	link := "classic/" + classic.VersionPath("Example", "General", "0.5.3")
	const bare = "classic/PkgMirrors.jl.git/"
	o.root.Current(func(view layout.View) {
		var pack string
		for _, path := range o.below(bare + "objects/pack/") {
			if strings.HasSuffix(path, ".pack") {
				pack = path
			}
		}
		for _, c := range []struct {
			gone  string
			shows []string
		}{
			{tarball, []string{link, tarball + classic.SumSuffix}},
			{tarball + classic.SumSuffix, []string{tarball, link + classic.SumSuffix}},
			{bare + "packed-refs", []string{bare + "HEAD"}},
			{"classic/registries/General.git/HEAD", []string{"classic/registries/list.txt"}},
			{pack, []string{strings.TrimSuffix(pack, ".pack") + ".idx", bare + "objects/info/packs"}},
			{"bin/linux/x64/1.11/julia-1.11.5-linux-x86_64.tar.gz", []string{"classic/releases/v1.11/julia-1.11.5-linux-x86_64.tar.gz"}},
		} {
			o.wantDamage(altered{view, map[string][]byte{c.gone: nil}}, c.shows...)
		}
	})
}

func TestClassicProofTakesLinks(t *testing.T) {
	o := newWholeOldWorld(t)
	link := "classic/" + classic.VersionPath("Example", "General", "0.5.3")
	back := "classic/registries/General/E/Example/releases"
	o.root.Current(func(view layout.View) {
		for path, target := range map[string]string{
			link:                     "../../../registries/General/Registry.toml",
			link + classic.SumSuffix: "Example-" + o.release("Example", "0.5.3").Tree.String() + ".tar.gz",
			back:                     "../../../../packages/Other/General",
		} {
			o.wantDamage(relinked{view, path, target}, path)
		}
	})
}

// relinked is a snapshot with a link that leads elsewhere.
type relinked struct {
	layout.View
	path, target string
}

func (v relinked) Lookup(path string) (layout.Entry, bool) {
	e, ok := v.View.Lookup(path)
	if path == v.path {
		e.Link = v.target
	}
	return e, ok
}

func (v relinked) All(prefix string) iter.Seq[layout.Entry] {
	return func(yield func(layout.Entry) bool) {
		for e := range v.View.All(prefix) {
			if e, _ = v.Lookup(e.Path); !yield(e) {
				return
			}
		}
	}
}
