package serve

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/offmirror/offmirror/layout"
)

// Older snapshots leave memory in the order of their last use until what stays is small enough.
func TestOlderSnapshotsLeaveMemory(t *testing.T) {
	snapshot := func(id string, entries int) *published {
		list, err := layout.NewList(func(yield func(layout.Entry) bool) {
			for i := range entries {
				if !yield(layout.Entry{Path: fmt.Sprint(i)}) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return &published{Snapshot: &layout.Snapshot{Header: layout.Header{ID: id}, List: list}}
	}
	for entries, want := range map[int][]string{
		100: {"a", "b", "c"},
		60:  {"a", "b", "c"},
		59:  {"b", "c"},
		50:  {"b", "c"},
		49:  {"c"},
		30:  {"c"},
		29:  nil,
		0:   nil,
	} {
		m := &mount{older: []*published{snapshot("a", 10), snapshot("b", 20), snapshot("c", 30)}}
		m.forget(entries)
		var got []string
		for _, p := range m.older {
			got = append(got, p.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d entries: %s", entries, diff)
		}
	}
}
