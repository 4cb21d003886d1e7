package ecosystemtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/offmirror/offmirror/ecosystems"
	"github.com/offmirror/offmirror/layout"
)

func checkItems(t *testing.T, s Suite) {
	u := s.Upstream(t)
	run := s.root(t).Sync(s.driver(t, u), ecosystems.Selection{})
	if run.Err != nil {
		t.Fatal(run.Err)
	}
	if len(run.Items) == 0 {
		t.Fatal("no items")
	}
	claimed := map[string]bool{}
	stage := layout.Content
	for _, it := range run.Items {
		if err := layout.CheckPath(it.Path); err != nil {
			t.Error(err)
		}
		if _, gone := it.Source.(ecosystems.Withdrawn); gone {
			delete(claimed, it.Path)
			continue
		}
		if claimed[it.Path] {
			t.Errorf("%s is claimed twice", it.Path)
		}
		claimed[it.Path] = true
		if it.Stage < stage {
			t.Errorf("%s, of stage %d, comes after something of stage %d", it.Path, it.Stage, stage)
		}
		stage = max(stage, it.Stage)
		checkItem(t, it)
	}
	if stage == layout.Content {
		t.Error("everything is content: readers would see no order")
	}
}

func checkItem(t *testing.T, it ecosystems.Item) {
	if it.Name == "" || it.Reason == "" || strings.Contains(it.Name+it.Reason, "\n") {
		t.Errorf("%s: name %q, reason %q, want one line each", it.Path, it.Name, it.Reason)
	}
	if l, ok := it.Source.(ecosystems.Link); ok {
		if err := layout.CheckLink(it.Path, l.Target); err != nil {
			t.Error(err)
		}
	}
	d, ok := it.Source.(ecosystems.Download)
	if !ok {
		return
	}
	if d.URL == "" {
		t.Errorf("%s: a download without a URL", it.Path)
	}
	if d.MaxSize <= 0 && d.Size <= 0 {
		t.Errorf("%s: nothing limits how much an upstream may send", it.Path)
	}
	if len(d.Want) == 0 && d.Proof == nil {
		t.Errorf("%s: nothing proves its bytes", it.Path)
	}
}

func checkUnchanged(t *testing.T, s Suite) {
	u, root, driver := s.synced(t)
	before := len(u.Requests())
	run := root.Sync(driver, ecosystems.Selection{})
	if run.Err != nil || !run.Unchanged || run.Published {
		t.Errorf("second sync: unchanged %v, published %v, error %v", run.Unchanged, run.Published, run.Err)
	}
	if len(run.Items) > 0 {
		t.Errorf("an unchanged upstream yields %d items, first %s", len(run.Items), run.Items[0].Path)
	}
	for _, path := range u.Requests()[before:] {
		if !u.Index(path) {
			t.Errorf("an unchanged upstream is asked for %s", path)
		}
	}
}

func checkPlan(t *testing.T, s Suite) {
	u := s.Upstream(t)
	plan, err := s.root(t).Plan(s.driver(t, u), ecosystems.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Items) == 0 || plan.Unchanged {
		t.Errorf("a plan of an empty root: %d items, unchanged %v", len(plan.Items), plan.Unchanged)
	}
	for _, path := range u.Requests() {
		if !u.Index(path) {
			t.Errorf("planning fetched %s", path)
		}
	}
}

func checkOrder(t *testing.T, s Suite) {
	var runs [2][]string
	var snapshots [2]string
	u := s.Upstream(t)
	for i := range runs {
		run := s.root(t).Sync(s.driver(t, u), ecosystems.Selection{})
		if run.Err != nil {
			t.Fatal(run.Err)
		}
		for _, it := range run.Items {
			runs[i] = append(runs[i], fmt.Sprintf("%s stage %d %s %s (%s)", it.Path, it.Stage, source(it), it.Name, it.Reason))
		}
		snapshots[i] = run.Snapshot
	}
	for i := range min(len(runs[0]), len(runs[1])) {
		if runs[0][i] != runs[1][i] {
			t.Errorf("item %d is %s in one run and %s in another", i, runs[0][i], runs[1][i])
			break
		}
	}
	if len(runs[0]) != len(runs[1]) {
		t.Errorf("%d items in one run, %d in another", len(runs[0]), len(runs[1]))
	}
}

// source says where an item comes from, as far as that must not depend on chance.
func source(it ecosystems.Item) string {
	if l, ok := it.Source.(ecosystems.Link); ok {
		return "link to " + l.Target
	}
	return fmt.Sprintf("%T", it.Source)
}

func checkChange(t *testing.T, s Suite) {
	u, root, driver := s.synced(t)
	before := root.Files()
	u.Publish(t)
	run := root.Sync(driver, ecosystems.Selection{})
	if run.Err != nil || !run.Published {
		t.Fatalf("after a change: published %v, error %v", run.Published, run.Err)
	}
	changed := false
	for path, id := range root.Files() {
		changed = changed || before[path] != id
	}
	if !changed {
		t.Error("the change did not reach the tree")
	}
	if run := root.Sync(driver, ecosystems.Selection{}); run.Err != nil || run.Published {
		t.Errorf("after the change was taken over: published %v, error %v", run.Published, run.Err)
	}
}
