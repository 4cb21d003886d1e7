package hexpm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/hexpm/hexpmtest"
	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// Whatever happens upstream, in whatever order caches show it: each published
// tree is consistent in itself, and once caches have caught up a sweep makes the
// copy exact. After that, and with the grace over, a run costs two requests.
func TestAnyHistoryConverges(t *testing.T) {
	for _, index := range []string{"verbatim", "filtered"} {
		t.Run(index, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				h := history{world: newSerialWorld(t), rt: rt, versions: map[string][]string{}}
				h.options.Index = index
				if index == "filtered" {
					h.options.SigningKey = h.siteKey()
				}
				h.publish("keep") // so that the repository is never empty
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
	frozen   []string
	tampered []string
	count    int
}

func (h *history) event() {
	names := []string{"a", "b", "c"}
	name := rapid.SampledFrom(names).Draw(h.rt, "package")
	events := map[string]func(){
		"publish": func() { h.publish(name) },
		"replace": func() { h.withVersion(name, func(v string) { h.Replace(name, v, h.unique()) }) },
		"revert": func() {
			h.withVersion(name, func(v string) {
				h.Revert(name, v)
				h.versions[name] = slices.DeleteFunc(h.versions[name], func(s string) bool { return s == v })
			})
		},
		"remove": func() {
			if len(h.versions[name]) > 0 {
				h.RemovePackage(name)
				h.versions[name] = nil
			}
		},
		"retire": func() {
			h.withVersion(name, func(v string) { h.Retire(name, v, registry.RetiredOther, "") })
		},
		"advise": func() {
			h.withVersion(name, func(v string) {
				h.count++
				h.Advise(name, registry.Advisory{ID: "CVE-1", Summary: fmt.Sprint(h.count)}, v)
			})
		},
		"freeze": func() {
			path := rapid.SampledFrom([]string{"names", "versions", "packages/" + name}).Draw(h.rt, "path")
			h.Freeze(path)
			h.frozen = append(h.frozen, path)
		},
		"tamper": func() {
			h.withVersion(name, func(v string) {
				path := rapid.SampledFrom([]string{"tarballs/" + name + "-" + v + ".tar", "packages/" + name}).Draw(h.rt, "path")
				h.Tamper(path, flip)
				h.tampered = append(h.tampered, path)
			})
		},
		"thaw": h.thaw,
		"wait": func() { h.root.Pass(time.Duration(rapid.IntRange(1, 40).Draw(h.rt, "hours")) * time.Hour) },
		"sync": h.trySync,
	}
	what := rapid.SampledFrom([]string{
		"publish", "publish", "replace", "revert", "remove", "retire", "advise", "freeze", "tamper", "thaw", "wait", "sync", "sync", "sync",
	}).Draw(h.rt, "event")
	events[what]()
}

func (h *history) publish(name string) {
	h.count++
	v := fmt.Sprintf("1.%d.0", h.count)
	h.Publish(name, v, h.unique())
	h.versions[name] = append(h.versions[name], v)
}

func (h *history) unique() hexpmtest.ReleaseOption {
	h.count++
	return hexpmtest.Source("README.md", fmt.Sprint(h.count))
}

func (h *history) withVersion(name string, f func(v string)) {
	if list := h.versions[name]; len(list) > 0 {
		f(rapid.SampledFrom(list).Draw(h.rt, "version"))
	}
}

func (h *history) thaw() {
	for _, path := range h.frozen {
		h.Thaw(path)
	}
	for _, path := range h.tampered {
		h.Tamper(path, nil)
	}
	h.frozen, h.tampered = nil, nil
}

// accepting lets guards pass: small repositories change a lot at once.
var accepting = ecosystems.Selection{AllowShrink: true, AllowRollback: true}

// trySync may fail, as a cache may show what no longer exists. But what is
// published has to be whole.
func (h *history) trySync() {
	h.ResetLog()
	selection := accepting
	selection.AllowPartial = rapid.Bool().Draw(h.rt, "partial")
	_ = h.root.Sync(h.driver(), selection)
	for _, d := range h.root.Verify(h.driver()) {
		h.rt.Fatalf("verify: %s: %s", d.Path, d.Error)
	}
}

func (h *history) converges() {
	h.thaw()
	deep := accepting
	deep.Deep = true
	h.ResetLog()
	if run := h.root.Sync(h.driver(), deep); run.Err != nil || len(run.Missing) > 0 {
		h.rt.Fatalf("last sync: %v, missing %v", run.Err, run.Missing)
	}
	h.exact()
	h.root.Pass(26 * time.Hour)
	h.trySync()
	if got := h.asked(); !slices.Equal(got, []string{"names", "versions"}) {
		h.rt.Fatalf("at rest, but asked for %v", got)
	}
	h.exact()
}

// exact compares the tree with the upstream.
func (h *history) exact() {
	var tarballs, packages []string
	for path := range h.Paths() {
		if name, ok := strings.CutPrefix(path, "tarballs/"); ok {
			tarballs = append(tarballs, strings.TrimSuffix(name, ".tar"))
		}
		if name, ok := strings.CutPrefix(path, "packages/"); ok {
			packages = append(packages, name)
		}
	}
	slices.Sort(tarballs)
	slices.Sort(packages)
	if got := h.tarballs(); !slices.Equal(got, tarballs) {
		h.rt.Fatalf("tarballs %v, upstream has %v", got, tarballs)
	}
	if got := h.packages(); !slices.Equal(got, packages) {
		h.rt.Fatalf("packages %v, upstream has %v", got, packages)
	}
	for _, name := range packages {
		want, got := h.Package(name), h.published(name)
		if string(want.Marshal()) != string(got.Marshal()) {
			h.rt.Fatalf("packages/%s says %+v, upstream %+v", name, got, want)
		}
		for _, r := range want.Releases {
			path := "tarballs/" + name + "-" + r.Version + ".tar"
			if string(h.read(path)) != string(h.Tarball(name, r.Version)) {
				h.rt.Fatalf("%s is not upstream's", path)
			}
		}
	}
}
