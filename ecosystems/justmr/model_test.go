package justmr_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/ecosystems/ecosystemtest"
	"github.com/offmirror/offmirror/ecosystems/justmr"
	"github.com/offmirror/offmirror/ecosystems/justmr/justmrtest"
)

// Whatever happens to a configuration and to the hosts that it names: each published tree verifies, and has all
// that was ever had of what is named. Once upstream is well again everything is there, and then a
// run asks nobody anything.
func TestAnyHistoryConverges(t *testing.T) {
	t.Parallel()
	up, stop, err := justmrtest.Start(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	count := 0
	rapid.Check(t, func(rt *rapid.T) {
		count++
		h := &history{
			t: t, rt: rt, up: up, prefix: fmt.Sprintf("/%d", count), root: ecosystemtest.NewRoot(t, justmr.Ecosystem()), dir: t.TempDir(),
			config: &justmrtest.Config{}, files: map[string][]byte{}, sick: map[string]bool{}, had: map[string]bool{},
		}
		for range rapid.IntRange(1, 12).Draw(rt, "events") {
			h.event()
		}
		h.converges()
	})
}

// history is a random one.
type history struct {
	t      *testing.T
	rt     *rapid.T
	up     *justmrtest.Upstream
	prefix string // of the paths of this history
	root   *ecosystemtest.Root
	dir    string
	config *justmrtest.Config

	files map[string][]byte // by path, on both hosts
	sick  map[string]bool   // paths of the first host
	had   map[string]bool   // contents that were published
	repo  *justmrtest.Repository
	count int
}

func (h *history) event() {
	what := rapid.SampledFrom([]string{
		"add", "add", "add", "again", "drop", "lose", "page", "damage", "heal", "commit", "rewrite", "sync", "sync", "deep",
	}).Draw(h.rt, "event")
	switch what {
	case "add":
		h.add()
	case "again": // the content of one repository under the name of another
		if name := h.repository(); name != "" {
			if o, ok := h.config.Repositories[name]["repository"].(justmrtest.Object); ok && o["type"] == "archive" {
				h.config.Add(name+" again", maps.Clone(o).With("distfile", h.distfile()))
			}
		}
	case "drop":
		delete(h.config.Repositories, h.repository())
	case "lose":
		h.hurt(func(path string) { h.up.Host(0).Remove(path) })
	case "page":
		h.hurt(h.up.Host(0).Page)
	case "damage":
		h.hurt(func(path string) {
			h.up.Host(0).Tamper(path, func(b []byte) []byte { return append(slices.Clone(b), '!') })
		})
	case "heal":
		h.heal()
	case "commit":
		h.commit(false)
	case "rewrite":
		h.commit(true)
	case "sync":
		h.sync(false)
	case "deep":
		h.sync(true)
	}
}

// repository chooses one of the configuration, "" if there is none.
func (h *history) repository() string {
	names := slices.Sorted(maps.Keys(h.config.Repositories))
	if len(names) == 0 {
		return ""
	}
	return rapid.SampledFrom(names).Draw(h.rt, "repository")
}

// distfile is a name that others may have too.
func (h *history) distfile() string {
	return rapid.SampledFrom([]string{"v1.tar.gz", "V1.tar.gz", "other.tar.gz"}).Draw(h.rt, "distfile")
}

func (h *history) add() {
	h.count++
	path := fmt.Sprintf("%s/%d/v1.tar.gz", h.prefix, h.count)
	data := []byte("content of " + path)
	h.files[path] = data
	url := h.up.Host(0).Put(path, data)
	o := justmrtest.Archive(justmrtest.Content(data), url)
	if rapid.Bool().Draw(h.rt, "mirrored") {
		o.With("mirrors", []string{h.up.Host(1).Put(path, data)})
	}
	if rapid.Bool().Draw(h.rt, "summed") {
		o.With("sha256", justmrtest.SHA256(data))
	}
	if rapid.Bool().Draw(h.rt, "named") {
		o.With("distfile", h.distfile())
	}
	h.config.Add(fmt.Sprint(h.count), o)
}

// hurt does something to a path of the first host.
func (h *history) hurt(do func(path string)) {
	paths := slices.Sorted(maps.Keys(h.files))
	if len(paths) == 0 {
		return
	}
	path := rapid.SampledFrom(paths).Draw(h.rt, "path")
	h.sick[path] = true
	do(path)
}

func (h *history) heal() {
	for path := range h.sick {
		h.up.Host(0).Heal(path)
		h.up.Host(0).Put(path, h.files[path])
	}
	clear(h.sick)
}

// commit adds a commit upstream, or replaces the branch by it, and pins it. One history in eight
// has git, which takes its time.
func (h *history) commit(force bool) {
	if h.repo == nil && rapid.IntRange(0, 7).Draw(h.rt, "git") > 0 {
		return
	}
	ctx := h.t.Context()
	var err error
	if h.repo == nil {
		if h.repo, err = h.up.Host(0).Repository(ctx, h.prefix[1:]); err != nil {
			h.t.Fatal(err)
		}
	}
	h.count++
	file := justmrtest.File{Name: "f", Text: fmt.Sprint(h.count)}
	commit := h.repo.Commit
	if force {
		h.heal()
		h.sync(false) // what is pinned must be here before it is gone
		commit = h.repo.ForcePush
	}
	id, err := commit(ctx, "master", file)
	if err != nil {
		h.t.Fatal(err)
	}
	h.config.Add(fmt.Sprint(h.count), justmrtest.Git(h.repo.URL(), "master", id))
}

func (h *history) driver() ecosystems.Driver {
	o := justmr.Ecosystem().Options().(*justmr.Options)
	o.Configs = []string{filepath.Join(h.dir, "repos.json")}
	if err := os.WriteFile(o.Configs[0], h.config.JSON(), 0o600); err != nil {
		h.t.Fatal(err)
	}
	d, err := justmr.New(o)
	if err != nil {
		h.t.Fatal(err)
	}
	return d
}

// contents are those that the configuration names.
func (h *history) contents() (all []string) {
	for _, r := range h.config.Repositories {
		if id, ok := r["repository"].(justmrtest.Object)["content"].(string); ok {
			all = append(all, id)
		}
	}
	return all
}

func (h *history) sync(deep bool) ecosystemtest.Outcome {
	d := h.driver()
	o := h.root.Sync(d, ecosystems.Selection{Deep: deep})
	if o.Err != nil && len(h.sick) == 0 {
		h.rt.Fatalf("sync: %v", o.Err)
	}
	if h.root.Files() == nil { // wrong content keeps a first snapshot from being published
		return o
	}
	for _, damage := range h.root.Verify(d) {
		h.rt.Errorf("verify: %+v", damage)
	}
	here := map[string]bool{}
	for path := range h.root.Files() {
		if rest, ok := strings.CutPrefix(path, "blob/"); ok {
			here[rest[:40]] = true
		}
	}
	for _, id := range h.contents() {
		if o.Err == nil && h.had[id] && !here[id] {
			h.rt.Errorf("content %s was here and is not any more", id)
		}
	}
	h.had = here
	return o
}

func (h *history) converges() {
	h.heal()
	o := h.sync(true)
	if len(h.config.Repositories) == 0 {
		return
	}
	for _, m := range o.Missing {
		h.rt.Errorf("missing: %+v", m)
	}
	for _, id := range h.contents() {
		if !h.had[id] {
			h.rt.Errorf("content %s is not here", id)
		}
	}
	h.up.ResetLog()
	if o := h.sync(false); o.Published && !o.Unchanged {
		h.rt.Errorf("a run without changes published")
	}
	if asked := h.up.Requests(); len(asked) > 0 {
		h.rt.Errorf("a run without changes asked %v", asked)
	}
}
