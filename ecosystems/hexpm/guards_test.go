package hexpm

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/offmirror/offmirror/ecosystems/hexpm/registry"
)

// catalogOf makes a catalog of packages that changed so many seconds after the epoch.
func catalogOf(changed map[string]int64) *catalog {
	n, v := &registry.Names{}, &registry.Versions{}
	for name, at := range changed {
		n.Packages = append(n.Packages, registry.NamedPackage{Name: name, UpdatedAt: time.Unix(at, 0)})
		v.Packages = append(v.Packages, registry.VersionedPackage{Name: name, Versions: []string{"1.0.0"}})
	}
	n.Sort()
	v.Sort()
	return newCatalog(n, v)
}

func numbered(n int) map[string]int64 {
	all := map[string]int64{}
	for i := range n {
		all[fmt.Sprintf("p%03d", i)] = 1
	}
	return all
}

func TestShrunk(t *testing.T) {
	r := &repository{upstream: "http://hex"}
	for _, c := range []struct {
		before, now int
		refused     bool
	}{
		{1, 1, false}, {1, 0, false}, {2, 1, false}, {3, 1, true}, {10, 9, false}, {10, 8, true},
		{100, 95, false}, {100, 94, true}, {100, 120, false}, {200, 190, false}, {200, 189, true},
	} {
		err := r.shrunk(catalogOf(numbered(c.before)), catalogOf(numbered(c.now)))
		if (err != nil) != c.refused {
			t.Errorf("%d packages, then %d: %v", c.before, c.now, err)
		}
	}
}

// Half of names is gone while versions has not been rebuilt.
func TestShrunkInOneIndex(t *testing.T) {
	before, now := catalogOf(numbered(10)), catalogOf(numbered(10))
	now.names.Packages = now.names.Packages[:5]
	now = newCatalog(now.names, now.versions)
	if err := (&repository{}).shrunk(before, now); err == nil || !strings.Contains(err.Error(), "lost 5 of its 10") {
		t.Errorf("error %v", err)
	}
}

func TestRegressed(t *testing.T) {
	r := &repository{upstream: "http://hex"}
	before := catalogOf(map[string]int64{"a": 10, "b": 20})
	for _, c := range []struct {
		now     map[string]int64
		refused bool
	}{
		{map[string]int64{"a": 10, "b": 20}, false},
		{map[string]int64{"a": 30, "b": 20, "c": 5}, false},
		{map[string]int64{"a": 9, "b": 40}, true},
		{map[string]int64{"a": 10}, false},
	} {
		if err := r.regressed(before, catalogOf(c.now)); (err != nil) != c.refused {
			t.Errorf("%v: %v", c.now, err)
		}
	}
	if got := vanished(before, catalogOf(map[string]int64{"a": 10})); len(got) != 1 || got[0] != "b" {
		t.Errorf("vanished %v", got)
	}
	if got := vanished(before, catalogOf(map[string]int64{"a": 21})); len(got) != 0 {
		t.Errorf("vanished %v although something is newer", got)
	}
}

// Old repositories do not tell when packages changed.
func TestWithoutTimes(t *testing.T) {
	now := catalogOf(map[string]int64{"a": 10})
	now.names.Packages[0].UpdatedAt = time.Time{}
	now = newCatalog(now.names, now.versions)
	if err := (&repository{}).regressed(catalogOf(map[string]int64{"a": 10}), now); err != nil {
		t.Error(err)
	}
}

func TestImplausiblyAbsent(t *testing.T) {
	for _, c := range []struct {
		absent, asked int
		refused       bool
	}{
		{0, 0, false}, {1, 1, false}, {2, 2, false}, {3, 3, true}, {3, 5, true}, {3, 6, false},
		{10, 100, false}, {11, 100, true}, {50, 1000, false}, {51, 1000, true}, {100, 100, true},
	} {
		if err := implausiblyAbsent(c.absent, c.asked, "x"); (err != nil) != c.refused {
			t.Errorf("%d of %d: %v", c.absent, c.asked, err)
		}
	}
}

func TestListingLacks(t *testing.T) {
	l := &listing{listed: registry.VersionedPackage{Versions: []string{"1.0.0", "1.1.0"}}}
	p := &registry.Package{Releases: []registry.Release{{Version: "1.0.0"}}}
	if v, lacks := l.lacks(p); !lacks || v != "1.1.0" {
		t.Errorf("lacks %q, %v", v, lacks)
	}
	p.Releases = append(p.Releases, registry.Release{Version: "1.1.0"}, registry.Release{Version: "1.2.0"})
	if v, lacks := l.lacks(p); lacks {
		t.Errorf("lacks %q although it is newer", v)
	}
	var none *listing
	if _, lacks := none.lacks(p); lacks || none.named() || none.advised() || !none.same(nil) || none.same(l) || none.touched(l) {
		t.Error("a package that no index lists")
	}
}
