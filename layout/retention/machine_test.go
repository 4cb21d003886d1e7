package retention

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/offmirror/offmirror/fetch/store"
	"github.com/offmirror/offmirror/layout"
)

// machine is a mirror on which everything happens that people and runs do to one.
type machine struct {
	*world
	rt *rapid.T

	told  map[store.ID]bool // what any run of gc has said nothing needs, since it was last needed
	syncs map[string]bool   // that have begun and not come to their end
}

var machineEcosystems = []string{"hex", "julia"}

func (m *machine) ecosystem() string {
	return rapid.SampledFrom(machineEcosystems).Draw(m.rt, "ecosystem")
}

// contents are few, so that snapshots share objects.
func (m *machine) contents() []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g", "h"}), 1, 5, rapid.ID).Draw(m.rt, "contents")
}

// any returns one of the snapshots of an ecosystem, or "".
func (m *machine) any(ecosystem string) string {
	ids := m.list(ecosystem)
	if len(ids) == 0 {
		return ""
	}
	return rapid.SampledFrom(ids).Draw(m.rt, "snapshot")
}

func (m *machine) list(ecosystem string) (ids []string) {
	m.t.Helper()
	all, err := m.history(ecosystem).List()
	m.must(err)
	for _, k := range all {
		ids = append(ids, k.ID)
	}
	return ids
}

func (m *machine) sync(*rapid.T) {
	ecosystem := m.ecosystem()
	m.must(Begin(m.root, ecosystem, m.now))
	m.syncs[ecosystem] = true
	contents := m.contents()
	m.put(contents...)
	switch rapid.SampledFrom([]string{"whole", "whole", "whole", "not published", "fails"}).Draw(m.rt, "ends") {
	case "whole":
		m.publish(ecosystem, contents...)
		m.must(Finish(m.root, ecosystem))
		delete(m.syncs, ecosystem)
	case "not published":
		m.write(ecosystem, contents...)
	}
}

func (m *machine) tag(*rapid.T) {
	ecosystem := m.ecosystem()
	if id := m.any(ecosystem); id != "" {
		m.must(m.history(ecosystem).Tag(rapid.SampledFrom([]string{"v1", "v2"}).Draw(m.rt, "tag"), id))
	}
}

func (m *machine) untag(*rapid.T) {
	_ = m.history(m.ecosystem()).Untag(rapid.SampledFrom([]string{"v1", "v2"}).Draw(m.rt, "tag")) // perhaps there is none
}

func (m *machine) forget(*rapid.T) {
	ecosystem := m.ecosystem()
	if id := m.any(ecosystem); id != "" {
		_, _ = Forget(m.t.Context(), m.root, m.history(ecosystem), id, false) // perhaps it is refused
	}
}

func (m *machine) rollback(*rapid.T) {
	ecosystem := m.ecosystem()
	if id := m.any(ecosystem); id != "" {
		s, err := m.history(ecosystem).Load(id)
		m.must(err)
		m.must(m.history(ecosystem).Publish(m.t.Context(), s))
	}
}

func (m *machine) bundle(*rapid.T) {
	text := `{"snapshots":[`
	ecosystem := m.ecosystem()
	if id := m.any(ecosystem); id != "" {
		text += fmt.Sprintf(`{"ecosystem":%q,"id":%q}`, ecosystem, id)
	}
	m.must(layout.WriteFile(m.root, NeededPath, []byte(text+`]}`), 0o644))
}

func (m *machine) waits(*rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.SampledFrom([]int{1, 60, 600, 3000}).Draw(m.rt, "minutes")) * time.Minute)
}

func (m *machine) clockJumps(*rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(-100, 100).Draw(m.rt, "hours")) * time.Hour)
}

// collects runs gc, which may die at any step.
func (m *machine) collects(*rapid.T) {
	number := rapid.IntRange(0, 2)
	m.rules = Config{KeepLast: number.Draw(m.rt, "last"), KeepDaily: number.Draw(m.rt, "daily"), KeepWeekly: number.Draw(m.rt, "weekly")}
	m.rules.Grace = time.Duration(rapid.SampledFrom([]int{0, 24, 24}).Draw(m.rt, "grace")) * time.Hour
	dieAt := rapid.IntRange(-20, 12).Draw(m.rt, "die at") // mostly not at all
	g, died := m.dying(dieAt)
	for _, id := range g.objects[Removed] {
		if m.rules.Grace > 0 && !m.told[id] {
			m.rt.Fatalf("object %s was removed by the first run that found it of no use", id)
		}
	}
	if died { // perhaps after it wrote down what it condemned
		for id, err := range m.store.Names() {
			m.must(err)
			m.told[id] = true
		}
	}
	for _, fate := range []Fate{Condemned, Waiting} {
		for _, id := range g.objects[fate] {
			m.told[id] = true
		}
	}
}

