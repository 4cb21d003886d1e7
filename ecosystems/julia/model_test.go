package julia_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/julia/artifacts"
	"github.com/offmirror/offmirror/ecosystems/julia/juliatest"
	"github.com/offmirror/offmirror/ecosystems/julia/pkgserver"
	"github.com/offmirror/offmirror/ecosystems/julia/registry"
	"github.com/offmirror/offmirror/ecosystems/julia/treehash"
	"github.com/offmirror/offmirror/layout"
)

// Whatever happens upstream: each published tree passes its proof and offers nothing
// that it lacks, and once everything is there again the copy is exact. After that a run
// costs one request.
func TestAnyHistoryConverges(t *testing.T) {
	for name, packages := range map[string][]string{"everything": nil, "selection": {"A", "B@1"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				h := history{world: newSerialWorld(t), rt: rt, versions: map[string][]string{}}
				h.options.Packages = packages
				h.publish("A") // so that a selection is never empty
				h.publish("B")
				h.mustSync()
				for range rapid.IntRange(1, 12).Draw(rt, "events") {
					h.event()
				}
				h.converges()
			})
		})
	}
}

// history is a random one.
type history struct {
	*world
	rt       *rapid.T
	versions map[string][]string // that exist
	removed  []string
	tampered []string
	count    int
}

func (h *history) event() {
	name := rapid.SampledFrom([]string{"A", "B", "C"}).Draw(h.rt, "package")
	events := map[string]func(){
		"publish": func() { h.publish(name) },
		"yank": func() {
			h.withVersion(name, func(r juliatest.Release) {
				yanked := rapid.Bool().Draw(h.rt, "yanked")
				if number := r.Version.String(); number != h.versions[name][0] { // a selection of nothing is refused
					h.Yank(name, number, yanked)
				}
			})
		},
		"remove": func() { h.withObject(name, func(path string) { h.Remove(path); h.removed = append(h.removed, path) }) },
		"tamper": func() {
			h.withObject(name, func(path string) {
				h.TamperTar(path, juliatest.ChangeContent)
				h.tampered = append(h.tampered, path)
			})
		},
		"restore": h.restore,
		"wait":    func() { h.root.Pass(time.Duration(rapid.IntRange(1, 200).Draw(h.rt, "hours")) * time.Hour) },
		"sync":    h.trySync,
	}
	what := rapid.SampledFrom([]string{"publish", "publish", "publish", "yank", "remove", "tamper", "restore", "wait", "sync", "sync", "sync"}).Draw(h.rt, "event")
	events[what]()
}

func (h *history) publish(name string) {
	h.count++
	v := juliatest.Version{Number: fmt.Sprintf("1.%d.0", h.count)}
	if name == "A" {
		v.Deps = []string{"B"}
	}
	for i := range rapid.IntRange(0, 2).Draw(h.rt, "artifacts") {
		v.Artifacts = append(v.Artifacts, juliatest.Artifact{
			Name: fmt.Sprintf("data%d", i), Lazy: rapid.Bool().Draw(h.rt, "lazy"), Missing: rapid.Bool().Draw(h.rt, "on its origin only"),
			Content: juliatest.Tree{Files: map[string]string{"n": fmt.Sprint(h.count, i)}},
		})
	}
	h.Publish(name, v)
	h.versions[name] = append(h.versions[name], v.Number)
}

func (h *history) withVersion(name string, f func(juliatest.Release)) {
	if list := h.versions[name]; len(list) > 0 {
		f(h.release(name, rapid.SampledFrom(list).Draw(h.rt, "version")))
	}
}

// withObject draws something that a version consists of.
func (h *history) withObject(name string, f func(path string)) {
	h.withVersion(name, func(r juliatest.Release) {
		paths := []string{r.Path}
		for _, a := range r.Artifacts {
			paths = append(paths, a.Path)
		}
		f(rapid.SampledFrom(paths).Draw(h.rt, "object"))
	})
}

func (h *history) restore() {
	for _, path := range h.removed {
		h.Restore(path)
	}
	for _, path := range h.tampered {
		h.TamperTar(path, nil)
	}
	h.removed, h.tampered = nil, nil
}

// trySync may fail, but what is published has to be whole.
func (h *history) trySync() {
	o := h.sync(ecosystems.Selection{AllowPartial: rapid.Bool().Draw(h.rt, "partial")})
	for _, d := range h.root.Verify(h.driver()) {
		h.rt.Fatalf("verify: %s: %s", d.Path, d.Error)
	}
	if o.Err != nil && !o.Published {
		return
	}
	h.whole()
}

// whole checks, apart from the driver's own proof, that nothing is offered that is not here.
func (h *history) whole() {
	r := h.listed("registries", registry.General)
	files := h.root.Files()
	for _, p := range r.Packages() {
		list, err := p.Releases()
		if err != nil {
			h.rt.Fatal(err)
		}
		for _, v := range list {
			path := pkgserver.PackagePath(p.UUID, v.Tree)
			if files[path] == "" {
				h.rt.Fatalf("%s %s is offered without its package", p.Name, v.Version)
			}
			for _, a := range h.artifactsOf(path, v.Tree) {
				if !a.Lazy && files[pkgserver.ArtifactPath(a.Tree)] == "" {
					h.rt.Fatalf("%s %s is offered without its artifact %s", p.Name, v.Version, a.Name)
				}
			}
		}
	}
}

func (h *history) artifactsOf(path string, tree treehash.Hash) (list []artifacts.Artifact) {
	h.root.Current(func(view layout.View) {
		e, _ := view.Lookup(path)
		f, err := view.Open(e)
		if err != nil {
			h.rt.Fatal(err)
		}
		defer f.Close()
		err = artifacts.Proof(tree, func(in artifacts.InPackage) {
			file, err := in.Parse("")
			if err != nil {
				h.rt.Fatal(err)
			}
			list = file.Artifacts
		})(f, e.Size)
		if err != nil {
			h.rt.Fatal(err)
		}
	})
	return list
}

func (h *history) converges() {
	h.restore()
	h.root.Pass(8 * 24 * time.Hour)
	h.mustSync()
	h.whole()
	if h.options.Packages == nil {
		if r := h.listed("registries", registry.General); r.Hash() != h.Hash() {
			h.rt.Fatalf("the copy is %s, upstream %s", r.Hash(), h.Hash())
		}
	}
	h.asked()
	if o := h.sync(ecosystems.Selection{}); !o.Unchanged {
		h.rt.Fatalf("at rest: %+v", o.Report)
	}
	if paths := h.asked(); !slices.Equal(paths, []string{"registries.conservative"}) {
		h.rt.Fatalf("at rest, asked for %v", paths)
	}
}
