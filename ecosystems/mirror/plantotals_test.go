package mirror_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/ecosystems/mirror"
)

func TestTotalsByPackageAndPlatform(t *testing.T) {
	p := &mirror.Plan{Items: []mirror.PlannedItem{
		{Path: "1", Package: "small", Size: 10, Held: true},
		{Path: "2", Package: "large", Platform: "linux", Size: 100, Estimated: true},
		{Path: "3", Package: "large", Platform: "macos", Size: -1},
		{Path: "4", Package: "also small", Size: 10},
		{Path: "5", Size: 1000},
	}}
	want := []mirror.Group{
		{Name: "large", Totals: mirror.Totals{Files: 2, Fetch: 2, Bytes: 100, FetchBytes: 100, Estimated: 1, Unknown: 1}},
		{Name: "also small", Totals: mirror.Totals{Files: 1, Fetch: 1, Bytes: 10, FetchBytes: 10}},
		{Name: "small", Totals: mirror.Totals{Files: 1, Bytes: 10}},
	}
	if diff := cmp.Diff(want, p.ByPackage()); diff != "" {
		t.Errorf("by package, -want +got:\n%s", diff)
	}
	want = []mirror.Group{
		{Name: "linux", Totals: mirror.Totals{Files: 1, Fetch: 1, Bytes: 100, FetchBytes: 100, Estimated: 1}},
		{Name: "macos", Totals: mirror.Totals{Files: 1, Fetch: 1, Unknown: 1}},
	}
	if diff := cmp.Diff(want, p.ByPlatform()); diff != "" {
		t.Errorf("by platform, -want +got:\n%s", diff)
	}
	var sum mirror.Totals
	for _, g := range p.ByPackage() {
		sum = sum.Plus(g.Totals)
	}
	sum = sum.Plus(mirror.Totals{Files: 1, Fetch: 1, Bytes: 1000, FetchBytes: 1000})
	if sum != p.Totals() {
		t.Errorf("the parts are %+v, the whole %+v", sum, p.Totals())
	}
}