type death struct{}

func (m *machine) dying(at int) (g gathered, died bool) {
	m.trace = func(Step) {
		if at--; at == 0 {
			panic(death{})
		}
	}
	defer func() {
		m.trace = nil
		if r := recover(); r != nil {
			if _, ok := r.(death); !ok {
				panic(r)
			}
			died = true
		}
	}()
	return m.mustCollect(), false
}

// check wants everything that is kept to be there, and the published trees to be what they say.
func (m *machine) check(*rapid.T) {
	for _, ecosystem := range machineEcosystems {
		h := m.history(ecosystem)
		for _, id := range m.list(ecosystem) {
			_, err := h.Scan(id, func(e layout.Entry) error {
				if _, ok := m.store.Has(e.Object); !ok {
					m.rt.Errorf("snapshot %s of %s lacks %s", id, ecosystem, e.Path)
				}
				delete(m.told, e.Object)
				return nil
			})
			m.must(err)
		}
		for p, err := range h.CheckTree(m.t.Context()) {
			m.rt.Errorf("%s: %s: %v", ecosystem, p, err)
		}
	}
}

// finish gives gc all the time that it could want: nothing of no use stays, and everything that is
// kept can be published.
func (m *machine) finish() {
	for ecosystem := range m.syncs {
		m.must(Finish(m.root, ecosystem))
	}
	m.now = m.now.Add(24 * 365 * time.Hour)
	m.rules = Config{KeepLast: 2, Grace: 24 * time.Hour}
	for range 3 {
		m.mustCollect()
		m.now = m.now.Add(24 * time.Hour)
	}
	needed := map[store.ID]bool{}
	for _, ecosystem := range machineEcosystems {
		h := m.history(ecosystem)
		for _, id := range m.list(ecosystem) {
			s, err := h.Load(id)
			m.must(err)
			m.must(h.Publish(m.t.Context(), s))
			for p, err := range h.CheckTree(m.t.Context()) {
				m.rt.Errorf("snapshot %s of %s cannot be published: %s: %v", id, ecosystem, p, err)
			}
			for e := range s.All("") {
				needed[e.Object] = true
			}
		}
	}
	for id, err := range m.store.Names() {
		m.must(err)
		if !needed[id] {
			m.rt.Errorf("object %s stays for ever", id)
		}
		delete(needed, id)
	}
	if len(needed) > 0 {
		m.rt.Errorf("%v are gone", slices.Collect(maps.Keys(needed)))
	}
}

// Whatever happens in whatever order: gc never removes what a kept snapshot names, and in the end leaves
// nothing else.
func TestEverythingThatHappens(t *testing.T) {
	checks := flag.Lookup("rapid.checks")
	if before := checks.Value.String(); before == checks.DefValue { // each of them waits for a disk a thousand times
		if err := checks.Value.Set("12"); err != nil {
			t.Fatal(err)
		}
		defer checks.Value.Set(before)
	}
	parent := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		dir := filepath.Join(parent, fmt.Sprint(n))
		if err := os.Mkdir(dir, 0o755); err != nil {
			rt.Fatal(err)
		}
		m := &machine{world: openWorld(t, dir), rt: rt, told: map[store.ID]bool{}, syncs: map[string]bool{}}
		defer func() { m.store.Close(); m.root.Close() }() // hundreds of open folders each
		rt.Repeat(map[string]func(*rapid.T){
			"": m.check, "sync": m.sync, "sync again": m.sync, "tag": m.tag, "untag": m.untag, "forget": m.forget, "rollback": m.rollback,
			"bundle": m.bundle, "waits": m.waits, "clock jumps": m.clockJumps, "gc": m.collects, "gc again": m.collects,
		})
		m.finish()
	})
}
